package org.nero4j.train.run;

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
import org.nero4j.train.loop.Trainer;
import org.nero4j.train.nn.LayersLibrary;
import org.nero4j.train.nn.Model;
import org.nero4j.train.nn.ModelParameter;

/// A run from settings to result.
public final class Run {
  /// What is known when a run starts.
  ///
  /// @param weights of the model, biases too
  /// @param stepsPerEpoch batches
  public record Start(
      RunSettings settings,
      Dataset.Split data,
      long weights,
      long stateBytes,
      long stepsPerEpoch,
      String cpuLevel) {
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

  private Run() {}

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

  /// Trains.
  ///
  /// @param settings with threads above 0
  /// @param data what the settings name, already limited
  /// @param folder what is left behind; must not exist or be empty; null: nothing
  /// @param stop asked after each batch whether to end there
  /// @throws IllegalArgumentException if the folder is in use
  /// @throws RunException if it cannot be written
  public static Result execute(
      RunSettings settings,
      Dataset.Split data,
      Path folder,
      Listener listener,
      BooleanSupplier stop) {
    if (folder != null) {
      RunFolder.requireFree(folder);
    }
    LayersLibrary.require();
    try (Device device = Device.cpu(CpuSettings.defaults().withThreads(settings.threads()));
        Model model =
            settings
                .model()
                .build(data.train(), settings.batch(), settings.threads(), settings.seed())) {
      List<Parameter> parameters =
          model.parameters().stream().map(ModelParameter::toParameter).toList();
      // Closed before the model, whose memory it steps.
      try (Optimizer optimizer = settings.optimizer().builder().over(device, parameters)) {
        Start start = start(settings, data, optimizer);
        listener.started(start);
        Trainer trainer = new Trainer(model, optimizer, settings.plan(), stop);
        Outcome outcome =
            folder == null
                ? trainer.run(data, listener)
                : recorded(start, trainer, model, folder, listener);
        return new Result(start, outcome);
      }
    }
  }

  private static Start start(RunSettings settings, Dataset.Split data, Optimizer optimizer) {
    long weights = optimizer.parameters().stream().mapToLong(Parameter::elements).sum();
    int batch = settings.batch();
    return new Start(
        settings,
        data,
        weights,
        optimizer.stateBytes(),
        (data.train().count() + batch - 1) / batch,
        NativeRuntime.describe().cpuLevel());
  }

  private static Outcome recorded(
      Start start, Trainer trainer, Model model, Path folder, Listener listener) {
    try (RunFolder files = new RunFolder(folder)) {
      RunDescription description = new RunDescription(start);
      files.describe(description.running());
      try {
        Outcome outcome =
            trainer.run(
                start.data(),
                new Listener() {
                  @Override
                  public void batch(int epoch, int batch, int rows, double loss, int correct) {
                    listener.batch(epoch, batch, rows, loss, correct);
                  }

                  @Override
                  public void epoch(Epoch epoch) {
                    files.add(epoch);
                    listener.epoch(epoch);
                  }
                });
        files.saveWeights(
            model,
            Map.of(
                "model", start.settings().model().label(),
                "steps", String.valueOf(outcome.steps())));
        files.describe(description.ended(outcome));
        return outcome;
      } catch (RuntimeException e) {
        files.describe(description.failed(e));
        throw e;
      }
    }
  }
}
