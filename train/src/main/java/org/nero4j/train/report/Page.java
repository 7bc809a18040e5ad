package org.nero4j.train.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// The report: one HTML page that carries its style, its scripts, the chart library and the data,
/// and asks no server for anything.
public final class Page {
  private static final Pattern PLACE = Pattern.compile("\\{\\{(\\w+)}}");
  private static final List<String> SCRIPTS =
      List.of("style.js", "axes.js", "curves.js", "rows.js", "figures.js", "controls.js");

  private Page() {}

  /// The page on these runs, of which there is at least one.
  public static String of(List<Run> runs) {
    List<Comparison> comparisons = Comparison.of(runs);
    String title = title(comparisons);
    return fill(
        resource("page.html"),
        Map.of(
            "title", Words.escape(title),
            "style", resource("page.css"),
            "summary", summary(runs, comparisons),
            "sections", sections(comparisons),
            "runs", Tables.runs(comparisons),
            "count", String.valueOf(runs.size()),
            "facts", Tables.provenance(comparisons),
            "data", ChartData.of(comparisons),
            "library", ChartLibrary.script(),
            "script", SCRIPTS.stream().map(Page::resource).collect(Collectors.joining("\n"))));
  }

  private static String title(List<Comparison> comparisons) {
    List<String> experiments = comparisons.stream().map(Comparison::experiment).distinct().toList();
    if (comparisons.size() == 1) {
      return comparisons.getFirst().title();
    }
    return experiments.size() == 1 && experiments.getFirst() != null
        ? experiments.getFirst()
        : "Training runs";
  }

  private static String summary(List<Run> runs, List<Comparison> comparisons) {
    String states = Tables.statuses(runs, run -> true);
    StringBuilder html = new StringBuilder();
    if (comparisons.size() == 1) {
      html.append("<p class=\"headline\">%s</p>\n".formatted(headline(comparisons.getFirst())));
    } else {
      html.append("<ol class=\"findings\">\n");
      for (Comparison comparison : comparisons) {
        html.append(
            "<li><strong>%s</strong> %s</li>\n"
                .formatted(Words.escape(comparison.title()), headline(comparison)));
      }
      html.append("</ol>\n");
    }
    return html.append(
            "<p class=\"quiet\">%s: %s</p>".formatted(Words.count(runs.size(), "run"), states))
        .toString();
  }

  private static String headline(Comparison comparison) {
    return Words.escape(Headline.of(comparison));
  }

  private static String sections(List<Comparison> comparisons) {
    StringBuilder html = new StringBuilder();
    for (int i = 0; i < comparisons.size(); i++) {
      html.append(
          """
          <section class="comparison" data-comparison="%d" aria-labelledby="results-%d">
          <h2 id="results-%d">Results%s</h2>
          %s</section>
          """
              .formatted(
                  i,
                  i,
                  i,
                  comparisons.size() == 1 ? "" : ": " + Words.escape(comparisons.get(i).title()),
                  Tables.results(comparisons.get(i), i)));
    }
    return html.toString();
  }

  /// Puts values in their places; what a value holds is left as it is.
  static String fill(String template, Map<String, String> values) {
    Matcher matcher = PLACE.matcher(template);
    StringBuilder out = new StringBuilder();
    while (matcher.find()) {
      String value = values.get(matcher.group(1));
      if (value == null) {
        throw new IllegalStateException("the page's template asks for " + matcher.group(1));
      }
      matcher.appendReplacement(out, Matcher.quoteReplacement(value));
    }
    return matcher.appendTail(out).toString();
  }

  private static String resource(String name) {
    return read(Page.class.getResourceAsStream(name), name);
  }

  static String read(InputStream stream, String name) {
    try (stream) {
      if (stream == null) {
        throw new IllegalStateException(name + " is not on the class path");
      }
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
