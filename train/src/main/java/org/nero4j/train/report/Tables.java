package org.nero4j.train.report;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/// The page's two tables, which need no script: the results by contender and learning rate, and the
/// runs one by one.
final class Tables {
  private static final String SIGN_OF_NONE = "<span class=\"none\">–</span>";

  private Tables() {}

  /// One row a learning rate of a contender. Figures stand in full in `data-mean`, `data-low` and
  /// `data-high`.
  static String results(Comparison comparison, int number) {
    StringBuilder html = new StringBuilder();
    html.append(
        """
        <p class="quiet">Mean and range over seeds; ★ marks the highest test accuracy, ● the best rate of \
        each.</p>
        <div class="scroll" role="region" tabindex="0" aria-label="Results: %1$s">
        <table class="results" data-comparison="%2$d">
        <caption class="said">Results: %1$s</caption>
        <thead><tr>
        """
            .formatted(Words.escape(comparison.title()), number));
    heading(html, "Optimiser", "");
    heading(html, "Rate", "number");
    heading(html, "Seeds", "number");
    heading(html, "Test accuracy,\u00a0%", "number");
    heading(html, "Best epoch,\u00a0%", "number");
    heading(html, "Train accuracy,\u00a0%", "number");
    heading(html, "Train loss", "number");
    heading(html, "Step,\u00a0µs", "number");
    heading(html, "Step share,\u00a0%", "number");
    heading(html, "Samples a second", "number");
    heading(html, "State", "number");
    html.append("</tr></thead>\n<tbody>\n");
    Optional<Contender> winner =
        comparison.contenders().stream().filter(c -> c.best().isPresent()).findFirst();
    for (Contender contender : comparison.contenders()) {
      for (Group group : contender.groups()) {
        boolean best = contender.best().filter(b -> b == group).isPresent();
        row(html, contender, group, best, best && contender == winner.orElseThrow());
      }
    }
    return html.append("</tbody></table></div>\n").toString();
  }

  private static void heading(StringBuilder html, String text, String kind) {
    html.append("<th scope=\"col\" class=\"%s\">%s</th>\n".formatted(kind, text));
  }

  private static void row(
      StringBuilder html, Contender contender, Group group, boolean best, boolean winner) {
    String mark =
        winner
            ? "<span class=\"mark\" aria-hidden=\"true\">★</span><span class=\"said\">best of all:"
                + " </span>"
            : best
                ? "<span class=\"mark\" aria-hidden=\"true\">●</span><span class=\"said\">best"
                    + " rate: </span>"
                : "<span class=\"mark\"></span>";
    // Without a best rate all that there is to see is shown.
    boolean first = best || contender.best().isEmpty();
    html.append(
        "<tr class=\"%s\" data-label=\"%s\" data-rate=\"%s\">"
            .formatted(
                winner ? "winner best" : first ? "best" : "other",
                Words.escape(contender.label()),
                Words.rate(group.learningRate())));
    html.append("<th scope=\"row\">%s%s</th>".formatted(mark, Words.escape(contender.label())));
    html.append(
        "<td class=\"number\" data-sort=\"%s\">%s</td>"
            .formatted(
                Objects.requireNonNullElse(group.learningRate(), -1.0),
                Words.rate(group.learningRate())));
    html.append("<td class=\"number\">%s</td>".formatted(seeds(group)));
    Function<Double, String> percent = v -> Words.percent(v).replace(" %", "");
    figure(html, "testAccuracy", group.testAccuracy(), percent);
    figure(html, "bestTestAccuracy", group.result(Run.Result::bestTestAccuracy), percent);
    figure(html, "trainAccuracy", group.result(Run.Result::trainAccuracy), percent);
    figure(html, "trainLoss", group.result(Run.Result::trainLoss), Words::number);
    figure(html, "stepMicros", group.result(Run.Result::stepMicros), Words::number);
    figure(html, "stepShare", group.result(Run.Result::stepShare), percent);
    figure(html, "samplesPerSecond", group.result(Run.Result::samplesPerSecond), Words::number);
    figure(
        html,
        "stateBytes",
        Spread.of(
            group.seeds().stream()
                .map(r -> r.stateBytes() == null ? null : (double) r.stateBytes())
                .toList()),
        Words::bytes);
    html.append("</tr>\n");
  }

  /// How many seeds there are, what became of those that did not finish, and how often one was run
  /// again.
  private static String seeds(Group group) {
    List<Run> seeds = group.seeds();
    int repeated = group.runs().size() - seeds.size();
    return seeds.size()
        + " "
        + statuses(seeds, run -> !word(run).equals("finished"))
        + (repeated == 0 ? "" : status("repeated", repeated + " repeated"));
  }

  /// How many runs came how far, in words.
  static String statuses(List<Run> runs, Predicate<Run> which) {
    Map<String, Long> counts =
        runs.stream()
            .filter(which)
            .collect(Collectors.groupingBy(Tables::word, TreeMap::new, Collectors.counting()));
    return counts.entrySet().stream()
        .map(e -> status(e.getKey(), e.getValue() + " " + e.getKey()))
        .collect(Collectors.joining(" "));
  }

  private static String status(String word, String text) {
    return "<span class=\"status %s\">%s</span>".formatted(word, text);
  }

  private static String word(Run run) {
    return run.diverged() ? "diverged" : run.status().word();
  }

  private static void figure(
      StringBuilder html, String name, Spread spread, Function<Double, String> text) {
    if (!spread.isPresent()) {
      html.append("<td class=\"number\" data-measure=\"%s\">%s</td>".formatted(name, SIGN_OF_NONE));
      return;
    }
    String low = text.apply(spread.low());
    String high = text.apply(spread.high());
    html.append(
        "<td class=\"number\" data-measure=\"%s\" data-mean=\"%s\" data-low=\"%s\" data-high=\"%s\">%s"
            .formatted(
                name, spread.mean(), spread.low(), spread.high(), text.apply(spread.mean())));
    if (!low.equals(high)) {
      html.append("<small>%s to %s</small>".formatted(low, high));
    }
    html.append("</td>");
  }

  /// Every run, finished or not.
  static String runs(Iterable<Comparison> comparisons) {
    StringBuilder html = new StringBuilder();
    html.append(
        """
        <div class="scroll" role="region" tabindex="0" aria-label="All runs">
        <table class="runs"><thead><tr>
        """);
    for (String text :
        new String[] {
          "Run", "Status", "Optimiser", "Rate", "Seed", "Epochs", "Test accuracy,\u00a0%"
        }) {
      heading(html, text, "");
    }
    heading(html, "Weights' CRC-32", "");
    html.append("</tr></thead>\n<tbody>\n");
    for (Comparison comparison : comparisons) {
      for (Contender contender : comparison.contenders()) {
        contender.groups().stream()
            .flatMap(g -> g.runs().stream())
            .forEach(run -> run(html, contender, run));
      }
    }
    return html.append("</tbody></table></div>\n").toString();
  }

  private static void run(StringBuilder html, Contender contender, Run run) {
    Run.Result result = run.result();
    Double accuracy = result == null ? null : result.testAccuracy();
    html.append(
        """
        <tr data-run="%1$s"><th scope="row">%1$s</th><td>%2$s</td>\
        <td>%3$s</td><td>%4$s</td><td>%5$s</td><td>%6$d</td><td data-value="%7$s">%8$s</td><td>%9$s</td></tr>
        """
            .formatted(
                Words.escape(run.label()),
                status(word(run), word(run)),
                Words.escape(contender.label()),
                Words.rate(run.learningRate()),
                run.seed() == null ? SIGN_OF_NONE : run.seed(),
                run.epochs().size(),
                accuracy == null ? "" : accuracy,
                accuracy == null ? SIGN_OF_NONE : Words.percent(accuracy).replace(" %", ""),
                result == null || result.crc32() == null
                    ? SIGN_OF_NONE
                    : "<code>" + Words.escape(result.crc32()) + "</code>"));
  }

  /// What the runs have in common and where they differ, as a list of terms.
  static String provenance(Iterable<Comparison> comparisons) {
    Map<String, Function<Run, String>> facts = new LinkedHashMap<>();
    facts.put("Machine", run -> run.provenance().machine());
    facts.put("Threads", run -> text(run.provenance().threads()));
    facts.put("SIMD level", run -> run.provenance().cpuLevel());
    facts.put("Java", run -> run.provenance().java());
    facts.put("nero4j", run -> run.provenance().version());
    facts.put("Commit", run -> run.provenance().commit());
    facts.put("Started", run -> run.provenance().started());
    facts.put("Schedule", run -> run.settings().get("schedule"));
    facts.put("Epochs", run -> run.settings().get("epochs"));
    facts.put("Batch", run -> run.settings().get("batch"));
    facts.put("Weights", run -> run.settings().get("model.weights"));
    facts.put("Training samples", run -> run.settings().get("data.train"));
    facts.put("Test samples", run -> run.settings().get("data.test"));
    StringBuilder html = new StringBuilder("<dl class=\"facts\">\n");
    facts.forEach(
        (name, fact) -> {
          TreeSet<String> values =
              new TreeSet<>(
                  Comparator.comparing(Tables::size).thenComparing(Comparator.naturalOrder()));
          for (Comparison comparison : comparisons) {
            comparison.runs().map(fact).filter(Objects::nonNull).forEach(values::add);
          }
          if (!values.isEmpty()) {
            String text =
                values.size() <= 3
                    ? String.join(" · ", values)
                    : values.first() + " to " + values.last();
            html.append("<div><dt>%s</dt><dd>%s</dd></div>\n".formatted(name, Words.escape(text)));
          }
        });
    return html.append("</dl>\n").toString();
  }

  /// Numbers sort by their size, before words.
  private static double size(String value) {
    try {
      return Double.parseDouble(value);
    } catch (NumberFormatException e) {
      return Double.MAX_VALUE;
    }
  }

  private static String text(Object value) {
    return value == null ? null : value.toString();
  }
}
