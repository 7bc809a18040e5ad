package org.nero4j.train.run;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.nero4j.CpuSettings;
import org.nero4j.Device;
import org.nero4j.NativeRuntime;
import org.nero4j.Optimizer;
import org.nero4j.Parameter;
import org.nero4j.train.data.Dataset;
import org.nero4j.train.loop.Epoch;
import org.nero4j.train.loop.Outcome;
import org.nero4j.train.loop.Progress;
import org.nero4j.train.loop.Trainer;
import org.nero4j.train.nn.LayersLibrary;
import org.nero4j.train.nn.Model;
import org.nero4j.train.nn.ModelParameter;

/// A run from settings to result.
public final class Run {
  /// Seconds between two checkpoints, unless something else is said.
  public static final int CHECKPOINT_SECONDS = 10;

  /// What is known when a run starts.
  ///
  /// @param weights of the model, biases too
  /// @param stepsPerEpoch batches
  /// @param from how far it had come before it was cut off
  public record Start(
      RunSettings settings,
      Dataset.Split data,
      long weights,
      long stateBytes,
      long stepsPerEpoch,
      String cpuLevel,
      Progress from) {
    /// What Adam would keep: two floats a weight.
    public long adamStateBytes() {
      return 8 * weights;
    }
  }

  /// What is known when it has ended.
  public record Result(Start start, Outcome outcome) {}

  /// Hears of a run.
  public interface Listener extends Trainer.Listener {
    /// Model and optimiser are made.
    default void started(Start start) {}
  }

  /// A run that was cut off, as its folder describes it.
  ///
  /// @param firstWeights file that its first weights came from; null: of none
  public record Unfinished(RunSettings settings, Path firstWeights) {}

  private final RunSettings settings;
  private final Dataset.Split data;
  private Path folder;
  private Path firstWeights;
  private double checkpointSeconds = CHECKPOINT_SECONDS;

  /// @param settings with threads above 0
  /// @param data what the settings name, already limited
  public Run(RunSettings settings, Dataset.Split data) {
    this.settings = settings;
    this.data = data;
  }

  /// Leaves the run in a folder; nothing is left unless it is told so.
  public Run in(Path folder) {
    this.folder = folder;
    return this;
  }

  /// Takes first weights and buffers from a safetensors file.
  ///
  /// @param weights may be null: the model's own
  public Run from(Path weights) {
    firstWeights = weights;
    return this;
  }

  /// Writes a checkpoint so many seconds after the one before, or later if that would cost more
  /// than a fiftieth of the time; 0: after each batch, whatever that costs.
  public Run checkpointEvery(double seconds) {
    checkpointSeconds = seconds;
    return this;
  }

  /// Threads that stand for a given number.
  ///
  /// @param threads 0: what the library takes by itself
  public static int threads(int threads) {
    return threads == 0 ? NativeRuntime.describe().threads() : threads;
  }

  /// Checks that a run can be left in a folder.
  ///
  /// @throws IllegalArgumentException if something is in the way, naming it
  public static void requireFree(Path folder) {
    RunFolder.requireFree(folder);
  }

  /// Whether there is a checkpoint in a folder.
  public static boolean hasCheckpoint(Path folder) {
    return Files.exists(RunFolder.checkpoint(folder));
  }

  /// Reads what a run is, so that it can go on.
  ///
  /// @throws IllegalArgumentException if there is no run, or one that is finished
  /// @throws RunException if its description cannot be read, naming what is wrong
  public static Unfinished unfinished(Path folder) {
    Path file = folder.resolve(RunFolder.RUN);
    if (!Files.exists(file)) {
      throw new IllegalArgumentException("%s holds no run: there is no %s".formatted(folder, file));
    }
    if (RunReport.readFinished(folder) != null) {
      throw new IllegalArgumentException("%s holds a run that is finished".formatted(folder));
    }
    try {
      JsonNode run = RunFolder.JSON.readTree(file.toFile());
      String weights = run.path("from").textValue();
      return new Unfinished(SettingsJson.read(run), weights == null ? null : Path.of(weights));
    } catch (IOException | IllegalArgumentException e) {
      throw new RunException("cannot read %s: %s".formatted(file, e.getMessage()), e);
    }
  }

  /// Trains from the first step.
  ///
  /// @param stop asked after each batch whether to end there
  /// @throws IllegalArgumentException if the folder exists and is not empty
  /// @throws RunException if it cannot be written, or the first weights cannot be read
  public Result execute(Listener listener, BooleanSupplier stop) {
    if (folder != null) {
      RunFolder.requireFree(folder);
    }
    return run(false, listener, stop);
  }

  /// Trains from the folder's checkpoint on, or from the first step if it has none.
  ///
  /// @param stop asked after each batch whether to end there
  /// @throws CheckpointException if the run cannot go on from its checkpoint
  /// @throws RunException if another process is at work in the folder, or it cannot be written
  public Result resume(Listener listener, BooleanSupplier stop) {
    return run(true, listener, stop);
  }

  private Result run(boolean resume, Listener listener, BooleanSupplier stop) {
    LayersLibrary.require();
    try (Device device = Device.cpu(CpuSettings.defaults().withThreads(settings.threads()));
        Model model =
            settings
                .model()
                .build(data.train(), settings.batch(), settings.threads(), settings.seed())) {
      if (firstWeights != null) {
        WeightsFile.read(firstWeights, model);
      }
      List<Parameter> parameters =
          model.parameters().stream().map(ModelParameter::toParameter).toList();
      // Closed before the model, whose memory it steps.
      try (Optimizer optimizer = settings.optimizer().builder().over(device, parameters)) {
        if (folder == null) {
          Start start = start(optimizer, Progress.NONE);
          listener.started(start);
          Trainer trainer = new Trainer(model, optimizer, settings.plan(), stop);
          return new Result(start, trainer.run(data, listener));
        }
        try (RunFolder files = resume ? RunFolder.reopen(folder) : RunFolder.create(folder)) {
          return recorded(resume, model, optimizer, files, listener, stop);
        }
      }
    }
  }

  private Start start(Optimizer optimizer, Progress from) {
    long weights = optimizer.parameters().stream().mapToLong(Parameter::elements).sum();
    int batch = settings.batch();
    return new Start(
        settings,
        data,
        weights,
        optimizer.stateBytes(),
        (data.train().count() + batch - 1) / batch,
        NativeRuntime.describe().cpuLevel(),
        from);
  }

  private Result recorded(
      boolean resume,
      Model model,
      Optimizer optimizer,
      RunFolder files,
      Listener listener,
      BooleanSupplier stop) {
    Checkpoint checkpoint =
        new Checkpoint(
            RunFolder.checkpoint(folder),
            SettingsJson.fingerprint(settings),
            data.train().count(),
            model,
            optimizer);
    Progress from = resume && hasCheckpoint(folder) ? checkpoint.restore() : Progress.NONE;
    Start start = start(optimizer, from);
    listener.started(start);
    RunDescription description =
        new RunDescription(start, firstWeights, resume ? files.description() : null);
    files.describe(description.running());
    try {
      files.begin(from.epochs());
      CheckpointPace pace = new CheckpointPace(checkpointSeconds, System::nanoTime);
      Recorder recorder = new Recorder(files, checkpoint, pace, listener);
      Trainer trainer = new Trainer(model, optimizer, settings.plan(), stop, from);
      Outcome outcome = trainer.run(data, recorder);
      boolean stopped = outcome.ending() == Outcome.Ending.STOPPED;
      if (stopped) {
        files.save(checkpoint, trainer.progress());
      }
      files.saveWeights(
          model,
          Map.of("model", settings.model().label(), "steps", String.valueOf(outcome.steps())));
      files.force();
      files.describe(description.ended(outcome));
      if (!stopped) {
        files.removeCheckpoint();
      }
      return new Result(start, outcome);
    } catch (RuntimeException | Error e) {
      try {
        files.describe(description.failed(e));
      } catch (RuntimeException | Error another) {
        e.addSuppressed(another);
      }
      throw e;
    }
  }

  /// Keeps what a run says, and now and then what it is at.
  private record Recorder(
      RunFolder files, Checkpoint checkpoint, CheckpointPace pace, Listener listener)
      implements Listener {
    @Override
    public void batch(int epoch, int batch, int rows, double loss, int correct) {
      listener.batch(epoch, batch, rows, loss, correct);
    }

    @Override
    public void epoch(Epoch epoch) {
      files.add(epoch);
      listener.epoch(epoch);
    }

    @Override
    public void between(Trainer trainer) {
      if (pace.due()) {
        pace.write(() -> files.save(checkpoint, trainer.progress()));
      }
      listener.between(trainer);
    }
  }
}
