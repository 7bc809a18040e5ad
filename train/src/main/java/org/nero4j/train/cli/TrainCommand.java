package org.nero4j.train.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.nero4j.CpuSettings;
import org.nero4j.Device;
import org.nero4j.NativeRuntime;
import org.nero4j.Optimizer;
import org.nero4j.Parameter;
import org.nero4j.train.data.Dataset;
import org.nero4j.train.data.Datasets;
import org.nero4j.train.loop.Schedule;
import org.nero4j.train.loop.Trainer;
import org.nero4j.train.model.Mlp;
import org.nero4j.train.nn.LayersLibrary;
import org.nero4j.train.nn.Model;
import org.nero4j.train.nn.ModelParameter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `nero train`
@Command(
    name = "train",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Trains a network on images and prints its test accuracy.",
    footer = {
      "",
      "Examples:",
      "  nero train",
      "  nero train --optimizer adam --lr 0.001",
      "  nero train --data /path/to/mnist --depth 5 --schedule cosine"
    })
final class TrainCommand implements Callable<Integer> {
  /// Networks by name.
  enum ModelChoice {
    MLP
  }

  @Spec private CommandSpec spec;

  @Option(
      names = "--data",
      defaultValue = "sample",
      paramLabel = "NAME|FOLDER",
      description =
          "sample (12,000 images of Fashion-MNIST that come along), fashion-mnist (Debian's"
              + " package), or a folder with the IDX files of MNIST or Fashion-MNIST. Default:"
              + " ${DEFAULT-VALUE}")
  private String data;

  @Option(
      names = "--model",
      defaultValue = "mlp",
      description = "${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}")
  private ModelChoice model;

  @Option(
      names = "--depth",
      defaultValue = "5",
      description = "Linear layers. Default: ${DEFAULT-VALUE}")
  private int depth;

  @Option(
      names = "--width",
      defaultValue = "784",
      description = "Neurons of a hidden layer. Default: ${DEFAULT-VALUE}")
  private int width;

  @Option(
      names = "--optimizer",
      defaultValue = "nero",
      description = "${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}")
  private OptimizerChoice optimizer;

  @Option(
      names = "--lr",
      paramLabel = "RATE",
      description = "Learning rate. Default: the optimiser's, 0.01 for Nero")
  private Double learningRate;

  @Option(
      names = "--schedule",
      defaultValue = "constant",
      description =
          "${COMPLETION-CANDIDATES}: exponential takes 0.9 an epoch. Default: ${DEFAULT-VALUE}")
  private Schedule schedule;

  @Option(names = "--epochs", defaultValue = "5", description = "Default: ${DEFAULT-VALUE}")
  private int epochs;

  @Option(
      names = "--batch",
      defaultValue = "250",
      description = "Images a step. Default: ${DEFAULT-VALUE}")
  private int batch;

  @Option(
      names = "--seed",
      defaultValue = "0",
      description = "Of weights and shuffling. Default: ${DEFAULT-VALUE}")
  private long seed;

  @Option(
      names = "--threads",
      defaultValue = "0",
      description = "0: all processors. Default: ${DEFAULT-VALUE}")
  private int threads;

  @Option(names = "--no-progress", description = "Plain lines even on a terminal")
  private boolean noProgress;

  private void require(String option, long value, long low, long high) {
    if (value < low || value > high) {
      throw new ParameterException(
          spec.commandLine(),
          "%s is %d, it must be within %d and %d".formatted(option, value, low, high));
    }
  }

  @Override
  public Integer call() {
    require("--depth", depth, 1, 1000);
    require("--width", width, 2, 1 << 20);
    require("--epochs", epochs, 1, 1_000_000);
    require("--batch", batch, 1, 1 << 20);
    require("--threads", threads, 0, 1024);
    double rate = learningRate == null ? optimizer.defaultRate : learningRate;
    if (!(rate >= 0 && rate <= 1e6)) {
      throw new ParameterException(
          spec.commandLine(), "--lr is %s, it must be within 0 and 1000000".formatted(rate));
    }
    PrintWriter out = spec.commandLine().getOut();
    Dataset.Split split = Datasets.open(data);
    LayersLibrary.require();
    int used = threads == 0 ? NativeRuntime.describe().threads() : threads;
    Dataset train = split.train();
    try (Device device = Device.cpu(CpuSettings.defaults().withThreads(used));
        Model network =
            Mlp.builder()
                .inputs(train.width())
                .width(width)
                .depth(depth)
                .classes(train.classes())
                .batchSize(batch)
                .threads(used)
                .seed(seed)
                .build()) {
      List<Parameter> parameters =
          network.parameters().stream().map(ModelParameter::toParameter).toList();
      // Before the network: its memory is what the optimiser steps.
      try (Optimizer stepper = optimizer.builder(rate).over(device, parameters)) {
        out.printf(
            "%s, %d training and %d test images; mlp of %d layers, %d wide, %,d weights%n",
            train.name(), train.count(), split.test().count(), depth, width, weights(parameters));
        out.printf(
            "%s at %s, %s; batch %d, seed %d; %s, %d threads%n",
            name(optimizer),
            number(rate),
            name(schedule),
            batch,
            seed,
            NativeRuntime.describe().cpuLevel(),
            used);
        out.flush();
        boolean bar = !noProgress && System.console() != null && System.console().isTerminal();
        Trainer trainer = new Trainer(network, stepper, schedule, epochs, seed);
        Trainer.Outcome outcome;
        try (Watcher watcher = new Watcher(out, bar, batches(train) * (long) epochs)) {
          outcome = trainer.run(split, watcher);
        }
        report(out, outcome, stepper, parameters);
      }
    }
    return 0;
  }

  private int batches(Dataset train) {
    return (train.count() + batch - 1) / batch;
  }

  private static long weights(List<Parameter> parameters) {
    return parameters.stream().mapToLong(p -> p.neurons() * p.fanIn()).sum();
  }

  private static String name(Enum<?> value) {
    return value.name().toLowerCase(java.util.Locale.ROOT);
  }

  private static String number(double value) {
    return "%.6g".formatted(value).replaceAll("\\.?0+$", "");
  }

  private static void report(
      PrintWriter out, Trainer.Outcome outcome, Optimizer stepper, List<Parameter> parameters) {
    long weights = weights(parameters);
    out.println();
    out.printf(
        "%-26s %.2f %% (best epoch)%n", "best test accuracy", 100 * outcome.bestTestAccuracy());
    out.printf("%-26s %.4f%n", "training loss", outcome.epochs().getLast().trainLoss());
    out.printf("%-26s %,.0f samples a second%n", "training speed", outcome.samplesPerSecond());
    out.printf("%-26s %.1f %% of training time%n", "optimiser steps", 100 * outcome.stepShare());
    out.printf(
        "%-26s %,d bytes; Adam's would be %,d%n",
        "optimiser state", stepper.stateBytes(), 8 * weights);
    out.printf("%-26s crc32 %08x%n", "weights", outcome.weightsChecksum());
    out.printf("test accuracy %.2f %%%n", 100 * outcome.testAccuracy());
    out.flush();
  }

  /// A progress bar on a terminal; a line an epoch everywhere.
  private static final class Watcher implements Trainer.Listener, AutoCloseable {
    private final PrintWriter out;
    private final ProgressBar bar;
    private boolean headed;

    Watcher(PrintWriter out, boolean terminal, long batches) {
      this.out = out;
      bar =
          terminal
              ? new ProgressBarBuilder()
                  .setTaskName("training")
                  .setInitialMax(batches)
                  .setStyle(ProgressBarStyle.ASCII)
                  .clearDisplayOnFinish()
                  .build()
              : null;
    }

    @Override
    public void batch(int epoch, int batch, int batches, double loss) {
      if (bar != null) {
        bar.step();
      }
    }

    @Override
    public void epoch(Trainer.Epoch e) {
      if (!headed) {
        headed = true;
        out.println("epoch      rate  train loss  train acc  test acc  seconds");
      }
      out.printf(
          "%5d  %8.5f  %10.4f  %7.2f %%  %6.2f %%  %7.1f%n",
          e.number(),
          e.rate(),
          e.trainLoss(),
          100 * e.trainAccuracy(),
          100 * e.testAccuracy(),
          e.seconds());
      out.flush();
    }

    @Override
    public void close() {
      if (bar != null) {
        bar.close();
      }
    }
  }
}
