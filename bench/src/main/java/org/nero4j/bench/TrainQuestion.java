package org.nero4j.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.nero4j.Optimizer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// How many images a second a network learns from, and what of that is the optimiser's.
@Command(
    name = "train",
    description = "Training with each optimiser beside the same passes without any step.")
final class TrainQuestion extends Question {
  private static final List<OptimizerKind> KINDS =
      List.of(OptimizerKind.NERO, OptimizerKind.SGD, OptimizerKind.ADAM, OptimizerKind.LAMB);

  @Option(
      names = "--networks",
      split = ",",
      paramLabel = "NAME",
      description = "which; vgg11 and resnet18 take minutes (default: ${DEFAULT-VALUE})")
  List<String> networks = List.of("mlp", "lenet");

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "images of a batch (default: ${DEFAULT-VALUE})")
  int batch = 250;

  @Override
  String name() {
    return "train";
  }

  @Override
  Table table() {
    return new Table()
        .text("network", e -> e.param("network"))
        .text("optimizer", e -> e.param("optimizer"))
        .number("batch", e -> e.param("batch"))
        .number("threads", e -> e.param("threads"))
        .number("samples/s", e -> Table.number("%.0f", samples(e, 0.5)))
        .number("quartiles", e -> Table.number("%.0f .. %.0f", samples(e, 0.75), samples(e, 0.25)))
        .number("MB a step moves", e -> Table.number("%.1f", e.median("bytes") / 1e6))
        .number("x of passes alone (quartiles)", e -> Table.quartiles("%.3f", e, "xOfPasses"));
  }

  private static double samples(Entry e, double share) {
    return Double.parseDouble(e.param("batch")) * 1e9 / e.quantile(share);
  }

  @Override
  void measure() {
    for (String network : networks) {
      for (int threads : oneAndAll()) {
        try (TrainingLoop loop = new TrainingLoop(network, batch, threads)) {
          record(measure(loop, network, threads));
        }
      }
    }
  }

  private List<Entry> measure(TrainingLoop loop, String network, int threads) {
    List<Optimizer> optimizers = new ArrayList<>();
    List<Runnable> tasks = new ArrayList<>(List.of(loop::gradients));
    for (OptimizerKind kind : KINDS) {
      Optimizer optimizer = loop.optimizer(kind);
      optimizers.add(optimizer);
      tasks.add(
          () -> {
            loop.gradients();
            optimizer.step();
          });
    }
    double[][] nanos = rounds().time(tasks);
    optimizers.forEach(Optimizer::close);
    List<Entry> entries = new ArrayList<>();
    for (int k = 0; k < KINDS.size(); k++) {
      double[] ratios = new double[nanos[0].length];
      for (int i = 0; i < ratios.length; i++) {
        ratios[i] = nanos[k + 1][i] / nanos[0][i];
      }
      Map<String, String> params =
          Map.of(
              "network", network,
              "optimizer", KINDS.get(k).id(),
              "batch", Integer.toString(batch));
      entries.add(
          Entry.of(name(), params, threads)
              .primary("ns/op", nanos[k + 1])
              .secondary("passes", "ns/op", nanos[0])
              .secondary("xOfPasses", "", ratios)
              .secondary("bytes", "B/op", (double) loop.weights() * KINDS.get(k).floor.bytes));
    }
    return entries;
  }
}
