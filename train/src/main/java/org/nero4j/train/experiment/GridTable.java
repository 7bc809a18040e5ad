package org.nero4j.train.experiment;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.DoubleSummaryStatistics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.nero4j.train.run.RunReport;

/// The table of a grid: each arm at its best rate with mean and range over seeds, as in the paper's
/// Table 1; and, where arms were run at several rates, each arm against the rate.
///
/// It is made of what the folders say and holds no times, so a grid that was cut off and resumed
/// has the same table as one that was not.
public final class GridTable {
  private final Metric metric;
  private final Map<String, Map<Double, List<RunReport>>> arms = new LinkedHashMap<>();

  /// @param metric by which the best rate is chosen
  public GridTable(List<RunReport> runs, Metric metric) {
    this.metric = metric;
    for (RunReport run : runs) {
      arms.computeIfAbsent(run.arm(), arm -> new LinkedHashMap<>())
          .computeIfAbsent(run.learningRate(), rate -> new ArrayList<>())
          .add(run);
    }
  }

  /// Prints it.
  public void print(PrintWriter out) {
    int wide = width();
    out.printf(
        "%-" + wide + "s  %9s  %5s  %-24s  %-24s  %10s  %12s%n",
        "arm",
        "rate",
        "seeds",
        "training accuracy %",
        "test accuracy %",
        "loss",
        "state bytes");
    arms.forEach(
        (arm, rates) -> {
          double best = bestRate(rates);
          List<RunReport> runs = rates.get(best);
          out.printf(
              "%-" + wide + "s  %9s  %5d  %-24s  %-24s  %10s  %,12d%n",
              arm,
              number(best),
              runs.size(),
              percent(runs, RunReport::trainAccuracy),
              percent(runs, RunReport::testAccuracy),
              loss(runs),
              runs.getFirst().stateBytes());
        });
    if (arms.values().stream().anyMatch(rates -> rates.size() > 1)) {
      printRates(out, wide);
    }
    out.flush();
  }

  private void printRates(PrintWriter out, int wide) {
    TreeSet<Double> rates =
        arms.values().stream()
            .flatMap(r -> r.keySet().stream())
            .collect(Collectors.toCollection(TreeSet::new));
    out.printf(
        "%nmean %s %% at each rate; * is an arm's best%n%-" + wide + "s", metric.words(), "");
    rates.forEach(rate -> out.printf("  %8s", number(rate)));
    out.println();
    arms.forEach(
        (arm, at) -> {
          out.printf("%-" + wide + "s", arm);
          double best = bestRate(at);
          for (double rate : rates) {
            List<RunReport> runs = at.get(rate);
            String mark = rate == best ? "*" : " ";
            out.printf("  %8s", runs == null ? "" : "%.2f%s".formatted(100 * mean(runs), mark));
          }
          out.println();
        });
  }

  private int width() {
    return arms.keySet().stream().mapToInt(String::length).max().orElse(3);
  }

  private double bestRate(Map<Double, List<RunReport>> rates) {
    return rates.entrySet().stream()
        .max(Comparator.comparingDouble(entry -> mean(entry.getValue())))
        .orElseThrow()
        .getKey();
  }

  private double mean(List<RunReport> runs) {
    return runs.stream().mapToDouble(metric::of).average().orElse(0);
  }

  private static String percent(List<RunReport> runs, ToDoubleFunction<RunReport> value) {
    DoubleSummaryStatistics all = runs.stream().mapToDouble(value).summaryStatistics();
    String mean = "%.2f".formatted(100 * all.getAverage());
    return runs.size() == 1
        ? mean
        : "%s [%.2f, %.2f]".formatted(mean, 100 * all.getMin(), 100 * all.getMax());
  }

  private static String loss(List<RunReport> runs) {
    long diverged = runs.stream().filter(RunReport::diverged).count();
    return diverged > 0
        ? "%d no number".formatted(diverged)
        : "%.4f".formatted(runs.stream().mapToDouble(RunReport::trainLoss).average().orElse(0));
  }

  static String number(double value) {
    return value == 0
        ? "0"
        : new java.math.BigDecimal(String.valueOf(value)).stripTrailingZeros().toPlainString();
  }
}
