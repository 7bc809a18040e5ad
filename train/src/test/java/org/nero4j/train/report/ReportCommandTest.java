package org.nero4j.train.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nero4j.train.cli.Main;
import picocli.CommandLine;

class ReportCommandTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir Path root;

  private int report(Object... arguments) {
    CommandLine command = Main.commandLine();
    command.setOut(new PrintWriter(out, true));
    command.setErr(new PrintWriter(err, true));
    return command.execute(
        Stream.concat(Stream.of("report"), Stream.of(arguments))
            .map(Object::toString)
            .toArray(String[]::new));
  }

  @Test
  void writesOnePageAndSaysWhere() throws Exception {
    new SyntheticRuns(root.resolve("runs")).finished("nero", 0.01, 0);
    Path page = root.resolve("new/page.html");
    assertThat(report(root.resolve("runs"), "--out", page)).as(err.toString()).isZero();
    assertThat(out.toString().strip()).isEqualTo(page + ": 1 run");
    assertThat(Files.readString(page)).startsWith("<!doctype html>").endsWith("</html>\n");
    try (Stream<Path> files = Files.list(page.getParent())) {
      assertThat(files).containsExactly(page);
    }
  }

  @Test
  void aBrokenRunLeavesThePageThatWasThere() throws Exception {
    Path run = new SyntheticRuns(root.resolve("runs")).finished("nero", 0.01, 0);
    Path page = Files.writeString(root.resolve("page.html"), "before");
    Files.writeString(run.resolve("run.json"), "{");
    assertThat(report(root.resolve("runs"), "--out", page)).isEqualTo(2);
    assertThat(err.toString().lines()).hasSize(1);
    assertThat(err.toString())
        .startsWith("nero: " + run.resolve("run.json") + ", line 1: expected a JSON object");
    assertThat(page).hasContent("before");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void aPlaceThatCannotBeWrittenIsSaid() throws Exception {
    new SyntheticRuns(root.resolve("runs")).finished("nero", 0.01, 0);
    Path file = Files.writeString(root.resolve("file"), "");
    assertThat(report(root.resolve("runs"), "--out", file.resolve("page.html"))).isEqualTo(2);
    assertThat(err.toString().lines()).hasSize(1);
    assertThat(err.toString()).contains("cannot be written");
  }

  @Test
  void wrongArgumentsGetOneLineAndExitCodeTwo() {
    assertThat(report()).isEqualTo(2);
    assertThat(report(root.resolve("nowhere"))).isEqualTo(2);
    assertThat(err.toString().lines()).hasSize(2).allMatch(l -> l.startsWith("nero: "));
  }

  @Test
  void markupInNamesStaysText() throws Exception {
    String name = "</script><b>&\"'";
    SyntheticRuns runs = new SyntheticRuns(root.resolve("runs")).experiment(name).model(name);
    SyntheticRuns.edit(runs.finished(name, 0.01, 0), run -> run.put("machine", name));
    String page = Page.of(RunFolders.read(List.of(root.resolve("runs"))));
    assertThat(page)
        .doesNotContain("</script><b>")
        .contains("&lt;/script&gt;&lt;b&gt;&amp;&quot;&#39;");
    // The library, the page's own script and the data: three ends, and no other.
    List<String> ends =
        Pattern.compile("</script>").matcher(page).results().map(MatchResult::group).toList();
    assertThat(ends).hasSize(3);
  }

  @Test
  void thePageAsksNoServerForAnything() throws Exception {
    new SyntheticRuns(root.resolve("runs")).finished("nero", 0.01, 0);
    String page = Page.of(RunFolders.read(List.of(root.resolve("runs"))));
    assertThat(page).contains("default-src 'none'").contains("Apache ECharts");
    String markup = page.replaceAll("(?s)(<script[^>]*>).*?</script>", "$1");
    List<String> fetched =
        Pattern.compile("<(script|link|img|iframe)[^>]+(src|href)=\"(?!data:)[^>]*")
            .matcher(markup)
            .results()
            .map(MatchResult::group)
            .toList();
    assertThat(fetched).isEmpty();
  }

  @Test
  void everyRunIsShownWhateverBecameOfIt() throws Exception {
    SyntheticRuns runs = new SyntheticRuns(root.resolve("runs"));
    for (Run.Status status : Run.Status.values()) {
      runs.write(status.word(), "nero", 0.01, status.ordinal(), status.word(), 2);
    }
    String page = Page.of(RunFolders.read(List.of(root.resolve("runs"))));
    for (Run.Status status : Run.Status.values()) {
      assertThat(page).contains("data-run=\"runs/" + status.word() + "\"");
      assertThat(page).contains("<span class=\"status %1$s\">%1$s</span>".formatted(status.word()));
    }
  }
}
