package org.nero4j.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.nero4j.Optimizer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// What a step costs beside the memory it must move.
@Command(
    name = "step",
    description = "Every optimiser beside the floor of its memory traffic, a shape at a time.")
final class StepQuestion extends Question {
  /// AdamW stands for Adam too: it is the same kernel.
  private static final List<OptimizerKind> KINDS =
      List.of(
          OptimizerKind.NERO,
          OptimizerKind.SGD,
          OptimizerKind.MOMENTUM,
          OptimizerKind.ADAMW,
          OptimizerKind.LAMB,
          OptimizerKind.MADAM,
          OptimizerKind.FROMAGE,
          OptimizerKind.LARS);

  @Option(
      names = "--sets",
      split = ",",
      paramLabel = "SET",
      description =
          "mlp, vgg11, resnet18, matrices such as 784x784, c: in columns"
              + " (default: all of the report)")
  List<String> sets;

  @Option(
      names = "--optimizers",
      split = ",",
      paramLabel = "NAME",
      description = "among ${COMPLETION-CANDIDATES} (default: all but adam)")
  List<OptimizerKind> kinds;

  @Option(
      names = "--threads",
      split = ",",
      paramLabel = "N",
      description = "numbers of threads (default: one and all)")
  List<Integer> threads;

  @Override
  String name() {
    return "step";
  }

  @Override
  Table table() {
    return besideFloor(
            new Table()
                .text("optimizer", e -> e.param("optimizer"))
                .text("set", e -> e.param("set")))
        .number("state bytes", e -> Table.number("%,.0f", e.median("state")));
  }

  @Override
  void measure() {
    for (String name : orDefault(sets, TensorSet.DEFAULTS)) {
      TensorSet set = TensorSet.of(name);
      for (int t : orDefault(threads, oneAndAll())) {
        List<Entry> entries = new ArrayList<>();
        try (Workbench bench = new Workbench(set, t)) {
          for (OptimizerKind kind : orDefault(kinds, KINDS)) {
            entries.add(measure(bench, set, kind, t));
          }
        }
        record(entries);
      }
    }
  }

  private Entry measure(Workbench bench, TensorSet set, OptimizerKind kind, int threads) {
    Entry entry =
        Entry.of(
            name(), Map.of("optimizer", kind.id(), "set", set.name(), "storage", "f32"), threads);
    try (Optimizer optimizer = bench.optimizer(kind)) {
      return besideFloor(entry, optimizer::step, bench.floor(kind.floor), set.count(), kind.floor)
          .secondary("state", "B", optimizer.stateBytes());
    }
  }
}
