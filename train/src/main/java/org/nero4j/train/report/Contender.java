package org.nero4j.train.report;

import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/// One way to train that is set beside others: an optimiser with its settings, at each learning
/// rate that was tried.
///
/// @param label says how it differs from the others of its comparison
/// @param groups by learning rate, the smallest first
public record Contender(String label, List<Group> groups) {
  public Contender {
    groups = List.copyOf(groups);
  }

  /// The learning rate with the highest mean test accuracy, if any seed has a result and none was
  /// lost.
  Optional<Group> best() {
    return groups.stream()
        .filter(Group::canBeBest)
        .max(Comparator.comparingDouble(g -> g.testAccuracy().mean()));
  }

  Run anyRun() {
    return groups.getFirst().runs().getFirst();
  }

  /// A quantity that does not depend on the rate, over all runs that have it.
  Spread overall(Function<Run, Double> quantity) {
    return Spread.of(
        groups.stream()
            .flatMap(g -> g.seeds().stream())
            .map(quantity)
            .filter(Objects::nonNull)
            .toList());
  }

  /// Time in the optimiser, microseconds a step, of runs that finished.
  Spread stepMicros() {
    return overall(run -> run.isFinished() ? run.result().stepMicros() : null);
  }

  Spread stateBytes() {
    return overall(run -> run.stateBytes() == null ? null : (double) run.stateBytes());
  }

  Spread adamStateBytes() {
    return overall(run -> run.adamStateBytes() == null ? null : (double) run.adamStateBytes());
  }

  /// "Nero at 0.01"
  String at(Group group) {
    return label + " at " + Words.rate(group.learningRate());
  }
}
