package org.nero4j.train.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nero4j.train.data.Augmentation;
import org.nero4j.train.data.Dataset;
import org.nero4j.train.data.Datasets;
import org.nero4j.train.loop.Progress;
import org.nero4j.train.loop.Schedule;
import org.nero4j.train.run.ModelKind;
import org.nero4j.train.run.ModelSettings;
import org.nero4j.train.run.OptimizerSettings;
import org.nero4j.train.run.Run;
import org.nero4j.train.run.RunSettings;

class WatcherTest {
  @Test
  void saysALineAMinuteWithRateTimeLeftLossAndAccuracy() {
    Dataset.Split data = Datasets.open("sample").limited(1000, 100);
    RunSettings settings =
        new RunSettings(
            "watched",
            null,
            null,
            "sample",
            0,
            0,
            Augmentation.NONE,
            ModelSettings.of(ModelKind.MLP, 2, 16),
            OptimizerSettings.parse("nero"),
            Schedule.parse("cosine"),
            2,
            100,
            0,
            1);
    StringWriter text = new StringWriter();
    long[] now = {0};
    try (Watcher watcher = new Watcher(new PrintWriter(text, true), false, () -> now[0])) {
      watcher.started(new Run.Start(settings, data, 12_730, 272, 10, "x86-64-v3", Progress.NONE));
      assertThat(text.toString())
          .contains("1,000 training and 100 test images", "half a cosine", "12,730 weights");
      text.getBuffer().setLength(0);
      // Thirty seconds a batch of a hundred: half the batches are a minute apart.
      for (int batch = 1; batch <= 10; batch++) {
        now[0] += 30_000_000_000L;
        watcher.batch(1, batch, 100, 1.0 / batch, 10 * batch);
      }
    }
    assertThat(text.toString().lines())
        .hasSize(5)
        .first()
        .isEqualTo(
            "epoch 1, batch 2 of 10: loss 0.7500, accuracy 15.0 %, 3 samples a second,"
                + " 9 min 0 s left");
  }

  @ParameterizedTest
  @CsvSource({"4.4,4 s", "59.6,1 min 0 s", "3599,59 min 59 s", "7325,2 h 2 min"})
  void durationsAreShort(double seconds, String expected) {
    assertThat(Watcher.duration(seconds)).isEqualTo(expected);
  }
}
