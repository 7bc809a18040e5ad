package org.nero4j.train.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.nero4j.train.experiment.GridRunner;
import org.nero4j.train.experiment.GridTable;
import org.nero4j.train.experiment.Metric;
import org.nero4j.train.run.RunReport;
import org.nero4j.train.run.RunSettings;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/// Where and how the runs of a grid go.
final class GridOptions {
  @Option(
      names = "--jobs",
      order = 80,
      defaultValue = "0",
      paramLabel = "N",
      description = "Runs at a time, each on a thread of its own. 0: one a processor")
  private int jobs;

  @Option(
      names = "--checkpoint",
      order = 81,
      defaultValue = CheckpointOption.DEFAULT,
      paramLabel = "SECONDS",
      description = CheckpointOption.DESCRIPTION)
  private double checkpoint;

  /// @throws IllegalArgumentException if a value cannot be right
  void check() {
    CheckpointOption.check(checkpoint);
    RunOptions.require("--jobs", jobs, 0, 1024);
  }

  /// Runs what is not finished, and prints the table of what is.
  ///
  /// @param more what else there is to say of finished runs
  /// @return the exit code
  int run(
      CommandSpec spec,
      Path folder,
      List<RunSettings> cells,
      Metric metric,
      Function<List<RunReport>, String> more) {
    PrintWriter out = spec.commandLine().getOut();
    int atOnce = jobs == 0 ? Runtime.getRuntime().availableProcessors() : jobs;
    GridRunner runner = new GridRunner(folder, atOnce, checkpoint);
    try (Interrupt interrupt = new Interrupt()) {
      GridWatcher watcher = new GridWatcher(out, folder, System::nanoTime);
      boolean all = runner.run(cells, watcher, interrupt);
      out.println();
      List<RunReport> finished = runner.finished(cells);
      if (!finished.isEmpty()) {
        GridTable table = new GridTable(finished, metric);
        out.print(table.best().plain());
        if (table.hasRates()) {
          out.printf("%n%s%n%s", table.ratesTitle(), table.rates().plain());
        }
        out.print(more.apply(finished));
      }
      if (!all) {
        out.printf(
            "%n%d of %d runs are finished; the same command goes on with the others%n",
            finished.size(), cells.size());
      }
      if (!finished.isEmpty() && spec.parent().subcommands().containsKey("report")) {
        out.printf("%nas a page: nero report %s%n", folder);
      }
      out.flush();
      if (runner.fatal() != null) {
        throw runner.fatal();
      }
      return all ? 0 : interrupt.getAsBoolean() ? interrupt.exitCode() : 1;
    }
  }
}
