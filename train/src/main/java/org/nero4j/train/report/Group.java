package org.nero4j.train.report;

import java.util.List;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/// Runs that differ in nothing but the seed.
public record Group(Double learningRate, List<Run> runs) {
  public Group {
    runs = List.copyOf(runs);
  }

  /// A quantity of the results over the seeds that finished: what a run came to before it was
  /// stopped is not comparable.
  Spread result(Function<Run.Result, Double> quantity) {
    return Spread.of(
        runs.stream()
            .map(
                run ->
                    run.result() == null || run.status() != Run.Status.FINISHED
                        ? null
                        : quantity.apply(run.result()))
            .toList());
  }

  Spread testAccuracy() {
    return result(Run.Result::testAccuracy);
  }

  long count(Run.Status status) {
    return runs.stream().filter(run -> run.status() == status).count();
  }

  /// Seeds that did not get through: failed, or carried on beyond the finite numbers.
  long lost() {
    return runs.stream().filter(r -> r.diverged() || r.status() == Run.Status.FAILED).count();
  }

  /// A rate at which a seed was lost cannot be called the best, however well the others did.
  boolean canBeBest() {
    return lost() == 0 && testAccuracy().isPresent();
  }

  /// A measure epoch by epoch, over the seeds that came so far.
  SequencedMap<Integer, Spread> curve(Measure measure) {
    TreeSet<Integer> numbers = new TreeSet<>();
    runs.forEach(run -> run.epochs().forEach(epoch -> numbers.add(epoch.number())));
    SequencedMap<Integer, Spread> curve = new TreeMap<>();
    for (int number : numbers) {
      curve.put(
          number,
          Spread.of(
              runs.stream()
                  .flatMap(run -> run.epochs().stream())
                  .filter(epoch -> epoch.number() == number)
                  .map(epoch -> epoch.measures().get(measure))
                  .toList()));
    }
    return curve;
  }
}
