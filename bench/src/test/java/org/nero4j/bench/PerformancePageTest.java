package org.nero4j.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/// The published page is what the published results make it, to the letter.
class PerformancePageTest {
  @Test
  void isMadeOfTheCommittedResults() throws Exception {
    assertThat(Files.readString(Path.of("../docs/performance.md")))
        .as("`bench/run report --from bench/results` writes it")
        .isEqualTo(new Report(new Results(Path.of("results"))).page())
        // Entries of another question, or of an older form.
        .doesNotContain("NaN");
  }
}
