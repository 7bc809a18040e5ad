package org.nero4j.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// What a step executes, counted by valgrind.
@Command(
    name = "instructions",
    description = "Instructions a weight and a row, by valgrind's callgrind (x86-64-v3 at most).")
final class InstructionsQuestion extends Question {
  private static final Pattern COLLECTED = Pattern.compile("Collected : (\\d+)");
  private static final int STEPS = 4;

  @Option(
      names = "--sets",
      split = ",",
      paramLabel = "SET",
      description = "matrices (default: ${DEFAULT-VALUE})")
  List<String> sets = List.of("64x27", "784x784", "512x4608");

  @Option(
      names = "--program",
      paramLabel = "FILE",
      description = "what steps (default: ${DEFAULT-VALUE})")
  Path program = Path.of("native/target/cmake/native/nero4j_steps");

  @Override
  String name() {
    return "instructions";
  }

  @Override
  Table table() {
    return new Table()
        .text("optimizer", e -> e.param("optimizer"))
        .text("set", e -> e.param("set"))
        .number("instructions a step", e -> Table.number("%.0f", e.median()))
        .number("a weight", e -> Table.number("%.3f", e.median() / set(e).count()))
        .number(
            "a row", e -> Table.number("%.1f", e.median() / set(e).tensors().getFirst().neurons()));
  }

  private static TensorSet set(Entry e) {
    return TensorSet.of(e.param("set"));
  }

  @Override
  void measure() throws IOException, InterruptedException {
    List<Entry> entries = new ArrayList<>();
    for (String set : sets) {
      for (String optimizer : List.of("nero", "sgd", "adam", "lamb")) {
        double count = (double) collected(optimizer, TensorSet.inRows(set)) / STEPS;
        entries.add(
            Entry.of(name(), Map.of("optimizer", optimizer, "set", set), 1)
                .primary("instructions/op", new double[] {count}));
      }
    }
    record(entries);
  }

  private long collected(String optimizer, TensorSet set) throws IOException, InterruptedException {
    TensorSet.Tensor matrix = set.tensors().getFirst();
    Path counts = Files.createTempFile("callgrind", ".out");
    try {
      Process process =
          new ProcessBuilder(
                  "valgrind",
                  "--tool=callgrind",
                  "--callgrind-out-file=" + counts,
                  "--toggle-collect=nero_optimizer_step",
                  program.toAbsolutePath().toString(),
                  optimizer,
                  Long.toString(matrix.neurons()),
                  Long.toString(matrix.fanIn()),
                  Integer.toString(STEPS))
              .redirectErrorStream(true)
              .start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      Matcher collected = COLLECTED.matcher(said);
      if (process.waitFor() != 0 || !collected.find()) {
        throw new IOException("valgrind counted nothing:\n" + said);
      }
      return Long.parseLong(collected.group(1));
    } finally {
      Files.delete(counts);
    }
  }
}
