package org.nero4j.train.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InterruptTest {
  @Test
  void controlCEndsARunAfterTheBatchAndLeavesWholeFiles(@TempDir Path temporary)
      throws IOException, InterruptedException {
    Path folder = temporary.resolve("run");
    String save = folder.toString();
    try (ChildNero child = new ChildNero(endless("--save", save))) {
      child.awaitLine("    1  ");
      child.signal("INT");
      assertThat(child.await()).as(child.heard()).isEqualTo(130);
      assertThat(child.heard())
          .containsPattern("stopped after [\\d,]+ steps; \\d+ of 100000 epochs finished")
          .contains("saved in " + save);
    }
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(f -> f.getFileName().toString()).toList())
          .contains("run.json", "metrics.jsonl", "weights.safetensors")
          .noneMatch(name -> name.endsWith(".partial"));
    }
    assertThat(Files.readString(folder.resolve("run.json")))
        .contains("\"status\" : \"interrupted\"");
    List<String> lines = Files.readAllLines(folder.resolve("metrics.jsonl"));
    assertThat(lines).isNotEmpty().allMatch(line -> line.endsWith("}"));
  }

  @Test
  void terminationIsTheSame() throws IOException, InterruptedException {
    try (ChildNero child = new ChildNero(endless())) {
      child.awaitLine("    1  ");
      child.signal("TERM");
      assertThat(child.await()).as(child.heard()).isEqualTo(143);
      assertThat(child.heard()).contains("stopped after");
    }
  }

  private static String[] endless(String... more) {
    String small = "train --depth 2 --width 16 --threads 1 --epochs 100000 --no-progress";
    return Stream.concat(Stream.of(small.split(" ")), Stream.of(more)).toArray(String[]::new);
  }
}
