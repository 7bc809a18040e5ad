package org.nero4j.train.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/// Names runs by what tells them apart: the optimiser, then the arm if arms differ, then, only
/// where two would still be named alike, the settings in which they differ.
final class Labels {
  private Labels() {}

  /// @param runs one of each contender
  /// @return as many different labels, in the same order
  static List<String> of(List<Run> runs) {
    boolean armsDiffer = runs.stream().map(Run::arm).distinct().count() > 1;
    List<String> labels = new ArrayList<>();
    runs.forEach(run -> labels.add(brief(run, armsDiffer)));
    Map<String, List<Integer>> alike = new LinkedHashMap<>();
    for (int i = 0; i < runs.size(); i++) {
      alike.computeIfAbsent(labels.get(i), l -> new ArrayList<>()).add(i);
    }
    for (List<Integer> same : alike.values()) {
      if (same.size() > 1) {
        List<String> differing = differing(same.stream().map(runs::get).toList());
        for (int i : same) {
          labels.set(i, labels.get(i) + settings(runs.get(i), differing));
        }
      }
    }
    return labels;
  }

  private static String brief(Run run, boolean armsDiffer) {
    String optimizer = run.optimizer();
    String arm = run.arm();
    if (!armsDiffer || arm == null || arm.equalsIgnoreCase(optimizer)) {
      return optimizer;
    }
    String lower = arm.toLowerCase(Locale.ROOT);
    String name = optimizer.toLowerCase(Locale.ROOT);
    if (lower.startsWith(name)) {
      return optimizer + arm.substring(name.length());
    }
    return lower.contains(name) ? arm : optimizer + ", " + arm;
  }

  private static List<String> differing(List<Run> runs) {
    Set<String> names = new LinkedHashSet<>();
    runs.forEach(run -> names.addAll(run.settings().keySet()));
    List<String> differing =
        names.stream()
            .filter(name -> runs.stream().map(r -> r.settings().get(name)).distinct().count() > 1)
            .toList();
    // The number of weights follows from the model's other settings.
    List<String> telling = differing.stream().filter(n -> !n.equals("model.weights")).toList();
    return telling.isEmpty() ? differing : telling;
  }

  private static String settings(Run run, List<String> names) {
    StringBuilder text = new StringBuilder();
    for (String name : names) {
      String word = name.substring(name.lastIndexOf('.') + 1);
      text.append(", ")
          .append(word)
          .append(' ')
          .append(Objects.requireNonNullElse(run.settings().get(name), "none"));
    }
    return text.toString();
  }
}
