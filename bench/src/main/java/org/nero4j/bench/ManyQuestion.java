package org.nero4j.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.nero4j.Optimizer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// What it costs that a model is many tensors.
@Command(
    name = "many",
    description = "Thousands of small tensors beside one of the same size and rows.")
final class ManyQuestion extends Question {
  /// Many, and one tensor with as many rows of the same length.
  private record Case(String many, String one) {
    static Case of(int tensors, int neurons, int fanIn) {
      return new Case(
          "%d*%dx%d".formatted(tensors, neurons, fanIn),
          "%dx%d".formatted(tensors * neurons, fanIn));
    }
  }

  @Option(
      names = "--tensors",
      paramLabel = "N",
      description = "how many (default: ${DEFAULT-VALUE})")
  int tensors = 3000;

  /// Two optimisers whose states push each other out of the last-level cache: it takes some runs
  /// until it is one's own.
  ManyQuestion() {
    milliseconds = 60;
  }

  @Override
  String name() {
    return "many";
  }

  @Override
  Table table() {
    return new Table()
        .text("optimizer", e -> e.param("optimizer"))
        .text("tensors", e -> e.param("many"))
        .text("beside", e -> e.param("one"))
        .number("threads", e -> e.param("threads"))
        .number("MB moved", e -> Table.number("%.3f", e.median("bytes") / 1e6))
        .number("time", e -> Table.time(e.median()))
        .number("GB/s", e -> bandwidth(e, e.median()))
        .number("one tensor", e -> Table.time(e.median("one")))
        .number("x of one (quartiles)", e -> Table.quartiles("%.2f", e, "xOfOne"))
        .number("x of floor", e -> Table.number("%.2f", e.median("xOfFloor")));
  }

  @Override
  void measure() {
    for (Case c : List.of(Case.of(tensors, 50, 70), Case.of(tensors, 8, 8))) {
      for (int threads : oneAndAll()) {
        List<Entry> entries = new ArrayList<>();
        for (OptimizerKind kind :
            List.of(
                OptimizerKind.NERO, OptimizerKind.SGD, OptimizerKind.ADAMW, OptimizerKind.LAMB)) {
          entries.add(measure(c, kind, threads));
        }
        record(entries);
      }
    }
  }

  private Entry measure(Case c, OptimizerKind kind, int threads) {
    TensorSet set = TensorSet.of(c.many);
    // Of the same weights and gradients: memory is not equally fast everywhere.
    try (Workbench bench = new Workbench(set, threads);
        Optimizer many = bench.optimizer(kind);
        Optimizer one = bench.optimizer(kind, TensorSet.of(c.one))) {
      double[][] nanos = rounds().time(List.of(many::step, one::step, bench.floor(kind.floor)));
      double[] ofOne = new double[nanos[0].length];
      double[] ofFloor = new double[nanos[0].length];
      for (int i = 0; i < ofOne.length; i++) {
        ofOne[i] = nanos[0][i] / nanos[1][i];
        ofFloor[i] = nanos[0][i] / nanos[2][i];
      }
      return Entry.of(name(), Map.of("optimizer", kind.id(), "many", c.many, "one", c.one), threads)
          .primary("ns/op", nanos[0])
          .secondary("one", "ns/op", nanos[1])
          .secondary("floor", "ns/op", nanos[2])
          .secondary("xOfOne", "", ofOne)
          .secondary("xOfFloor", "", ofFloor)
          .secondary("bytes", "B/op", (double) set.count() * kind.floor.bytes);
    }
  }
}
