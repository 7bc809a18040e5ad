package org.nero4j.train.report;

import java.util.ArrayList;
import java.util.List;

/// One sentence on who won, by how much, and how far that can be believed.
final class Headline {
  private record Best(Contender contender, Group group, Spread accuracy) {
    String optimizer() {
      return contender.anyRun().optimizer();
    }

    String at() {
      return contender.at(group);
    }

    /// "87.30 % test accuracy (mean of 3 seeds, 86.90 to 87.60 %)"
    String figures(String of) {
      String seeds =
          accuracy.count() == 1
              ? "one seed"
              : "mean of %d seeds, %s to %s"
                  .formatted(
                      accuracy.count(),
                      Words.percent(accuracy.low()).replace(" %", ""),
                      Words.percent(accuracy.high()));
      return Words.percent(accuracy.mean()) + of + " (" + seeds + ")";
    }
  }

  private Headline() {}

  static String of(Comparison comparison) {
    List<Best> best = new ArrayList<>();
    for (Contender contender : comparison.contenders()) {
      contender.best().ifPresent(g -> best.add(new Best(contender, g, g.testAccuracy())));
    }
    String sentence =
        switch (best.size()) {
          case 0 -> "No result yet.";
          case 1 ->
              "%s reached %s; no other result to set beside it."
                  .formatted(best.getFirst().at(), best.getFirst().figures(" test accuracy"));
          default -> between(best.getFirst(), rival(best), best.get(1));
        };
    return sentence + unfinished(comparison);
  }

  /// The best of another optimiser than the first's; if all are of one, the second.
  private static Best rival(List<Best> best) {
    String first = best.getFirst().optimizer();
    return best.stream().filter(b -> !b.optimizer().equals(first)).findFirst().orElse(best.get(1));
  }

  private static String between(Best first, Best second, Best next) {
    double points = 100 * (first.accuracy.mean() - second.accuracy.mean());
    String figures =
        "%s against %s for %s"
            .formatted(
                first.figures(" test accuracy"),
                second.figures(""),
                second.at() + (second == next ? "" : ", the best of another optimiser"));
    if (points < 0.005) {
      return "%s and %s tie: %s.".formatted(first.at(), second.contender.label(), figures);
    }
    String ahead = Words.percent(points / 100).replace(" %", " points");
    if (first.accuracy.count() == 1 || second.accuracy.count() == 1) {
      return "%s leads by %s: %s; a single seed cannot rule out chance."
          .formatted(first.at(), ahead, figures);
    }
    return first.accuracy.low() > second.accuracy.high()
        ? "%s won by %s: %s; the ranges do not overlap.".formatted(first.at(), ahead, figures)
        : "%s leads by %s, but the ranges overlap: %s.".formatted(first.at(), ahead, figures);
  }

  private static String unfinished(Comparison comparison) {
    StringBuilder text = new StringBuilder();
    long diverged = comparison.runs().filter(Run::diverged).count();
    if (diverged > 0) {
      text.append(' ').append(Words.count(diverged, "run")).append(" diverged");
    }
    for (Run.Status status : Run.Status.values()) {
      long count = comparison.runs().filter(run -> run.status() == status).count();
      if (count > 0 && status != Run.Status.FINISHED) {
        String is = count == 1 ? " is" : " are";
        text.append(text.isEmpty() ? " " + Words.count(count, "run") : ", " + count)
            .append(status == Run.Status.RUNNING ? is + " still running" : " " + status.word());
      }
    }
    return text.isEmpty() ? "" : text.append('.').toString();
  }
}
