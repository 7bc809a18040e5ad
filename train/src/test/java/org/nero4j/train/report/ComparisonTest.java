package org.nero4j.train.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ComparisonTest {
  @TempDir Path root;

  private SyntheticRuns runs() {
    return new SyntheticRuns(root);
  }

  /// A finished run with this accuracy.
  private Path run(String optimizer, double rate, long seed, double accuracy) throws Exception {
    Path folder = runs().finished(optimizer, rate, seed);
    SyntheticRuns.edit(folder, o -> ((ObjectNode) o.get("result")).put("testAccuracy", accuracy));
    return folder;
  }

  private List<Comparison> comparisons() {
    return Comparison.of(RunFolders.read(List.of(root)));
  }

  private Comparison only() {
    assertThat(comparisons()).hasSize(1);
    return comparisons().getFirst();
  }

  @Test
  void aSpreadIsMeanAndRangeOfWhatIsThere() {
    assertThat(Spread.of(Arrays.asList(1.0, null, 4.0, 1.0))).isEqualTo(new Spread(3, 2, 1, 4));
    assertThat(Spread.of(Arrays.asList((Double) null)).isPresent()).isFalse();
    assertThat(Spread.of(List.of(0.0))).isEqualTo(new Spread(1, 0, 0, 0));
  }

  @Test
  void seedsAreOneGroupAndRatesAreSeveral() throws Exception {
    run("nero", 0.01, 0, 0.80);
    run("nero", 0.01, 1, 0.90);
    run("nero", 0.1, 0, 0.60);
    run("adam", 0.001, 0, 0.70);
    Comparison comparison = only();
    assertThat(comparison.contenders())
        .extracting(Contender::label)
        .containsExactly("Nero", "Adam");
    Contender nero = comparison.contenders().getFirst();
    assertThat(nero.groups()).extracting(Group::learningRate).containsExactly(0.01, 0.1);
    Spread spread = nero.best().orElseThrow().testAccuracy();
    assertThat(spread.mean()).isCloseTo(0.85, within(1e-12));
    assertThat(spread).extracting(Spread::count, Spread::low, Spread::high).contains(2, 0.80, 0.90);
  }

  @Test
  void aCurveHasAtEachEpochTheSeedsThatCameSoFar() throws Exception {
    for (int seed = 0; seed < 3; seed++) {
      Path folder = runs().write("s" + seed, "nero", 0.01, seed, "running", 0);
      StringBuilder lines = new StringBuilder();
      for (int epoch = 1; epoch <= 3 - seed; epoch++) {
        String loss = epoch == 2 && seed == 0 ? "null" : "" + (seed + epoch);
        lines.append("{\"epoch\":%d,\"testLoss\":%s}%n".formatted(epoch, loss));
      }
      Files.writeString(folder.resolve("metrics.jsonl"), lines);
    }
    Group group = only().contenders().getFirst().groups().getFirst();
    SequencedMap<Integer, Spread> curve = group.curve(Measure.TEST_LOSS);
    assertThat(curve.get(1)).isEqualTo(new Spread(3, 2, 1, 3));
    assertThat(curve.get(2)).isEqualTo(new Spread(1, 3, 3, 3));
    assertThat(curve.get(3)).isEqualTo(new Spread(1, 3, 3, 3));
    assertThat(group.curve(Measure.MAX_ANGLE).get(1).isPresent()).isFalse();
    assertThat(group.canBeBest()).isFalse();
  }

  @Test
  void aRateAtWhichASeedWasLostIsNotTheBest() throws Exception {
    run("nero", 0.01, 0, 0.80);
    run("nero", 0.1, 0, 0.99);
    runs().write("lost", "nero", 0.1, 1, "failed", 1);
    run("nero", 0.2, 0, 0.98);
    SyntheticRuns.edit(run("nero", 0.2, 1, 0.98), o -> o.put("diverged", true));
    Contender nero = only().contenders().getFirst();
    assertThat(nero.groups()).hasSize(3);
    assertThat(nero.best().orElseThrow().learningRate()).isEqualTo(0.01);
  }

  @Test
  void whatARunCameToBeforeItWasStoppedDoesNotCount() throws Exception {
    run("nero", 0.01, 0, 0.80);
    edit(run("nero", 0.01, 1, 0.10), o -> o.put("status", "interrupted"));
    Group group = only().contenders().getFirst().groups().getFirst();
    assertThat(group.runs()).hasSize(2);
    assertThat(group.testAccuracy()).isEqualTo(new Spread(1, 0.80, 0.80, 0.80));
  }

  @Test
  void aRunThatWasRepeatedIsNoOtherSeed() throws Exception {
    run("nero", 0.01, 0, 0.80);
    edit(
        runs().write("again", "nero", 0.01, 0, "finished", 5),
        o -> {
          o.put("started", "2026-02-01T00:00:00Z");
          ((ObjectNode) o.get("result")).put("testAccuracy", 0.81);
        });
    edit(
        runs().write("cut-off", "nero", 0.01, 0, "interrupted", 2),
        o -> o.put("started", "2026-03-01T00:00:00Z"));
    run("nero", 0.01, 1, 0.90);
    Group group = only().contenders().getFirst().groups().getFirst();
    assertThat(group.runs()).hasSize(4);
    assertThat(group.testAccuracy()).isEqualTo(Spread.of(List.of(0.81, 0.90)));
    assertThat(group.curve(Measure.TEST_LOSS).get(1).count()).isEqualTo(2);
    assertThat(Tables.results(only(), 0)).contains("2 <span class=\"status repeated\">2 repeated");
  }

  @Test
  void modelsDataAndExperimentsAreNotSetBesideOneAnother() throws Exception {
    run("nero", 0.01, 0, 0.80);
    edit(run("nero", 0.01, 1, 0.80), o -> ((ObjectNode) o.get("model")).put("name", "lenet"));
    edit(run("nero", 0.01, 2, 0.80), o -> o.put("experiment", "rates"));
    assertThat(comparisons())
        .extracting(Comparison::title)
        .containsExactlyInAnyOrder(
            "mlp on fashion-mnist", "lenet on fashion-mnist", "rates: mlp on fashion-mnist");
  }

  @Test
  void contendersAreNamedByWhatTellsThemApart() throws Exception {
    edit(run("nero", 0.01, 0, 0.90), o -> o.put("arm", "default"));
    edit(run("nero", 0.01, 1, 0.89), o -> o.put("arm", "balanced start"));
    edit(run("adam", 0.01, 2, 0.88), o -> optimizer(o).put("beta1", 0.9));
    edit(run("adam", 0.01, 3, 0.87), o -> optimizer(o).put("beta1", 0.5));
    edit(run("adam", 0.01, 4, 0.86), o -> o.put("arm", "adam with weight norm"));
    assertThat(only().contenders())
        .extracting(Contender::label)
        .containsExactly(
            "Nero, default",
            "Nero, balanced start",
            "Adam, beta1 0.9",
            "Adam, beta1 0.5",
            "Adam with weight norm");
  }

  private static ObjectNode optimizer(ObjectNode run) {
    return (ObjectNode) run.get("optimizer");
  }

  private static void edit(Path folder, Consumer<ObjectNode> change) throws Exception {
    SyntheticRuns.edit(folder, change);
  }

  @Test
  void theHeadlineSaysWhoWonAndHowFarToBelieveIt() throws Exception {
    run("nero", 0.01, 0, 0.87);
    assertThat(Headline.of(only()))
        .isEqualTo(
            "Nero at 0.01 reached 87.00 % test accuracy (one seed); no other result to set beside"
                + " it.");
    run("adam", 0.001, 0, 0.86);
    assertThat(Headline.of(only()))
        .isEqualTo(
            "Nero at 0.01 leads by 1.00 points: 87.00 % test accuracy (one seed) against 86.00 %"
                + " (one seed) for Adam at 0.001; a single seed cannot rule out chance.");
    run("nero", 0.01, 1, 0.88);
    run("adam", 0.001, 1, 0.865);
    assertThat(Headline.of(only()))
        .isEqualTo(
            "Nero at 0.01 won by 1.25 points: 87.50 % test accuracy (mean of 2 seeds, 87.00 to"
                + " 88.00 %) against 86.25 % (mean of 2 seeds, 86.00 to 86.50 %) for Adam at 0.001;"
                + " the ranges do not overlap.");
    run("adam", 0.001, 2, 0.872);
    assertThat(Headline.of(only())).contains("leads by", "but the ranges overlap");
    edit(run("nero", 0.02, 7, 0.875), o -> o.put("schedule", "cosine"));
    assertThat(Headline.of(only()))
        .startsWith("Nero, schedule constant at 0.01 ")
        .contains("for Adam at 0.001, the best of another optimiser");
    runs().write("one", "sgd", 0.1, 0, "running", 1);
    runs().write("two", "sgd", 0.1, 1, "failed", 1);
    assertThat(Headline.of(only())).endsWith(". 1 run is still running, 1 failed.");
  }

  @Test
  void theHeadlineOfRunsWithoutAResultSaysSo() throws Exception {
    runs().write("one", "sgd", 0.1, 0, "interrupted", 1);
    runs().write("two", "sgd", 0.1, 1, "interrupted", 0);
    assertThat(Headline.of(only())).isEqualTo("No result yet. 2 runs interrupted.");
  }
}
