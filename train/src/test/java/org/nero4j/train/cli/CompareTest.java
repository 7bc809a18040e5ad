package org.nero4j.train.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class CompareTest {
  private static final String GRID =
      "compare --optimizer nero sgd:momentum=0.9 --model mlp:depth=2,width=16 --lr 0.01,0.1"
          + " --seed 0,1 --epochs 20 --train-limit 3000 --out ";

  @TempDir private Path temporary;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String line) {
    CommandLine command = Main.commandLine();
    command.setOut(new PrintWriter(out, true));
    command.setErr(new PrintWriter(err, true));
    return command.execute(line.split(" "));
  }

  /// From its head on.
  private static String table(String printed) {
    return printed.substring(printed.indexOf("arm  ")).replaceAll("(?m)^as a page:.*\\R", "");
  }

  /// When each cell's description was last written, and whether it is finished.
  private static Map<String, String> cells(Path grid) throws IOException {
    Map<String, String> found = new TreeMap<>();
    try (Stream<Path> folders = Files.list(grid)) {
      for (Path folder : folders.filter(Files::isDirectory).toList()) {
        Path run = folder.resolve("run.json");
        boolean finished =
            Files.exists(run) && Files.readString(run).contains("\"status\" : \"finished\"");
        String written = finished ? Files.getLastModifiedTime(run).toString() : "unfinished";
        found.put(folder.getFileName().toString(), written);
      }
    }
    return found;
  }

  @Test
  void aKilledGridGoesOnWhereItWasAndEndsWithTheSameTable()
      throws IOException, InterruptedException {
    Path whole = temporary.resolve("whole");
    assertThat(run(GRID + whole + " --jobs 2")).as(err.toString()).isZero();
    String expected = table(out.toString());
    assertThat(expected).contains("sgd momentum=0.9").contains("    2  ").contains("*");

    Path killed = temporary.resolve("killed");
    try (ChildNero child = new ChildNero((GRID + killed + " --jobs 1").split(" "))) {
      child.awaitLine("[2/8]");
      child.kill();
      assertThat(child.await()).isEqualTo(137);
    }
    Map<String, String> before = cells(killed);
    List<String> finished =
        before.entrySet().stream()
            .filter(e -> !e.getValue().equals("unfinished"))
            .map(Map.Entry::getKey)
            .toList();
    assertThat(finished.size()).isBetween(2, 7);

    out.getBuffer().setLength(0);
    assertThat(run(GRID + killed)).as(err.toString()).isZero();
    assertThat(out.toString())
        .contains("8 runs in %s, %d finished".formatted(killed, finished.size()));
    assertThat(table(out.toString())).isEqualTo(expected);
    Map<String, String> after = cells(killed);
    assertThat(after).hasSize(8).doesNotContainValue("unfinished");
    for (String cell : finished) {
      assertThat(after.get(cell)).as("%s was run again", cell).isEqualTo(before.get(cell));
    }
  }

  @Test
  void aCellThatWasCutOffIsStartedAnew() throws IOException {
    String one =
        "compare --model mlp:depth=2,width=16 --epochs 2 --train-limit 500 --out " + temporary;
    assertThat(run(one)).as(err.toString()).isZero();
    String expected = table(out.toString());
    Path cell = temporary.resolve(cells(temporary).keySet().iterator().next());
    // As a kill leaves it: a description that says running, an epoch too many, no weights.
    String run = Files.readString(cell.resolve("run.json"));
    Files.writeString(cell.resolve("run.json"), run.replace("\"finished\",", "\"running\","));
    Files.writeString(cell.resolve("metrics.jsonl"), "{}\n{}\n{}\n");
    Files.move(cell.resolve("weights.safetensors"), cell.resolve("weights.safetensors.partial"));
    out.getBuffer().setLength(0);
    assertThat(run(one)).as(err.toString()).isZero();
    assertThat(table(out.toString())).isEqualTo(expected);
    assertThat(Files.readAllLines(cell.resolve("metrics.jsonl"))).hasSize(2);
    assertThat(cell.resolve("weights.safetensors")).exists();
    assertThat(cell.resolve("weights.safetensors.partial")).doesNotExist();
  }

  @Test
  void aRunThatIsNamedTwiceIsTrainedOnce() throws IOException {
    String twice =
        "compare --model mlp:depth=2,width=16 mlp:depth=2,width=16 --optimizer nero nero"
            + " --lr 0.1,0.10 --seed 0,0 --data sample sample --epochs 1 --train-limit 500 --jobs 2"
            + " --out "
            + temporary;
    assertThat(run(twice)).as(out + "%n" + err).isZero();
    assertThat(out.toString()).contains("1 run in ").contains("[1/1]");
    assertThat(cells(temporary)).hasSize(1).doesNotContainValue("unfinished");
  }

  @Test
  void runsOfOtherDataOrSettingsAreNotAveraged() throws IOException {
    String grid = "compare --model mlp:depth=2,width=16 --train-limit 500 --out %s --epochs ";
    assertThat(run(grid.formatted(temporary) + "1")).isZero();
    assertThat(run(grid.formatted(temporary) + "2")).isZero();
    for (String cell : cells(temporary).keySet()) {
      Path run = temporary.resolve(cell).resolve("run.json");
      String text = Files.readString(run);
      Files.writeString(run, text.replace("\"compare\"", "\"deep-mlp\""));
    }
    Path page = temporary.resolve("page.md");
    assertThat(run("experiment --document %s %s".formatted(page, temporary))).isEqualTo(1);
    assertThat(err.toString()).contains("two kinds of runs of arm 'nero'", "1 epochs", "2 epochs");
    assertThat(page).doesNotExist();
  }

  @Test
  void filesSayTheSameInEveryCountry() throws IOException, InterruptedException {
    String one =
        "compare --model mlp:depth=2,width=16 --schedule exponential:0.95 --epochs 1"
            + " --train-limit 500 --out "
            + temporary;
    try (ChildNero child = new ChildNero(List.of("-Duser.language=de"), one.split(" "))) {
      assertThat(child.await()).isZero();
    }
    String cell = cells(temporary).keySet().iterator().next();
    assertThat(Files.readString(temporary.resolve(cell).resolve("run.json")))
        .contains("exponential:0.95");
    assertThat(run(one)).isZero();
    assertThat(out.toString()).contains("1 finished before");
  }

  @Test
  void filesOfOthersAreNeverRemoved() throws IOException {
    String one =
        "compare --model mlp:depth=2,width=16 --epochs 1 --train-limit 500 --out " + temporary;
    assertThat(run(one)).isZero();
    Path cell = temporary.resolve(cells(temporary).keySet().iterator().next());
    Files.delete(cell.resolve("run.json"));
    Files.writeString(cell.resolve("notes.txt"), "mine");
    out.getBuffer().setLength(0);
    assertThat(run(one)).isEqualTo(1);
    assertThat(out.toString()).contains("notes.txt is in the way", "0 of 1 runs are finished");
    assertThat(cell.resolve("metrics.jsonl")).exists();
  }

  @Test
  void resultsDoNotDependOnHowManyRunAtATime() throws IOException {
    String grid =
        "compare --model mlp:depth=2,width=16 --epochs 2 --train-limit 500 --seed 0,1,2,3 --out ";
    assertThat(run(grid + temporary.resolve("one") + " --jobs 1")).isZero();
    assertThat(run(grid + temporary.resolve("four") + " --jobs 4")).isZero();
    for (String cell : cells(temporary.resolve("one")).keySet()) {
      for (String file : new String[] {"weights.safetensors"}) {
        assertThat(Files.mismatch(path("one", cell, file), path("four", cell, file)))
            .as("%s of %s", file, cell)
            .isEqualTo(-1);
      }
    }
  }

  private Path path(String grid, String cell, String file) {
    return temporary.resolve(grid).resolve(cell).resolve(file);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "compare",
        "compare --out x --optimizer nera",
        "compare --out x --optimizer nero:momentum=0.9",
        "compare --out x --model mlp:heads=8",
        "compare --out x --model mlp:depth=many",
        "compare --out x --lr -1",
        "compare --out x --lr a,b",
        "compare --out x --seed one",
        "compare --out x --by speed",
        "compare --out x --jobs -1",
        "compare --out x --threads 0",
        "compare --out x --data /nowhere",
        "experiment alchemy",
        "experiment rates --scale huge",
        "experiment rates --scale paper",
        "experiment rates --jobs many",
        "experiment rates --arm adagrad",
      })
  void wrongArgumentsGetOneLineAndExitCodeTwo(String line) {
    assertThat(run(line)).isEqualTo(2);
    assertThat(err.toString().lines()).hasSize(1).allMatch(l -> l.startsWith("nero: "));
    assertThat(out.toString()).isEmpty();
    assertThat(Path.of("x")).doesNotExist();
  }

  @Test
  void anExperimentRunsAndBecomesAPage() throws IOException {
    Path runs = temporary.resolve("narrow");
    // Small enough for a test: the page is made of whatever runs say they belong to an experiment.
    String one = "compare --model mlp:depth=2,width=16 --epochs 2 --train-limit 500 --out " + runs;
    assertThat(run(one)).as(err.toString()).isZero();
    Path cell = runs.resolve(cells(runs).keySet().iterator().next()).resolve("run.json");
    Files.writeString(
        cell,
        Files.readString(cell)
            .replace("\"experiment\" : \"compare\"", "\"experiment\" : \"deep-mlp\""));
    Path page = temporary.resolve("experiments.md");
    assertThat(run("experiment --document %s %s".formatted(page, runs)))
        .as(err.toString())
        .isZero();
    assertThat(Files.readString(page))
        .contains("## deep-mlp: narrow", "In the paper: Figure 3, right")
        .contains("500 training and 1,000 test images", "mlp of 2 layers, 16 wide", "cores")
        .contains("| nero | 0.01 | 1 | ")
        .contains("Training accuracy by epoch", "| 2 | ");
    assertThat(run("experiment --document %s %s".formatted(page, temporary))).isEqualTo(1);
    assertThat(err.toString()).contains("holds finished runs of 0 experiments");
  }

  @Test
  void experimentsAreListed() {
    assertThat(run("experiment")).isZero();
    assertThat(out.toString()).contains("deep-mlp", "ablation", "granularity", "rates");
  }
}
