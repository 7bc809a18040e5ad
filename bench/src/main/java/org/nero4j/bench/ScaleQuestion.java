package org.nero4j.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.nero4j.NativeRuntime;
import org.nero4j.Optimizer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Whether a step is linear in its weights, and what memory it takes.
@Command(
    name = "scale",
    description = "One step from a million weights to a billion: time a weight, and memory.")
final class ScaleQuestion extends Question {
  private static final int FAN_IN = 1000;

  @Option(
      names = "--weights",
      split = ",",
      paramLabel = "N",
      description = "multiples of 1,000 (default: ${DEFAULT-VALUE})")
  List<Long> sizes = List.of(1_000_000L, 10_000_000L, 100_000_000L, 1_000_000_000L);

  @Option(
      names = "--optimizer",
      paramLabel = "NAME",
      description = "among ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})")
  OptimizerKind kind = OptimizerKind.NERO;

  @Override
  String name() {
    return "scale";
  }

  @Override
  Table table() {
    return besideFloor(
            new Table()
                .text("optimizer", e -> e.param("optimizer"))
                .number("weights", e -> e.param("weights")))
        .number(
            "ns a weight",
            e -> Table.number("%.3f", e.median() / Double.parseDouble(e.param("weights"))))
        .number("weights + gradients + state", e -> mebibytes(e.median("needed")))
        .number("resident", e -> mebibytes(e.median("resident")));
  }

  private static String mebibytes(double bytes) {
    return Table.number("%.1f MiB", bytes / (1 << 20));
  }

  @Override
  void measure() {
    int threads = NativeRuntime.describe().threads();
    for (long weights : sizes) {
      TensorSet set = TensorSet.of(weights / FAN_IN + "x" + FAN_IN);
      long before = resident();
      try (Workbench bench = new Workbench(set, threads);
          Optimizer optimizer = bench.optimizer(kind)) {
        optimizer.step();
        long taken = resident() - before;
        Entry entry =
            Entry.of(
                name(),
                Map.of("optimizer", kind.id(), "weights", Long.toString(set.count())),
                threads);
        record(
            List.of(
                besideFloor(
                        entry, optimizer::step, bench.floor(kind.floor), set.count(), kind.floor)
                    .secondary("needed", "B", 8.0 * set.count() + optimizer.stateBytes())
                    .secondary("resident", "B", taken)));
      }
    }
  }

  /// Bytes of this process in memory; what it had before is subtracted by the caller.
  private static long resident() {
    System.gc();
    try {
      return Files.readAllLines(Path.of("/proc/self/status")).stream()
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
          .findFirst()
          .orElse(0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
