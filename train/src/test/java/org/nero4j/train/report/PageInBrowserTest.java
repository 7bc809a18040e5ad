package org.nero4j.train.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The page as a browser draws it.
class PageInBrowserTest extends InBrowser {
  @ParameterizedTest
  @CsvSource({
    "one, 1280, false",
    "one, 400, true",
    "grid, 1280, true",
    "grid, 400, false",
    "odd, 1280, false",
    "odd, 400, true",
    "grid, 320, false"
  })
  void drawsEveryFigureWithoutAComplaintOrARequest(String name, int width, boolean dark)
      throws Exception {
    browser.open(page(name), width, dark);
    keep(
        "%s-%d-%s.png".formatted(name, width, dark ? "dark" : "light"), () -> browser.screenshot());
    assertThat(browser.problems()).isEmpty();
    assertThat(browser.evaluate("document.documentElement.dataset.ready").asText())
        .isEqualTo("true");
    assertThat(browser.requests()).allMatch(r -> r.startsWith("file:") || r.startsWith("data:"));
    JsonNode figures =
        browser.evaluate(
            """
            [...document.querySelectorAll("figure")].map((f) => {
              const empty = f.querySelector(".empty"), chart = f.querySelector(".chart");
              return {id: f.dataset.figure, said: empty.hidden ? "" : empty.textContent,
                shapes: chart.querySelectorAll("svg path").length, label: chart.getAttribute("aria-label") ?? "",
                heading: f.querySelector("h4").textContent};
            })\
            """);
    assertThat(figures).hasSize(9);
    for (JsonNode figure : figures) {
      assertThat(figure.get("heading").asText()).isNotBlank();
      if (figure.get("said").asText().isEmpty()) {
        assertThat(figure.get("shapes").asInt()).as("%s", figure).isGreaterThan(3);
        assertThat(figure.get("label").asText()).as("%s", figure).contains("Nero");
      } else {
        assertThat(figure.get("id").asText()).as("%s", figure).isEqualTo("rates");
        assertThat(name).isEqualTo("one");
      }
    }
    assertThat(browser.evaluate("document.documentElement.scrollWidth").asInt())
        .as("nothing is wider than the window")
        .isLessThanOrEqualTo(width);
  }

  @Test
  void theTablesNumbersAreThoseOfTheFiles() throws Exception {
    Map<String, DoubleSummaryStatistics> expected = new TreeMap<>();
    try (Stream<Path> files = Files.walk(folder.resolve("grid"))) {
      for (Path file : files.filter(f -> f.endsWith("run.json")).toList()) {
        JsonNode run = new ObjectMapper().readTree(Files.readString(file));
        JsonNode optimizer = run.get("optimizer");
        String row =
            Words.optimizer(optimizer.get("name").asText())
                + " "
                + optimizer.get("learningRate").asDouble();
        run.get("result")
            .properties()
            .forEach(
                e -> {
                  if (e.getValue().isNumber()) {
                    expected
                        .computeIfAbsent(row + " " + e.getKey(), k -> new DoubleSummaryStatistics())
                        .accept(e.getValue().asDouble());
                  }
                });
      }
    }
    browser.open(page("grid"), 1280, false);
    JsonNode cells =
        browser.evaluate(
            """
            [...document.querySelectorAll("table.results tbody td[data-mean]")].map((c) => ({
              key: c.parentNode.dataset.label + " ", rate: c.parentNode.dataset.rate, measure: c.dataset.measure,
              mean: c.dataset.mean, low: c.dataset.low, high: c.dataset.high, text: c.firstChild.textContent,
              range: c.querySelector("small")?.textContent ?? ""}))\
            """);
    int compared = 0;
    for (JsonNode cell : cells) {
      String key =
          cell.get("key").asText()
              + Double.parseDouble(cell.get("rate").asText())
              + " "
              + cell.get("measure").asText();
      DoubleSummaryStatistics its = expected.remove(key);
      if (cell.get("measure").asText().equals("stateBytes")) {
        continue;
      }
      assertThat(its).as(key).isNotNull();
      assertThat(cell.get("mean").asDouble()).as(key).isCloseTo(its.getAverage(), within(1e-12));
      assertThat(cell.get("low").asDouble()).as(key).isEqualTo(its.getMin());
      assertThat(cell.get("high").asDouble()).as(key).isEqualTo(its.getMax());
      if (cell.get("measure").asText().endsWith("Accuracy")) {
        assertThat(cell.get("text").asText()).isEqualTo("%.2f".formatted(100 * its.getAverage()));
        assertThat(cell.get("range").asText())
            .isEqualTo("%.2f to %.2f".formatted(100 * its.getMin(), 100 * its.getMax()));
      }
      compared++;
    }
    assertThat(compared).isEqualTo(7 * OPTIMIZERS.length * RATES.length);
    assertThat(expected).as("figures that the page does not have").isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"false", "true"})
  void everyTextStandsOutFromWhatIsBehindIt(boolean dark) throws Exception {
    browser.open(page("odd"), 1280, dark);
    JsonNode found =
        browser.evaluate(
            """
            (() => {
              const parse = (c) => c.match(/[\\d.]+/g).map(Number);
              const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
                .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
                .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
              const behind = (e) => {
                for (; e; e = e.parentElement) {
                  const c = parse(getComputedStyle(e).backgroundColor);
                  if (c.length < 4 || c[3] === 1) return c;
                }
                return [255, 255, 255];
              };
              const page = light(behind(document.body));
              let texts = 0;
              const weak = [];
              for (const e of document.querySelectorAll("body *")) {
                const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
                if (!own || !e.checkVisibility() || ["SCRIPT", "STYLE", "NOSCRIPT"].includes(e.tagName)) continue;
                texts++;
                const svg = e.namespaceURI.endsWith("svg");
                const style = getComputedStyle(e);
                const [a, b] = [light(parse(svg ? style.fill : style.color)), light(behind(e.closest("svg")?.parentElement ?? e))];
                const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
                if (ratio < 4.5) weak.push(`${ratio.toFixed(2)} ${e.tagName} ${e.textContent.slice(0, 40)}`);
              }
              return {page, texts, weak};
            })()\
            """);
    assertThat(found.get("page").asDouble() > 0.5).as("the page is light").isEqualTo(!dark);
    assertThat(found.get("texts").asInt()).isGreaterThan(100);
    List<String> weak = new ArrayList<>();
    found.get("weak").forEach(w -> weak.add(w.asText()));
    assertThat(weak).isEmpty();
  }

  @Test
  void linesDifferInDashAndMarkerNotOnlyInColour() throws Exception {
    browser.open(page("grid"), 1280, false);
    JsonNode looks =
        browser.evaluate(
            """
            [...document.querySelectorAll(".lines svg")].map((s) =>
              s.querySelector("line").getAttribute("stroke-dasharray") + s.querySelector("path").getAttribute("d"))\
            """);
    assertThat(looks).hasSize(OPTIMIZERS.length).doesNotHaveDuplicates();
    JsonNode drawn =
        browser.evaluate(
            """
            [...document.querySelectorAll("figure[data-figure=test] svg path")]
              .filter((p) => p.getAttribute("fill") === "none" && Number(p.getAttribute("stroke-width")) >= 2)
              .map((p) => p.getAttribute("stroke-dasharray") ?? "solid")\
            """);
    assertThat(drawn).hasSize(OPTIMIZERS.length).doesNotHaveDuplicates();
  }

  @Test
  void aNameWithMarkupStaysAName() throws Exception {
    browser.open(page("odd"), 1280, false);
    assertThat(browser.evaluate("document.querySelector('h1').textContent").asText())
        .isEqualTo("Training runs");
    assertThat(browser.evaluate("document.querySelectorAll('b').length").asInt()).isZero();
    assertThat(
            browser
                .evaluate("[...document.querySelectorAll('#comparison option')].map((o) => o.text)")
                .toString())
        .contains("</script><b>: mlp on fashion-mnist");
    browser.evaluate(
        "{const s = document.getElementById('comparison'); s.value = 1; s.dispatchEvent(new"
            + " Event('change'))}");
    assertThat(
            browser
                .evaluate("document.querySelector('figure[data-figure=test] .chart').ariaLabel")
                .asText())
        .contains("Nero at 0.01");
    assertThat(browser.problems()).isEmpty();
  }
}
