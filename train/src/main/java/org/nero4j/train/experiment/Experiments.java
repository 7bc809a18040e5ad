package org.nero4j.train.experiment;

import java.util.List;
import java.util.stream.Collectors;

/// All experiments.
public final class Experiments {
  private static final List<Experiment> ALL =
      List.of(
          new DeepMlp(),
          new Reparameterisation(),
          new Ablation(),
          new Granularity(),
          new Cifar(),
          new Rates());

  private Experiments() {}

  /// In the paper's order.
  public static List<Experiment> all() {
    return ALL;
  }

  /// One by its name.
  ///
  /// @throws IllegalArgumentException naming all there are
  public static Experiment named(String name) {
    return ALL.stream()
        .filter(e -> e.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "there is no experiment '%s'; there are %s"
                        .formatted(
                            name,
                            ALL.stream().map(Experiment::name).collect(Collectors.joining(", ")))));
  }
}
