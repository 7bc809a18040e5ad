package org.nero4j.bench;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Turns results into a page.
@Command(
    name = "report",
    description = "Writes a page of performance, and its chart, from a folder of results.")
final class ReportCommand implements Callable<Integer> {
  @Option(
      names = "--from",
      paramLabel = "FOLDER",
      description = "results (default: ${DEFAULT-VALUE})")
  Path from = Path.of("bench/target/results");

  @Option(
      names = "--to",
      paramLabel = "FILE",
      description = "the page; the chart lies beside it (default: ${DEFAULT-VALUE})")
  Path to = Path.of("docs/performance.md");

  @Override
  public Integer call() throws Exception {
    Report report = new Report(from, to);
    Path chart = report.chartFile();
    Files.createDirectories(to.toAbsolutePath().getParent());
    Files.writeString(to, report.page(), StandardCharsets.UTF_8);
    Files.write(chart, report.chart());
    System.out.println("# wrote " + to + " and " + chart);
    return 0;
  }
}
