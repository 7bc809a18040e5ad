package org.nero4j.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The published pages are what the published results make them, to the letter.
class PerformancePageTest {
  @ParameterizedTest
  @CsvSource({"xeon, performance", "epyc, performance-epyc"})
  void isMadeOfTheCommittedResults(String results, String name) throws Exception {
    Path page = Path.of("../docs", name + ".md");
    Report report = new Report(Path.of("results", results), page);
    assertThat(Files.readString(page))
        .as("`bench/run report --from bench/results/%s --to docs/%s.md` writes it", results, name)
        .isEqualTo(report.page())
        // Entries of another question, or of an older form.
        .doesNotContain("NaN");
  }
}
