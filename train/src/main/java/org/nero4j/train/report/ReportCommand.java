package org.nero4j.train.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `nero report`
@Command(
    name = "report",
    mixinStandardHelpOptions = true,
    description = "Writes one HTML page on finished and unfinished runs.",
    footer = {"", "Examples:", "  nero report runs", "  nero report runs/a runs/b --out both.html"})
public final class ReportCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      arity = "1..*",
      paramLabel = "FOLDER",
      description = "Run folders, or folders that have some below them")
  private List<Path> folders;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      defaultValue = "report.html",
      description = "Where the page is written. Default: ${DEFAULT-VALUE}")
  private Path file;

  @Override
  public Integer call() {
    try {
      List<Run> runs = RunFolders.read(folders);
      write(Page.of(runs));
      spec.commandLine()
          .getOut()
          .printf("%s: %s%n", file.toAbsolutePath().normalize(), Words.count(runs.size(), "run"));
      spec.commandLine().getOut().flush();
      return 0;
    } catch (ReportException e) {
      spec.commandLine().getErr().println("nero: " + e.getMessage());
      return 2;
    }
  }

  /// All or nothing: a page that was there before stays until the new one is complete.
  private void write(String page) {
    Path target = file.toAbsolutePath().normalize();
    Path whole = null;
    try {
      Files.createDirectories(target.getParent());
      // Not a temporary file of the JDK's, which nobody else could read.
      String name = ".%s.%d.part".formatted(target.getFileName(), ProcessHandle.current().pid());
      whole = target.resolveSibling(name);
      Files.writeString(whole, page);
      Files.move(
          whole, target, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new ReportException(file + ": cannot be written: " + e.getMessage(), e);
    } finally {
      try {
        if (whole != null) {
          Files.deleteIfExists(whole);
        }
      } catch (IOException e) {
        spec.commandLine().getErr().println("nero: " + whole + " is left: " + e.getMessage());
      }
    }
  }
}
