package org.nero4j.train.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Runs that can be set beside one another: of one experiment, one model and one data set.
///
/// @param contenders the best first; those without a result last
public record Comparison(String experiment, String model, String data, List<Contender> contenders) {
  private record Subject(String experiment, String model, String data) {}

  private record Way(String arm, Map<String, String> settings) {}

  public Comparison {
    contenders = List.copyOf(contenders);
  }

  /// Sorts runs into comparisons, in the order in which the runs come.
  public static List<Comparison> of(List<Run> runs) {
    Map<Subject, List<Run>> subjects = new LinkedHashMap<>();
    for (Run run : runs) {
      Subject subject =
          new Subject(
              run.experiment(),
              run.setting("model.name", "unnamed model"),
              run.setting("data.name", "unnamed data"));
      subjects.computeIfAbsent(subject, s -> new ArrayList<>()).add(run);
    }
    List<Comparison> comparisons = new ArrayList<>();
    subjects.forEach(
        (s, its) ->
            comparisons.add(new Comparison(s.experiment, s.model, s.data, contenders(its))));
    return comparisons;
  }

  private static List<Contender> contenders(List<Run> runs) {
    Map<Way, List<Run>> ways = new LinkedHashMap<>();
    for (Run run : runs) {
      ways.computeIfAbsent(new Way(run.arm(), run.settings()), w -> new ArrayList<>()).add(run);
    }
    List<String> labels = Labels.of(ways.values().stream().map(List::getFirst).toList());
    List<Contender> contenders = new ArrayList<>();
    for (List<Run> its : ways.values()) {
      contenders.add(new Contender(labels.get(contenders.size()), groups(its)));
    }
    contenders.sort(
        Comparator.comparingDouble(
            c -> c.best().map(g -> -g.testAccuracy().mean()).orElse(Double.POSITIVE_INFINITY)));
    return contenders;
  }

  private static List<Group> groups(List<Run> runs) {
    Map<Double, List<Run>> rates = new LinkedHashMap<>();
    for (Run run : runs) {
      rates.computeIfAbsent(run.learningRate(), r -> new ArrayList<>()).add(run);
    }
    return rates.entrySet().stream()
        .map(e -> new Group(e.getKey(), bySeed(e.getValue())))
        .sorted(
            Comparator.comparing(
                Group::learningRate, Comparator.nullsLast(Comparator.naturalOrder())))
        .toList();
  }

  private static List<Run> bySeed(List<Run> runs) {
    return runs.stream()
        .sorted(Comparator.comparing(Run::seed, Comparator.nullsLast(Comparator.naturalOrder())))
        .toList();
  }

  Stream<Run> runs() {
    return contenders.stream().flatMap(c -> c.groups().stream()).flatMap(g -> g.runs().stream());
  }

  /// "deep-mlp: mlp on fashion-mnist"
  String title() {
    return (experiment == null ? "" : experiment + ": ") + model + " on " + data;
  }
}
