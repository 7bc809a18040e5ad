package org.nero4j.train.experiment;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.DoubleSummaryStatistics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import org.nero4j.train.run.RunReport;

/// The tables of a grid: each arm at its best rate with mean and range over seeds, as in the
/// paper's Table 1; each arm against the rate; and training accuracy by epoch.
///
/// They are made of what the folders say and hold no times, so a grid that was cut off and resumed
/// has the same tables as one that was not.
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

  /// Each arm at its best rate.
  public TextTable best() {
    TextTable table =
        new TextTable(
            "arm",
            "rate",
            "seeds",
            "training accuracy %",
            "test accuracy %",
            "training loss",
            "state bytes");
    arms.forEach(
        (arm, rates) -> {
          double rate = bestRate(rates);
          List<RunReport> runs = rates.get(rate);
          table.row(
              arm,
              number(rate),
              String.valueOf(runs.size()),
              percent(runs.stream().mapToDouble(RunReport::trainAccuracy)),
              percent(runs.stream().mapToDouble(RunReport::testAccuracy)),
              loss(runs),
              "%,d".formatted(runs.getFirst().stateBytes()));
        });
    return table;
  }

  /// Whether an arm was run at several rates.
  public boolean hasRates() {
    return arms.values().stream().anyMatch(rates -> rates.size() > 1);
  }

  /// What [#rates()] shows.
  public String ratesTitle() {
    return "mean %s %% at each rate; * is an arm's best".formatted(metric.words());
  }

  /// Each arm against the rate.
  public TextTable rates() {
    TreeSet<Double> rates =
        arms.values().stream()
            .flatMap(r -> r.keySet().stream())
            .collect(Collectors.toCollection(TreeSet::new));
    List<String> head = new ArrayList<>(List.of("arm"));
    rates.forEach(rate -> head.add(number(rate)));
    TextTable table = new TextTable(head.toArray(String[]::new));
    arms.forEach(
        (arm, at) -> {
          double best = bestRate(at);
          List<String> row = new ArrayList<>(List.of(arm));
          for (double rate : rates) {
            List<RunReport> runs = at.get(rate);
            String mark = rate == best ? "*" : "";
            row.add(runs == null ? "" : "%.2f%s".formatted(100 * mean(runs, metric::of), mark));
          }
          table.row(row.toArray(String[]::new));
        });
    return table;
  }

  /// Training accuracy by epoch, in percent, of each arm at its best rate: mean and range over
  /// seeds.
  ///
  /// @param published shown beside the arms of that name; may be null
  public TextTable epochs(Published published) {
    List<String> head = new ArrayList<>(List.of("epoch"));
    arms.keySet()
        .forEach(
            arm -> {
              head.add(arm);
              if (published != null && published.at(arm, 1) != null) {
                head.add("published, MNIST");
              }
            });
    TextTable table = new TextTable(head.toArray(String[]::new));
    int last =
        bestRuns().stream()
            .flatMap(List::stream)
            .mapToInt(run -> run.trainAccuracies().size())
            .max()
            .orElse(0);
    for (int epoch = 1; epoch <= last; epoch++) {
      List<String> row = new ArrayList<>(List.of(String.valueOf(epoch)));
      for (String arm : arms.keySet()) {
        row.add(epoch(arms.get(arm).get(bestRate(arms.get(arm))), epoch));
        if (published != null && published.at(arm, 1) != null) {
          Published.Point point = published.at(arm, epoch);
          row.add(
              point == null
                  ? ""
                  : percent(DoubleStream.of(point.least(), point.most()), point.mean()));
        }
      }
      table.row(row.toArray(String[]::new));
    }
    return table;
  }

  private static String epoch(List<RunReport> runs, int epoch) {
    List<RunReport> those =
        runs.stream().filter(run -> run.trainAccuracies().size() >= epoch).toList();
    return those.isEmpty()
        ? ""
        : percent(those.stream().mapToDouble(run -> run.trainAccuracies().get(epoch - 1)));
  }

  private List<List<RunReport>> bestRuns() {
    return arms.values().stream().map(rates -> rates.get(bestRate(rates))).toList();
  }

  /// A rate at which a seed diverged is the best only if one did at every rate.
  private double bestRate(Map<Double, List<RunReport>> rates) {
    boolean anySound = rates.values().stream().anyMatch(GridTable::sound);
    return rates.entrySet().stream()
        .filter(entry -> !anySound || sound(entry.getValue()))
        .max(Comparator.comparingDouble(entry -> mean(entry.getValue(), metric::of)))
        .orElseThrow()
        .getKey();
  }

  private static boolean sound(List<RunReport> runs) {
    return runs.stream().noneMatch(RunReport::diverged);
  }

  private static double mean(List<RunReport> runs, ToDoubleFunction<RunReport> value) {
    return runs.stream().mapToDouble(value).average().orElse(0);
  }

  /// Mean and, of more than one, range.
  private static String percent(DoubleStream values) {
    DoubleSummaryStatistics all = values.summaryStatistics();
    return all.getCount() == 1
        ? "%.2f".formatted(100 * all.getAverage())
        : percent(DoubleStream.of(all.getMin(), all.getMax()), all.getAverage());
  }

  private static String percent(DoubleStream range, double mean) {
    DoubleSummaryStatistics ends = range.summaryStatistics();
    return "%.2f [%.2f, %.2f]".formatted(100 * mean, 100 * ends.getMin(), 100 * ends.getMax());
  }

  private static String loss(List<RunReport> runs) {
    long diverged = runs.stream().filter(RunReport::diverged).count();
    return diverged > 0
        ? "no number (%d of %d)".formatted(diverged, runs.size())
        : "%.4f".formatted(mean(runs, RunReport::trainLoss));
  }

  static String number(double value) {
    return value == 0
        ? "0"
        : new BigDecimal(String.valueOf(value)).stripTrailingZeros().toPlainString();
  }
}
