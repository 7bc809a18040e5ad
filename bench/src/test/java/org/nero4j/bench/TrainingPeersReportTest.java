package org.nero4j.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TrainingPeersReportTest {
  /// @param millis of a batch of 100, a launch each; nero4j's are 10
  private static Entry entry(String peer, String optimizer, double... millis) {
    double[] nanos = new double[millis.length];
    double[] ratios = new double[millis.length];
    for (int i = 0; i < millis.length; i++) {
      nanos[i] = millis[i] * 1e6;
      ratios[i] = millis[i] / 10;
    }
    Map<String, String> params =
        Map.of(
            "network",
            "mlp",
            "batch",
            "100",
            "peer",
            peer,
            "version",
            peer + " 1.0",
            "optimizer",
            optimizer);
    return Entry.of("peers-train", params, 2)
        .primary("ns/op", nanos)
        .secondary("parameters", "", 7)
        .secondary("xOfOurs", "", ratios);
  }

  @Test
  void comparesWithTheBetterOfTheLibtorchsByMedians() {
    String table =
        new TrainingPeersReport(
                List.of(
                    entry("nero4j", "adam", 10, 10, 10),
                    entry("nero4j", "nero", 5, 5, 5),
                    // Its best launch is the best of all, its median is not.
                    entry("bytedeco", "adam", 1, 30, 30),
                    entry("djl", "adam", 20, 20, 40),
                    entry("nd4j", "adam", 70, 80, 90)))
            .summary();
    String row = table.lines().skip(2).findFirst().orElseThrow().replaceAll(" +", " ");
    assertThat(row)
        .isEqualTo("| mlp | 100 | 2 | 10000.0 | djl 1.0, `adam` | 5000.0 | 2.00 | 1250.0 | 8.00 |");
    assertThat(table.lines()).hasSize(3);
  }

  @Test
  void leavesOutWhatWasNotMeasured() {
    String row =
        new TrainingPeersReport(List.of(entry("djl", "adam", 20)))
            .summary()
            .lines()
            .skip(2)
            .findFirst()
            .orElseThrow()
            .replaceAll(" +", " ");
    assertThat(row).isEqualTo("| mlp | 100 | 2 | | djl 1.0, `adam` | 5000.0 | 2.00 | | |");
    assertThat(new TrainingPeersReport(List.of()).summary()).isEmpty();
  }
}
