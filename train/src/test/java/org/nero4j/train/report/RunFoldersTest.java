package org.nero4j.train.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RunFoldersTest {
  @TempDir Path root;
  private Path run;

  @BeforeEach
  void write() throws Exception {
    run = new SyntheticRuns(root.resolve("a")).write("x", "nero", 0.01, 3, "finished", 4);
  }

  private static Run only(Path folder) {
    List<Run> runs = RunFolders.read(List.of(folder));
    assertThat(runs).hasSize(1);
    return runs.getFirst();
  }

  private void replace(String file, String old, String by) throws Exception {
    String text = Files.readString(run.resolve(file));
    assertThat(text).contains(old);
    Files.writeString(run.resolve(file), text.replace(old, by));
  }

  @Test
  void readsWhatWasWritten() {
    Run read = only(run);
    assertThat(read.status()).isEqualTo(Run.Status.FINISHED);
    assertThat(read.learningRate()).isEqualTo(0.01);
    assertThat(read.seed()).isEqualTo(3);
    assertThat(read.stateBytes()).isEqualTo(8 * 3146);
    assertThat(read.settings())
        .containsEntry("optimizer.constraint", "balanced")
        .containsEntry("model.weights", "2466464")
        .doesNotContainKeys("optimizer.learningRate", "seed");
    assertThat(read.epochs()).hasSize(4);
    assertThat(read.epochs().getLast().measures().get(Measure.TEST_ACCURACY))
        .isEqualTo(read.result().testAccuracy());
    assertThat(read.label()).isEqualTo("x");
  }

  @Test
  void findsRunsBelowAndCountsEachOnce() throws Exception {
    new SyntheticRuns(root.resolve("b/c")).finished("adam", 0.1, 0);
    assertThat(RunFolders.read(List.of(root, run, root.resolve("b"))))
        .extracting(Run::label)
        .containsExactly(root.getFileName() + "/a/x", root.getFileName() + "/b/c/adam-0.1-s0");
  }

  @Test
  void aLinkIsFollowedWhereItIsNamedAndKeepsItsName() throws Exception {
    Path link = Files.createSymbolicLink(root.resolve("link"), root.resolve("a"));
    Files.createSymbolicLink(root.resolve("a/circle"), root);
    assertThat(RunFolders.read(List.of(link))).extracting(Run::label).containsExactly("link/x");
  }

  @Test
  void fieldsMayBeUnknownNullOrMissing() throws Exception {
    SyntheticRuns.edit(
        run,
        json -> {
          json.put("colour", "green").putNull("seed").remove(List.of("machine", "model", "result"));
        });
    Files.writeString(
        run.resolve("metrics.jsonl"),
        "{\"epoch\":1,\"testLoss\":null,\"testAccuracy\":0.5,\"new\":[1]}\n\n{\"epoch\":2}\n");
    Run read = only(run);
    assertThat(read.seed()).isNull();
    assertThat(read.result()).isNull();
    assertThat(read.epochs().getFirst().measures())
        .containsOnlyKeys(Measure.TEST_ACCURACY)
        .containsEntry(Measure.TEST_ACCURACY, 0.5);
    assertThat(read.epochs().getLast().measures()).isEmpty();
    assertThat(Page.of(List.of(read))).contains("unnamed model on fashion-mnist");
  }

  @Test
  void aRunThatHasNotWrittenAnEpochIsARun() throws Exception {
    Files.delete(run.resolve("metrics.jsonl"));
    assertThat(only(run).epochs()).isEmpty();
  }

  @Test
  void aLineCutShortIsForgivenOnlyAtTheEndOfARunThatDidNotFinish() throws Exception {
    String cut = "{\"epoch\":5,\"testAcc";
    Files.writeString(run.resolve("metrics.jsonl"), cut, StandardOpenOption.APPEND);
    assertThatThrownBy(() -> only(run))
        .isInstanceOf(ReportException.class)
        .hasMessageContaining("metrics.jsonl, line 5: expected a JSON object");
    SyntheticRuns.edit(run, json -> json.put("status", "running"));
    assertThat(only(run).epochs()).hasSize(4);
    Files.writeString(run.resolve("metrics.jsonl"), "\n{\"epoch\":6}\n", StandardOpenOption.APPEND);
    assertThatThrownBy(() -> only(run)).hasMessageContaining("line 5");
  }

  @Test
  void anEpochThatIsRepeatedCountsAsItCameLast() throws Exception {
    Files.writeString(
        run.resolve("metrics.jsonl"),
        "{\"epoch\":4,\"testAccuracy\":0.25}\n",
        StandardOpenOption.APPEND);
    assertThat(only(run).epochs()).hasSize(4);
    assertThat(only(run).epochs().getLast().measures()).containsEntry(Measure.TEST_ACCURACY, 0.25);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "run.json | \"finished\", | \"done\", | line 6: 'status' should be running, finished,"
            + " interrupted or failed, found \"done\"",
        "run.json | \"format\" : 1 | \"format\" : 2 | line 2: 'format' should be 1, the format that"
            + " this version reads, found 2",
        "run.json | \"seed\" : 3 | \"seed\" : \"3\" | line 32: 'seed' should be a whole number,"
            + " found \"3\"",
        "run.json | \"learningRate\" : 0.01 | \"learningRate\" : [] | line 26: 'learningRate'"
            + " should be a finite number or null, found an array",
        "run.json | \"name\" : \"nero\" | \"named\" : \"nero\" | 'optimizer' should be an object"
            + " with the optimiser's name, found an object",
        "run.json | \"version\" : \"0.1.0\" | \"version\" : 0.1.0 | line 7: expected a JSON"
            + " object:",
        "metrics.jsonl | \"epoch\":3 | \"epoch\":\"three\" | line 3: 'epoch' should be a whole"
            + " number, found \"three\"",
        "metrics.jsonl | {\"epoch\":2 | [\"epoch\":2 | line 2: expected a JSON object",
        "metrics.jsonl | \"testLoss\": | \"testLoss\":true,\"old\": | line 1: 'testLoss'"
            + " should be a finite number or null, found true",
      })
  void whatIsBrokenIsSaidInOneLineWithFileAndLine(String file, String old, String by, String said)
      throws Exception {
    replace(file, old, by);
    assertThatThrownBy(() -> only(run))
        .isInstanceOf(ReportException.class)
        .message()
        .startsWith(run.resolve(file).toString())
        .contains(said)
        .doesNotContain("\n");
  }

  @Test
  void aFolderThatIsMissingOrHasNoRunIsSaid() throws Exception {
    assertThatThrownBy(() -> only(root.resolve("nowhere")))
        .hasMessage(root.resolve("nowhere") + ": expected a folder, found none");
    Path empty = Files.createDirectory(root.resolve("empty"));
    assertThatThrownBy(() -> only(empty))
        .hasMessage(empty + ": expected a run.json here or in a folder below");
  }
}
