package org.nero4j.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultsTest {
  private static final RunFacts RUN = new RunFacts(Map.of("commit", "abc"));

  @TempDir Path folder;

  private static Entry entry(String set, double... nanos) {
    return Entry.of("step", Map.of("set", set), 2).primary("ns/op", nanos).secondary("b", "B", 7);
  }

  @Test
  void hasTheFormOfJmhs() throws Exception {
    Results results = new Results(folder);
    results.add("step", RUN, List.of(entry("a", 3, 1, 2)));
    JsonNode json = new ObjectMapper().readTree(results.file("step").toFile()).get(0);
    assertThat(json.get("benchmark").asText()).isEqualTo("org.nero4j.bench.step");
    assertThat(json.get("mode").asText()).isEqualTo("avgt");
    assertThat(json.get("params").get("threads").asText()).isEqualTo("2");
    JsonNode primary = json.get("primaryMetric");
    assertThat(primary.get("score").asDouble()).isEqualTo(2);
    assertThat(primary.get("scoreUnit").asText()).isEqualTo("ns/op");
    assertThat(primary.get("rawData").toString()).isEqualTo("[[3.0,1.0,2.0]]");
    assertThat(json.get("secondaryMetrics").get("b").get("score").asDouble()).isEqualTo(7);
    assertThat(json.get("run").get("commit").asText()).isEqualTo("abc");
  }

  @Test
  void replacesWhatIsMeasuredAgainAndKeepsTheRest() {
    Results results = new Results(folder);
    results.add("step", RUN, List.of(entry("a", 1), entry("b", 2)));
    results.add("step", RUN, List.of(entry("b", 3), entry("c", 4)));
    assertThat(results.read("step"))
        .extracting(e -> e.param("set") + " " + e.median())
        .containsExactly("a 1.0", "b 3.0", "c 4.0");
  }

  @Test
  void hasNothingWhereNothingWasAsked() {
    assertThat(new Results(folder).read("step")).isEmpty();
  }
}
