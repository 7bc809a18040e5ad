package org.nero4j.train.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xml.sax.InputSource;

/// The page as a browser has it. Skipped where there is no browser.
class PageInBrowserTest {
  private static final String[] OPTIMIZERS = {"nero", "adam", "sgd", "lamb", "madam", "fromage"};
  private static final double[] RATES = {
    1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1
  };

  @TempDir static Path folder;
  private static Chromium browser;

  @BeforeAll
  static void start() throws Exception {
    Optional<Path> found = Chromium.find();
    if (found.isEmpty()) {
      System.out.println("SKIPPED: the report in a browser: no Chromium or Chrome on the PATH");
    }
    assumeTrue(found.isPresent(), "no Chromium or Chrome on the PATH");
    new SyntheticRuns(folder.resolve("one")).finished("nero", 0.01, 0);
    new SyntheticRuns(folder.resolve("grid")).experiment("rates").grid(OPTIMIZERS, RATES, 3);
    SyntheticRuns odd = new SyntheticRuns(folder.resolve("odd")).experiment("</script><b>");
    odd.grid(new String[] {"nero", "adam"}, new double[] {0.001, 0.01}, 2);
    odd.write("</script><b>", "sgd", 0.1, 0, "failed", 2);
    odd.write("still going", "lamb", 0.01, 0, "running", 3);
    odd.write("just begun", "lamb", 0.01, 1, "running", 0);
    new SyntheticRuns(folder.resolve("odd/other")).model("vgg11").finished("nero", 0.01, 0);
    SyntheticRuns names = new SyntheticRuns(folder.resolve("names"));
    for (String arm : List.of("one & \"two\"", "</text><script>alert(1)</script>", "it's")) {
      Path run = names.write("nero" + arm.length(), "nero", 0.01, 0, "finished", 3);
      SyntheticRuns.edit(run, json -> json.put("arm", arm));
    }
    for (String name : List.of("one", "grid", "odd", "names")) {
      Files.writeString(page(name), Page.of(RunFolders.read(List.of(folder.resolve(name)))));
    }
    browser = new Chromium(found.orElseThrow());
  }

  @AfterAll
  static void stop() throws Exception {
    if (browser != null) {
      browser.close();
    }
  }

  private static Path page(String name) {
    return folder.resolve(name + ".html");
  }

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
    keepScreenshot(name, width, dark);
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

  /// With `-Dnero.screenshots=FOLDER`, for a person to look at.
  private static void keepScreenshot(String name, int width, boolean dark) throws Exception {
    String kept = System.getProperty("nero.screenshots");
    if (kept != null) {
      Path file = Path.of(kept, "%s-%d-%s.png".formatted(name, width, dark ? "dark" : "light"));
      Files.createDirectories(file.getParent());
      Files.write(file, browser.screenshot());
    }
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
  void everyControlWorksFromTheKeyboard() throws Exception {
    browser.open(page("grid"), 1280, false);
    String focus = "document.activeElement";
    tabTo(focus + ".value === 'auto'");
    browser.press("ArrowRight", 39);
    browser.press("ArrowRight", 39);
    assertThat(browser.evaluate("document.documentElement.dataset.theme").asText())
        .isEqualTo("dark");
    assertThat(browser.evaluate("getComputedStyle(document.body).backgroundColor").asText())
        .isEqualTo("rgb(15, 18, 22)");

    tabTo(focus + ".textContent === 'Rate'");
    browser.press("Enter", 13);
    assertThat(browser.evaluate(focus + ".parentNode.getAttribute('aria-sort')").asText())
        .isEqualTo("descending");
    String shown = "[...document.querySelectorAll('.results tbody tr')].filter((r) => !r.hidden)";
    assertThat(browser.evaluate(shown + "[0].dataset.rate").asText()).isEqualTo("0.1");
    tabTo(focus + ".type === 'checkbox'");
    assertThat(browser.evaluate(shown + ".length").asInt()).isEqualTo(OPTIMIZERS.length);
    browser.press(" ", 32);
    assertThat(browser.evaluate(shown + ".length").asInt())
        .isEqualTo(OPTIMIZERS.length * RATES.length);

    tabTo(focus + ".getAttribute('aria-pressed') === 'true'");
    String hidden = browser.evaluate(focus + ".textContent").asText();
    String label = "document.querySelector('figure[data-figure=test] .chart').ariaLabel";
    assertThat(browser.evaluate(label).asText()).contains(hidden + " at ");
    browser.press(" ", 32);
    assertThat(browser.evaluate(focus + ".getAttribute('aria-pressed')").asText())
        .isEqualTo("false");
    assertThat(browser.evaluate(label).asText()).doesNotContain(hidden + " at ");

    tabTo(focus + ".name === 'curve'");
    browser.press("ArrowRight", 39);
    assertThat(browser.evaluate(label).asText()).startsWith("Test loss");
    tabTo(focus + ".tagName === 'SUMMARY'");
    browser.press("Enter", 13);
    // The table is made when the browser tells that it was opened, which may be a moment later.
    JsonNode rows =
        browser.evaluate(
            """
            new Promise((done) => {
              const look = () => {
                const rows = document.querySelectorAll("figure[data-figure=test] tbody tr").length;
                if (rows) done(rows);
                else requestAnimationFrame(look);
              };
              look();
            })\
            """);
    assertThat(rows.asInt()).isEqualTo(5);
    assertThat(browser.problems()).isEmpty();
  }

  private static void tabTo(String condition) throws Exception {
    for (int i = 0; i < 60; i++) {
      browser.press("Tab", 9);
      if (browser.evaluate(condition).asBoolean()) {
        return;
      }
    }
    throw new AssertionError("never reached: " + condition);
  }

  @ParameterizedTest
  @CsvSource({"test, Epoch", "rates, Learning rate"})
  void pointingAtAChartTellsItsNumbers(String figure, String head) throws Exception {
    browser.open(page("grid"), 1280, false);
    JsonNode place =
        browser.evaluate(
            """
            (() => {
              const chart = document.querySelector("figure[data-figure=%s] .chart");
              chart.scrollIntoView({block: "center"});
              const box = chart.getBoundingClientRect();
              return [box.x + box.width * 0.3, box.y + box.height / 2];
            })()\
            """
                .formatted(figure));
    for (int step = 0; step < 5; step++) {
      browser.call(
          "Input.dispatchMouseEvent",
          Map.of(
              "type",
              "mouseMoved",
              "x",
              place.get(0).asDouble() + 20 * step,
              "y",
              place.get(1).asDouble()));
      browser.evaluate(
          "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
    }
    JsonNode said =
        browser.evaluate(
            """
            new Promise((done) => {
              const look = () => {
                const tip = document.querySelector(".tip");
                if (tip) done(tip.textContent);
                else requestAnimationFrame(look);
              };
              look();
            })\
            """);
    assertThat(said.asText()).startsWith(head).contains("Nero", "%");
    assertThat(browser.problems()).isEmpty();
  }

  @Test
  void everyControlHasANameAndHeadingsDescendInSteps() throws Exception {
    browser.open(page("odd"), 1280, false);
    JsonNode nameless =
        browser.evaluate(
            """
            [...document.querySelectorAll("button, select, input, [role=img], [role=region], summary")]
              .filter((e) => e.checkVisibility())
              .filter((e) => !(e.getAttribute("aria-label") || e.textContent.trim() || e.labels?.length))
              .map((e) => e.outerHTML.slice(0, 80))\
            """);
    assertThat(nameless).isEmpty();
    JsonNode levels =
        browser.evaluate(
            "[...document.querySelectorAll('h1,h2,h3,h4')].map((h) => Number(h.tagName[1]))");
    int before = 0;
    for (JsonNode level : levels) {
      assertThat(level.asInt()).as("%s", levels).isLessThanOrEqualTo(before + 1);
      before = level.asInt();
    }
    assertThat(browser.evaluate("document.documentElement.lang").asText()).isEqualTo("en");
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

  @ParameterizedTest
  @CsvSource({
    "grid, test",
    "grid, rates",
    "grid, state",
    "grid, time",
    "grid, norm",
    "names, test",
    "names, time"
  })
  void savesEachChartAsSvgAndPng(String name, String figure) throws Exception {
    browser.open(page(name), 1280, false);
    byte[] svg = saved(figure, "svg");
    String title =
        browser
            .evaluate(
                "document.querySelector('figure[data-figure=%s] h4').textContent".formatted(figure))
            .asText();
    var document =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new InputSource(new StringReader(new String(svg, StandardCharsets.UTF_8))));
    assertThat(document.getDocumentElement().getTagName()).isEqualTo("svg");
    assertThat(document.getDocumentElement().getTextContent()).contains(title, "Nero");
    byte[] png = saved(figure, "png");
    assertThat(png).startsWith(0x89, 'P', 'N', 'G').hasSizeGreaterThan(20_000);
    keep(name + "-" + figure + ".svg", svg);
    keep(name + "-" + figure + ".png", png);
  }

  private static void keep(String name, byte[] bytes) throws Exception {
    if (System.getProperty("nero.screenshots") != null) {
      Files.write(Path.of(System.getProperty("nero.screenshots"), name), bytes);
    }
  }

  private static byte[] saved(String figure, String kind) throws Exception {
    return Base64.getDecoder()
        .decode(
            browser
                .evaluate(
                    """
                    new Promise((done) => {
                      URL.createObjectURL = (blob) => {
                        const reader = new FileReader();
                        reader.onload = () => done(reader.result.split(",")[1]);
                        reader.readAsDataURL(blob);
                        return "#saved";
                      };
                      document.querySelector("figure[data-figure=%s] [data-export=%s]").click();
                    })\
                    """
                        .formatted(figure, kind))
                .asText());
  }
}
