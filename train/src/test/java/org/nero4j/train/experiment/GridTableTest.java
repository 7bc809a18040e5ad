package org.nero4j.train.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nero4j.train.run.RunReport;

class GridTableTest {
  private static RunReport run(String arm, double rate, long seed, double test, double train) {
    boolean diverged = Double.isNaN(train);
    return new RunReport(
        Path.of("x"), arm, rate, seed, diverged, test, test + 0.01, train, 1 - train, 4096);
  }

  private static String table(Metric metric) {
    StringWriter text = new StringWriter();
    new GridTable(
            List.of(
                run("nero", 0.01, 0, 0.80, 0.90),
                run("nero", 0.01, 1, 0.84, 0.92),
                run("nero", 0.1, 0, 0.70, 0.95),
                run("nero", 0.1, 1, 0.60, 0.97),
                run("sgd", 0.1, 0, 0.10, 0.5)),
            metric)
        .print(new PrintWriter(text, true));
    return text.toString();
  }

  @Test
  void showsEachArmAtItsBestRateWithMeanAndRange() {
    assertThat(table(Metric.TEST_ACCURACY).lines().map(line -> line.replaceAll(" +", " ")))
        .containsExactly(
            "arm rate seeds training accuracy % test accuracy % loss state bytes",
            "nero 0.01 2 91.00 [90.00, 92.00] 82.00 [80.00, 84.00] 0.0900 4,096",
            "sgd 0.1 1 50.00 10.00 0.5000 4,096",
            "",
            "mean test accuracy % at each rate; * is an arm's best",
            " 0.01 0.1",
            "nero 82.00* 65.00 ",
            "sgd 10.00*");
  }

  @Test
  void theBestRateIsThatOfTheMetric() {
    assertThat(table(Metric.TRAIN_ACCURACY))
        .contains("nero        0.1      2  96.00 [95.00, 97.00]      65.00 [60.00, 70.00]")
        .contains("mean training accuracy %");
  }
}
