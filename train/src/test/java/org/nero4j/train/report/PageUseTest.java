package org.nero4j.train.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xml.sax.InputSource;

/// The page at work: keyboard, pointer, downloads.
class PageUseTest extends InBrowser {
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
    keep(name + "-" + figure + ".svg", () -> svg);
    keep(name + "-" + figure + ".png", () -> png);
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
