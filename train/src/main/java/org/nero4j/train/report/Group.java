package org.nero4j.train.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/// Runs that differ in nothing but the seed. One that was repeated with the same seed is no other
/// seed, and counts once.
///
/// @param runs all of them, by seed
public record Group(Double learningRate, List<Run> runs) {
  private static final Comparator<Run> LATER =
      Comparator.comparing(Run::isFinished)
          .thenComparing(
              run -> run.provenance().started(),
              Comparator.nullsFirst(Comparator.<String>naturalOrder()));

  public Group {
    runs = List.copyOf(runs);
  }

  /// One run a seed: of repeated ones the last that finished, or else the last. Runs of unknown
  /// seeds stand for themselves.
  List<Run> seeds() {
    List<Run> chosen = new ArrayList<>();
    Map<Long, Integer> places = new HashMap<>();
    for (Run run : runs) {
      Integer place = run.seed() == null ? null : places.putIfAbsent(run.seed(), chosen.size());
      if (place == null) {
        chosen.add(run);
      } else if (LATER.compare(run, chosen.get(place)) > 0) {
        chosen.set(place, run);
      }
    }
    return chosen;
  }

  /// A quantity of the results over the seeds that finished: what a run came to before it was
  /// stopped is not comparable.
  Spread result(Function<Run.Result, Double> quantity) {
    return Spread.of(
        seeds().stream()
            .map(run -> run.isFinished() ? quantity.apply(run.result()) : null)
            .toList());
  }

  Spread testAccuracy() {
    return result(Run.Result::testAccuracy);
  }

  long count(Run.Status status) {
    return seeds().stream().filter(run -> run.status() == status).count();
  }

  /// Seeds that did not get through: failed, or carried on beyond the finite numbers.
  long lost() {
    return seeds().stream().filter(r -> r.diverged() || r.status() == Run.Status.FAILED).count();
  }

  /// A rate at which a seed was lost cannot be called the best, however well the others did.
  boolean canBeBest() {
    return lost() == 0 && testAccuracy().isPresent();
  }

  /// A measure epoch by epoch, over the seeds that came so far.
  SequencedMap<Integer, Spread> curve(Measure measure) {
    TreeSet<Integer> numbers = new TreeSet<>();
    seeds().forEach(run -> run.epochs().forEach(epoch -> numbers.add(epoch.number())));
    SequencedMap<Integer, Spread> curve = new TreeMap<>();
    for (int number : numbers) {
      curve.put(
          number,
          Spread.of(
              seeds().stream()
                  .flatMap(run -> run.epochs().stream())
                  .filter(epoch -> epoch.number() == number)
                  .map(epoch -> epoch.measures().get(measure))
                  .toList()));
    }
    return curve;
  }
}
