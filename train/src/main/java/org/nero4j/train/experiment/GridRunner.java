package org.nero4j.train.experiment;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import org.nero4j.train.data.Dataset;
import org.nero4j.train.data.Datasets;
import org.nero4j.train.loop.Epoch;
import org.nero4j.train.loop.Outcome;
import org.nero4j.train.loop.Progress;
import org.nero4j.train.run.CheckpointException;
import org.nero4j.train.run.Run;
import org.nero4j.train.run.RunException;
import org.nero4j.train.run.RunReport;
import org.nero4j.train.run.RunSettings;

/// Runs the cells of a grid that are not finished yet, several at a time, each in a folder of its
/// own. May be killed at any moment and started again: a finished cell is never run twice, one that
/// was cut off goes on from its last checkpoint, or is started anew if it has none that is whole.
public final class GridRunner {
  /// Hears how a grid goes. Calls may come from several threads, one at a time.
  public interface Listener {
    /// How much there is to do.
    ///
    /// @param cells in all
    /// @param finished already, by an earlier call
    default void started(int cells, int finished) {}

    /// A cell that was cut off goes on.
    default void resumed(RunSettings cell, Progress from) {}

    /// An epoch of a cell ended.
    default void epoch(RunSettings cell, Epoch epoch) {}

    /// A cell is finished.
    default void finished(RunSettings cell, Outcome outcome) {}

    /// A cell failed; the others go on.
    default void failed(RunSettings cell, Throwable cause) {}
  }

  private final Path folder;
  private final int jobs;
  private final double checkpointSeconds;
  private final Map<String, Dataset.Split> data = new HashMap<>();
  private VirtualMachineError fatal;

  /// @param folder of the grid, made if need be
  /// @param jobs cells at a time
  /// @param checkpointSeconds as [Run#checkpointEvery] takes them
  public GridRunner(Path folder, int jobs, double checkpointSeconds) {
    this.folder = folder;
    this.jobs = jobs;
    this.checkpointSeconds = checkpointSeconds;
  }

  /// What the Java machine itself failed by in a cell, such as want of memory; null if it did not.
  /// It has gone on since, but whoever runs it should hear of it.
  public VirtualMachineError fatal() {
    return fatal;
  }

  /// Runs what is not finished.
  ///
  /// @param stop asked by every cell after each batch
  /// @return whether all cells are finished
  /// @throws RunException if another process is at work in the folder
  public boolean run(List<RunSettings> cells, Listener listener, BooleanSupplier stop) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new RunException("cannot make %s: %s".formatted(folder, e), e);
    }
    // The system takes the lock back when the process ends, however it ends.
    try (FileChannel channel =
            FileChannel.open(
                folder.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock()) {
      if (lock == null) {
        throw new RunException("another process is at work in " + folder);
      }
      return runLocked(cells, listener, stop);
    } catch (IOException e) {
      throw new RunException("cannot lock %s: %s".formatted(folder, e), e);
    }
  }

  private boolean runLocked(List<RunSettings> cells, Listener listener, BooleanSupplier stop) {
    List<RunSettings> open =
        cells.stream().filter(c -> CellFolder.of(folder, c).finished() == null).toList();
    listener.started(cells.size(), cells.size() - open.size());
    List<Future<Boolean>> running = new ArrayList<>();
    boolean all = true;
    try (ExecutorService workers = Executors.newFixedThreadPool(jobs)) {
      for (RunSettings cell : open) {
        Callable<Boolean> work = () -> stop.getAsBoolean() ? false : cell(cell, listener, stop);
        running.add(workers.submit(work));
      }
      for (Future<Boolean> one : running) {
        all &= one.get();
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
    return all;
  }

  /// Runs a cell; whether it is finished afterwards.
  private boolean cell(RunSettings cell, Listener listener, BooleanSupplier stop) {
    try {
      Run.Result result = train(cell, listener, stop);
      if (result.outcome().ending() == Outcome.Ending.STOPPED) {
        return false;
      }
      synchronized (this) {
        listener.finished(cell, result.outcome());
      }
      return true;
    } catch (RuntimeException | Error e) {
      synchronized (this) {
        if (e instanceof VirtualMachineError error && fatal == null) {
          fatal = error;
        }
        listener.failed(cell, e);
      }
      return false;
    }
  }

  private Run.Result train(RunSettings cell, Listener listener, BooleanSupplier stop) {
    CellFolder place = CellFolder.of(folder, cell);
    Run run = new Run(cell, open(cell)).in(place.path()).checkpointEvery(checkpointSeconds);
    Run.Listener heard =
        new Run.Listener() {
          @Override
          public void started(Run.Start start) {
            if (start.from() != Progress.NONE) {
              synchronized (GridRunner.this) {
                listener.resumed(cell, start.from());
              }
            }
          }

          @Override
          public void epoch(Epoch epoch) {
            synchronized (GridRunner.this) {
              listener.epoch(cell, epoch);
            }
          }
        };
    if (Run.hasCheckpoint(place.path())) {
      try {
        return run.resume(heard, stop);
      } catch (CheckpointException e) {
        // Damaged, or an older version's: what it holds is lost, the run is not.
      }
    }
    place.clear();
    return run.execute(heard, stop);
  }

  private synchronized Dataset.Split open(RunSettings cell) {
    return data.computeIfAbsent(cell.data(), Datasets::open)
        .limited(cell.trainLimit(), cell.testLimit());
  }

  /// The finished cells, in the grid's order.
  public List<RunReport> finished(List<RunSettings> cells) {
    return cells.stream()
        .map(cell -> CellFolder.of(folder, cell).finished())
        .filter(report -> report != null)
        .toList();
  }
}
