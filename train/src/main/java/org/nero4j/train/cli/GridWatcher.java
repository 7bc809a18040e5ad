package org.nero4j.train.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.function.LongSupplier;
import org.nero4j.train.experiment.GridRunner;
import org.nero4j.train.loop.Epoch;
import org.nero4j.train.loop.Outcome;
import org.nero4j.train.run.RunSettings;

/// Tells a person how a grid goes: a line for each run that ends, and one a minute while none does.
final class GridWatcher implements GridRunner.Listener {
  private static final long MINUTE = 60_000_000_000L;

  private final PrintWriter out;
  private final Path folder;
  private final LongSupplier nanoTime;
  private int cells;
  private int before;
  private int done;
  private long began;
  private long said;

  /// @param nanoTime as [System#nanoTime()]
  GridWatcher(PrintWriter out, Path folder, LongSupplier nanoTime) {
    this.out = out;
    this.folder = folder;
    this.nanoTime = nanoTime;
  }

  @Override
  public void started(int cells, int finished) {
    this.cells = cells;
    before = finished;
    began = nanoTime.getAsLong();
    said = began;
    say(
        "%d run%s in %s%s"
            .formatted(
                cells,
                cells == 1 ? "" : "s",
                folder,
                finished == 0 ? "" : ", %d finished before".formatted(finished)));
  }

  @Override
  public void epoch(RunSettings cell, Epoch epoch) {
    if (nanoTime.getAsLong() - said >= MINUTE) {
      say(
          "        %s: epoch %d of %d, training %.2f %%, test %.2f %%"
              .formatted(
                  cell.name(),
                  epoch.number(),
                  cell.epochs(),
                  100 * epoch.trainAccuracy(),
                  100 * epoch.testAccuracy()));
    }
  }

  @Override
  public void finished(RunSettings cell, Outcome outcome) {
    done++;
    say(
        "%s %s: training %.2f %%, test %.2f %%%s%s"
            .formatted(
                count(),
                cell.name(),
                100 * outcome.epochs().getLast().trainAccuracy(),
                100 * outcome.testAccuracy(),
                outcome.ending() == Outcome.Ending.DIVERGED
                    ? ", loss no number after epoch %d".formatted(outcome.epochs().size())
                    : "",
                left()));
  }

  @Override
  public void failed(RunSettings cell, Throwable cause) {
    done++;
    say("%s %s: failed: %s".formatted(count(), cell.name(), cause.getMessage()));
  }

  private String count() {
    return "[%d/%d]".formatted(before + done, cells);
  }

  private String left() {
    int open = cells - before - done;
    double each = (nanoTime.getAsLong() - began) / 1e9 / done;
    return open == 0 ? "" : "; about %s left".formatted(Watcher.duration(each * open));
  }

  private void say(String line) {
    said = nanoTime.getAsLong();
    out.println(line);
    out.flush();
  }
}
