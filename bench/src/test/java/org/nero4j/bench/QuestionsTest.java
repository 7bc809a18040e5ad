package org.nero4j.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Each command once, tiny: what it writes can be read, and the report shows it. No time is judged.
class QuestionsTest {
  @TempDir Path folder;

  private void ask(String... words) {
    List<String> arguments = new ArrayList<>(List.of(words));
    arguments.addAll(List.of("--rounds", "2", "--milliseconds", "0", "--out", folder.toString()));
    assertThat(Main.commandLine().execute(arguments.toArray(String[]::new))).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "step, --sets, '4x3,c:4x3,3*8x8'",
    "many, --tensors, 20",
    "scale, --weights, '1000,3000'",
    "memory, --kibibytes, '4,8'",
    "train, --batch, 2",
  })
  void isAnsweredBesideItsFloor(String question, String option, String value) {
    ask(question, option, value);
    List<Entry> entries = new Results(folder).read(question);
    assertThat(entries).isNotEmpty();
    for (Entry entry : entries) {
      assertThat(entry.benchmark()).isEqualTo(question);
      assertThat(entry.samples()).isEqualTo(2);
      assertThat(entry.median()).isPositive();
      assertThat(entry.median("bytes")).isPositive();
      assertThat(entry.run("processor")).isNotEmpty();
    }
    String page = page();
    assertThat(page).doesNotContain("{{", "`bench/run " + question + "` does.", "NaN");
  }

  @Test
  void saysItsOptionsWhenAskedForHelp() {
    assertThat(Main.commandLine().getSubcommands().keySet())
        .contains("step", "report")
        .allSatisfy(name -> assertThat(Main.commandLine().execute(name, "--help")).isZero());
  }

  @Test
  void measuresEveryOptimiserOnOneThreadAndAll() {
    ask("step", "--sets", "4x3", "--threads", "1,2");
    assertThat(new Results(folder).read("step"))
        .extracting(e -> e.param("optimizer") + e.threads())
        .containsExactlyInAnyOrder(
            "nero1",
            "sgd1",
            "momentum1",
            "adamw1",
            "lamb1",
            "madam1",
            "fromage1",
            "lars1",
            "nero2",
            "sgd2",
            "momentum2",
            "adamw2",
            "lamb2",
            "madam2",
            "fromage2",
            "lars2");
  }

  @Test
  void runsTheCallsUnderJmhAndCountsBytes() {
    ask("call");
    List<Entry> calls = new Results(folder).read("call");
    assertThat(calls)
        .extracting(Entry::benchmark)
        .containsExactlyInAnyOrder(
            "emptyC", "emptyFfm", "emptyJna", "stepC", "stepFfm", "stepJava", "stepJna");
    assertThat(calls).allSatisfy(e -> assertThat(CallQuestion.allocated(e)).isNotNaN());
    assertThat(page()).contains("The border, `stepJava`");
  }

  @Test
  void givesPeersTheirTurnsInProcessesOfTheirOwn() {
    ask(
        "peers",
        "--peers",
        "nero4j",
        "--sets",
        "4x3",
        "--threads",
        "1",
        "--modules",
        folder.toString());
    assertThat(new Results(folder).read("peers"))
        .extracting(e -> e.param("implementation") + " " + e.param("on"))
        .containsExactlyInAnyOrder("nero 4x3", "adam 4x3");
    assertThat(page()).contains("| nero4j ", "OMP_NUM_THREADS=1").doesNotContain("NaN");
  }

  private void train(String networks, String... more) {
    List<String> words =
        new ArrayList<>(
            List.of("peers-train", "--peers", "nero4j", "--networks", networks, "--batch", "2"));
    words.addAll(List.of("--threads", "1", "--modules", folder.toString()));
    words.addAll(List.of(more));
    ask(words.toArray(String[]::new));
  }

  private List<String> launches() {
    return new Results(folder)
        .read("peers-train").stream()
            .map(e -> e.param("network") + " " + e.param("optimizer") + " " + e.samples())
            .toList();
  }

  @Test
  void launchesPeersAnewInEachRoundOfTraining() {
    train("mlp,lenet");
    assertThat(launches())
        .containsExactlyInAnyOrder("mlp adam 2", "mlp nero 2", "lenet adam 2", "lenet nero 2");
    for (Entry entry : new Results(folder).read("peers-train")) {
      assertThat(entry.median()).isPositive();
      assertThat(entry.median("parameters"))
          .isEqualTo(entry.param("network").equals("mlp") ? 2_469_610 : 61_706);
      if (entry.param("optimizer").equals("adam")) {
        assertThat(entry.rounds("xOfOurs")).containsExactly(1, 1);
      }
    }
    assertThat(page()).contains("| lenet   |", "OMP_NUM_THREADS=1").doesNotContain("NaN");
  }

  @Test
  void addsLaunchesToThoseOfAnEarlierRunWhereAsked() {
    train("mlp,lenet");
    double[] first = new Results(folder).read("peers-train").getFirst().rounds();
    train("mlp", "--add");
    assertThat(launches())
        .containsExactlyInAnyOrder("mlp adam 4", "mlp nero 4", "lenet adam 2", "lenet nero 2");
    Entry both = new Results(folder).read("peers-train").getFirst();
    assertThat(both.rounds()).startsWith(first).hasSize(4);
    assertThat(both.rounds("xOfOurs")).hasSize(4);
    train("mlp,lenet");
    assertThat(launches()).contains("mlp adam 2");
  }

  @Test
  void saysHowToBuildAPeer() {
    assertThat(
            Main.commandLine().execute("peers", "--peers", "djl", "--modules", folder.toString()))
        .isNotZero();
  }

  @Test
  void reportsAPageAndAChart() throws Exception {
    ask("step", "--sets", "4x3");
    Path page = folder.resolve("page.md");
    assertThat(
            Main.commandLine()
                .execute("report", "--from", folder.toString(), "--to", page.toString()))
        .isZero();
    assertThat(Files.readString(page))
        .contains("| nero", "Not measured in this run", "](page.svg)");
    var parsers = DocumentBuilderFactory.newDefaultInstance();
    // The document type is a web page.
    parsers.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
    var svg = parsers.newDocumentBuilder().parse(folder.resolve("page.svg").toFile());
    assertThat(svg.getDocumentElement().getTagName()).isEqualTo("svg");
    // A bar for each optimiser at least, and letters, which are outlines too.
    assertThat(svg.getElementsByTagName("path").getLength()).isGreaterThan(8);
  }

  @Test
  void reportsWhereNothingWasMeasured() {
    assertThat(page()).contains("Nothing was measured yet.").doesNotContain("{{");
  }

  private String page() {
    return new Report(folder, folder.resolve("page.md")).page();
  }
}
