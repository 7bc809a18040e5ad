package org.nero4j.train.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class ResumeCommandTest {
  private static final String TRAIN =
      "train --optimizer lamb --depth 2 --width 16 --threads 1 --batch 100 --train-limit 2000"
          + " --schedule cosine --epochs 30 --no-progress --save ";

  @TempDir private Path temporary;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String line) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    CommandLine command = Main.commandLine();
    command.setOut(new PrintWriter(out, true));
    command.setErr(new PrintWriter(err, true));
    return command.execute(line.split(" "));
  }

  private static List<String> untimed(Path folder) throws IOException {
    try (Stream<String> lines = Files.lines(folder.resolve("metrics.jsonl"))) {
      return lines.map(l -> l.replaceAll("\"(seconds|stepSeconds|wallTime)\":[^,}]*", "")).toList();
    }
  }

  private static void assertAlike(Path found, Path expected) throws IOException {
    assertThat(untimed(found)).hasSize(30).isEqualTo(untimed(expected));
    Path weights = expected.resolve("weights.safetensors");
    assertThat(Files.mismatch(found.resolve("weights.safetensors"), weights)).isEqualTo(-1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"KILL", "TERM"})
  void aRunThatWasKilledGoesOnToTheSameBits(String signal)
      throws IOException, InterruptedException {
    Path whole = temporary.resolve("whole");
    assertThat(run(TRAIN + whole)).as(err.toString()).isZero();
    Path cut = temporary.resolve("cut");
    // Whatever it has reached when the signal comes.
    try (ChildNero child = new ChildNero((TRAIN + cut + " --checkpoint 0").split(" "))) {
      child.awaitLine("    3  ");
      child.signal(signal);
      assertThat(child.await()).as(child.heard()).isEqualTo(signal.equals("KILL") ? 137 : 143);
    }
    assertThat(cut.resolve("checkpoint.safetensors")).exists();
    assertThat(run("train --no-progress --resume " + cut)).as(err.toString()).isZero();
    assertThat(out.toString()).containsPattern("goes on after (batch \\d+ of )?epoch \\d+");
    assertAlike(cut, whole);
    assertThat(run("train --resume " + cut)).isEqualTo(2);
    assertThat(err.toString()).startsWith("nero: ").contains("holds a run that is finished");
  }

  @Test
  void aRunWithoutACheckpointBeginsAnew() throws IOException {
    Path first = temporary.resolve("first");
    assertThat(run(TRAIN + first)).isZero();
    Path whole = temporary.resolve("whole");
    String from = " --from " + first.resolve("weights.safetensors");
    assertThat(run(TRAIN + whole + from)).as(err.toString()).isZero();
    assertThat(untimed(whole)).isNotEqualTo(untimed(first));
    // As a kill before the first checkpoint leaves it.
    Path cut = Files.createDirectory(temporary.resolve("cut"));
    String run = Files.readString(whole.resolve("run.json"));
    Files.writeString(cut.resolve("run.json"), run.replace("\"finished\",", "\"running\","));
    assertThat(run("train --resume " + cut)).as(err.toString()).isZero();
    assertThat(out.toString()).contains("no checkpoint in " + cut + ": from the first step");
    assertAlike(cut, whole);
  }

  @Test
  void whatCannotGoOnIsRefusedInOneLine() throws IOException, InterruptedException {
    Path folder = temporary.resolve("run");
    refused(2, "train --resume " + folder, "holds no run");
    try (ChildNero child = new ChildNero((TRAIN + folder + " --checkpoint 0").split(" "))) {
      child.awaitLine("    2  ");
      child.kill();
      child.await();
    }
    String resume = "train --resume " + folder;
    refused(2, resume + " --lr 0.1", "--lr cannot be given with --resume");
    refused(2, resume + " --save " + temporary.resolve("x"), "--save cannot be given");
    refused(2, "train --checkpoint -1", "--checkpoint is -1.0", "within 0 and");
    refused(2, "compare --checkpoint NaN --out " + temporary, "--checkpoint is NaN");
    Path checkpoint = folder.resolve("checkpoint.safetensors");
    byte[] bytes = Files.readAllBytes(checkpoint);
    List<String> before = untimed(folder);
    bytes[bytes.length / 2] ^= 1;
    Files.write(checkpoint, bytes);
    refused(1, resume, checkpoint + " is damaged", "checksum");
    assertThat(untimed(folder)).isEqualTo(before);
    Path run = folder.resolve("run.json");
    Files.writeString(run, Files.readString(run).replace("\"cosine\"", "\"sine\""));
    refused(1, resume, "cannot read " + run, "schedule 'sine'");
  }

  private void refused(int code, String line, String... why) {
    assertThat(run(line)).as(line).isEqualTo(code);
    assertThat(err.toString().lines()).hasSize(1).allMatch(l -> l.startsWith("nero: "));
    List<String> all = new ArrayList<>(List.of(why));
    assertThat(err.toString()).contains(all);
  }

  @Test
  void aGridThatWasKilledGoesOnWithinItsCells() throws IOException, InterruptedException {
    String grid =
        "compare --optimizer nero adam --model mlp:depth=2,width=16 --epochs 40 --train-limit 2000"
            + " --batch 100 --jobs 1 --out ";
    Path whole = temporary.resolve("whole");
    assertThat(run(grid + whole)).as(err.toString()).isZero();
    String expected = table();
    Path cut = temporary.resolve("cut");
    try (ChildNero child = new ChildNero((grid + cut + " --checkpoint 0").split(" "))) {
      child.awaitLine("[1/2]");
      Path second = cell(cut, "adam");
      while (!Files.exists(second.resolve("checkpoint.safetensors"))) {
        Thread.onSpinWait();
      }
      child.kill();
      child.await();
    }
    assertThat(run(grid + cut)).as(err.toString()).isZero();
    assertThat(out.toString()).containsPattern("adam, .*: goes on after ");
    assertThat(table()).isEqualTo(expected);
    Path weights = cell(cut, "adam").resolve("weights.safetensors");
    Path others = cell(whole, "adam").resolve("weights.safetensors");
    assertThat(Files.mismatch(weights, others)).isEqualTo(-1);
  }

  @Test
  void aRunThatNeedsTooMuchMemoryLeavesTheTableOfTheOthers()
      throws IOException, InterruptedException {
    String grid =
        "compare --model mlp:depth=3,width=4000 mlp:depth=2,width=16 --epochs 1 --train-limit 500"
            + " --jobs 1 --out ";
    List<String> small = List.of("-Xmx48m", "-XX:+UseSerialGC");
    try (ChildNero child = new ChildNero(small, (grid + temporary).split(" "))) {
      assertThat(child.await()).as(child.heard()).isEqualTo(1);
      assertThat(child.heard())
          .containsSubsequence(
              "failed: java.lang.OutOfMemoryError",
              "arm  ",
              "nero, mlp of 2 layers, 16 wide",
              "1 of 2 runs are finished",
              "Exception in thread \"main\" java.lang.OutOfMemoryError");
    }
    Path cell = cell(temporary, "nero-mlp-of-3-layers-4000-wide");
    assertThat(Files.readString(cell.resolve("run.json")))
        .contains("\"status\" : \"failed\"", "java.lang.OutOfMemoryError");
  }

  private static Path cell(Path grid, String arm) throws IOException {
    while (true) {
      try (Stream<Path> cells = Files.list(grid)) {
        List<Path> found =
            cells.filter(c -> c.getFileName().toString().startsWith(arm + "-")).toList();
        if (!found.isEmpty()) {
          return found.getFirst();
        }
      }
    }
  }

  /// From its head on.
  private String table() {
    String printed = out.toString();
    return printed.substring(printed.indexOf("arm  ")).replaceAll("(?m)^as a page:.*\\R", "");
  }
}
