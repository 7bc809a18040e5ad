package org.nero4j.train.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.nero4j.train.run.RunReport;

class GridTableTest {
  private static RunReport run(String arm, double rate, long seed, double test, double train) {
    return new RunReport(
        "x",
        arm,
        rate,
        seed,
        Double.isNaN(train),
        test,
        test + 0.01,
        train,
        1 - train,
        4096,
        List.of(train / 2, train),
        null);
  }

  private static GridTable table(Metric metric) {
    return new GridTable(
        List.of(
            run("nero", 0.01, 0, 0.80, 0.90),
            run("nero", 0.01, 1, 0.84, 0.92),
            run("nero", 0.1, 0, 0.70, 0.95),
            run("nero", 0.1, 1, 0.60, 0.97),
            run("sgd", 0.1, 0, 0.10, 0.5)),
        metric);
  }

  private static List<String> lines(TextTable table) {
    return table.plain().lines().map(line -> line.replaceAll(" +", " ")).toList();
  }

  @Test
  void showsEachArmAtItsBestRateWithMeanAndRange() {
    GridTable table = table(Metric.TEST_ACCURACY);
    assertThat(lines(table.best()))
        .containsExactly(
            "arm rate seeds training accuracy % test accuracy % training loss state bytes",
            "nero 0.01 2 91.00 [90.00, 92.00] 82.00 [80.00, 84.00] 0.0900 4,096",
            "sgd 0.1 1 50.00 10.00 0.5000 4,096");
    assertThat(table.hasRates()).isTrue();
    assertThat(lines(table.rates()))
        .containsExactly("arm 0.01 0.1", "nero 82.00* 65.00", "sgd 10.00*");
  }

  @Test
  void theBestRateIsThatOfTheMetric() {
    GridTable table = table(Metric.TRAIN_ACCURACY);
    assertThat(lines(table.best()).get(1))
        .isEqualTo("nero 0.1 2 96.00 [95.00, 97.00] 65.00 [60.00, 70.00] 0.0400 4,096");
    assertThat(table.ratesTitle()).startsWith("mean training accuracy %");
  }

  @Test
  void epochsStandBesideWhatWasPublished() {
    GridTable table = table(Metric.TEST_ACCURACY);
    assertThat(lines(table.epochs(null)))
        .containsExactly(
            "epoch nero sgd", "1 45.50 [45.00, 46.00] 25.00", "2 91.00 [90.00, 92.00] 50.00");
    assertThat(lines(table.epochs(new Published("deep-mlp.csv"))))
        .containsExactly(
            "epoch nero published, MNIST sgd published, MNIST",
            "1 45.50 [45.00, 46.00] 10.94 [10.87, 11.00] 25.00 11.15 [11.11, 11.18]",
            "2 91.00 [90.00, 92.00] 11.04 [10.99, 11.08] 50.00 11.24 [11.24, 11.24]");
  }

  @Test
  void aLossThatIsNoNumberIsSaidSo() {
    GridTable table =
        new GridTable(
            List.of(run("sgd", 1, 0, 0.1, Double.NaN), run("sgd", 1, 1, 0.1, 0.2)),
            Metric.TEST_ACCURACY);
    assertThat(table.best().plain()).contains("no number (1 of 2)");
  }

  @Test
  void aRateAtWhichASeedDivergedIsTheBestOnlyOfItsKind() {
    RunReport lost = run("sgd", 0.1, 1, 0.9, Double.NaN);
    List<RunReport> runs = List.of(run("sgd", 0.1, 0, 0.9, 0.2), lost, run("sgd", 0.01, 0, 0.3, 1));
    assertThat(lines(new GridTable(runs, Metric.TEST_ACCURACY).best()).get(1))
        .startsWith("sgd 0.01 1");
    assertThat(lines(new GridTable(runs.subList(0, 2), Metric.TEST_ACCURACY).best()).get(1))
        .startsWith("sgd 0.1 2");
  }

  @Test
  void theColumnsOfAPlainTableLineUp() {
    TextTable table = new TextTable("arm", "rate");
    table.row("nero", "0.01");
    table.row("sgd", "1");
    assertThat(table.plain()).isEqualTo("arm   rate\nnero  0.01\nsgd      1\n");
    assertThat(table.markdown())
        .isEqualTo("| arm | rate |\n|---|---:|\n| nero | 0.01 |\n| sgd | 1 |\n");
  }
}
