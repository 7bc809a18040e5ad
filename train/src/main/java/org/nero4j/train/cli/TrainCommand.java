package org.nero4j.train.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import org.nero4j.train.data.Dataset;
import org.nero4j.train.data.Datasets;
import org.nero4j.train.loop.Outcome;
import org.nero4j.train.run.ModelSettings;
import org.nero4j.train.run.OptimizerSettings;
import org.nero4j.train.run.Run;
import org.nero4j.train.run.RunSettings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `nero train`
@Command(
    name = "train",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    sortSynopsis = false,
    abbreviateSynopsis = true,
    description = "Trains a network on images and prints its test accuracy.",
    footer = {
      "",
      "Ctrl-C ends the run after the batch at hand; with --save, what was reached is kept, and"
          + " --resume goes on with it, as with a run that was killed.",
      "",
      "Examples:",
      "  nero train",
      "  nero train --optimizer adam --lr 0.001 --beta1 0",
      "  nero train --optimizer lamb --constraint balanced --lr 0.06",
      "  nero train --model resnet18 --data /path/to/cifar10 --epochs 3",
      "  nero train --data /path/to/mnist --depth 5 --schedule cosine --save runs/mnist",
      "  nero train --resume runs/mnist"
    })
final class TrainCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--data",
      order = 1,
      defaultValue = "sample",
      paramLabel = "NAME|FOLDER",
      description = RunOptions.DATA)
  private String data;

  @Mixin private ModelOptions model;
  @Mixin private OptimizerOptions optimizer;
  @Mixin private RunOptions run;

  @Option(
      names = "--seed",
      order = 60,
      defaultValue = "0",
      paramLabel = "N",
      description = "Of weights, shuffling and augmentation. Default: ${DEFAULT-VALUE}")
  private long seed;

  @Option(
      names = "--threads",
      order = 61,
      defaultValue = "0",
      paramLabel = "N",
      description = "0: all processors. Default: ${DEFAULT-VALUE}")
  private int threads;

  @Option(
      names = "--device",
      order = 62,
      defaultValue = "cpu",
      paramLabel = "NAME",
      description = "cpu: layers run nowhere else. Default: ${DEFAULT-VALUE}")
  private String device;

  @Option(
      names = "--save",
      order = 70,
      paramLabel = "FOLDER",
      description =
          "Leave the run there, in a new folder: run.json, metrics.jsonl, TensorBoard events,"
              + " weights.safetensors")
  private Path save;

  @Option(
      names = "--resume",
      order = 71,
      paramLabel = "FOLDER",
      description =
          "Go on with a run that --save left there and that was cut off. All settings are taken"
              + " from its run.json")
  private Path resume;

  @Option(
      names = "--from",
      order = 72,
      paramLabel = "FILE",
      description =
          "First weights, from a safetensors file with the model's names and shapes, such as"
              + " another run's weights.safetensors")
  private Path from;

  @Option(
      names = "--checkpoint",
      order = 73,
      defaultValue = CheckpointOption.DEFAULT,
      paramLabel = "SECONDS",
      description = CheckpointOption.DESCRIPTION)
  private double checkpoint;

  @Option(names = "--no-progress", order = 74, description = "Plain lines even on a terminal")
  private boolean noProgress;

  @Override
  public Integer call() {
    Training training;
    try {
      CheckpointOption.check(checkpoint);
      training = resume == null ? begin() : goOn();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
    return train(training, resume == null ? save : resume);
  }

  private Training begin() {
    run.check();
    RunOptions.require("--threads", threads, 0, 1024);
    ModelSettings network = model.settings();
    OptimizerSettings stepper = optimizer.settings();
    DeviceOption.require(device);
    if (save != null) {
      Run.requireFree(save);
    }
    Dataset.Split split = run.open(data);
    RunSettings settings =
        new RunSettings(
            save == null ? "train" : save.toAbsolutePath().normalize().getFileName().toString(),
            null,
            null,
            data,
            run.trainLimit(),
            run.testLimit(),
            run.augmentation(split.train()),
            network,
            stepper,
            run.schedule(),
            run.epochs(),
            run.batch(network),
            seed,
            Run.threads(threads));
    Run training = new Run(settings, split).in(save).from(from).checkpointEvery(checkpoint);
    return training::execute;
  }

  private Training goOn() {
    for (OptionSpec given : spec.commandLine().getParseResult().matchedOptions()) {
      if (!List.of("--resume", "--checkpoint", "--no-progress").contains(given.longestName())) {
        throw new IllegalArgumentException(
            "%s cannot be given with --resume, which takes all settings from run.json"
                .formatted(given.longestName()));
      }
    }
    Run.Unfinished unfinished = Run.unfinished(resume);
    RunSettings settings = unfinished.settings();
    Dataset.Split split =
        Datasets.open(settings.data()).limited(settings.trainLimit(), settings.testLimit());
    Run training = new Run(settings, split).in(resume).checkpointEvery(checkpoint);
    if (!Run.hasCheckpoint(resume)) {
      spec.commandLine().getOut().printf("no checkpoint in %s: from the first step%n", resume);
      training.from(unfinished.firstWeights());
    }
    return training::resume;
  }

  private interface Training {
    Run.Result start(Run.Listener listener, BooleanSupplier stop);
  }

  /// Trains, and says what came out.
  ///
  /// @return the exit code
  private int train(Training training, Path folder) {
    PrintWriter out = spec.commandLine().getOut();
    boolean bar = !noProgress && System.console() != null && System.console().isTerminal();
    try (Interrupt interrupt = new Interrupt()) {
      Run.Result result;
      try (Watcher watcher = new Watcher(out, bar, System::nanoTime)) {
        result = training.start(watcher, interrupt);
      }
      ClosingTable.print(out, result);
      boolean stopped = result.outcome().ending() == Outcome.Ending.STOPPED;
      if (folder != null) {
        out.printf("saved in %s%n", folder);
        if (stopped) {
          out.printf("nero train --resume %s goes on%n", folder);
        }
      }
      if (!stopped) {
        out.printf("test accuracy %.2f %%%n", 100 * result.outcome().testAccuracy());
      }
      out.flush();
      return stopped ? interrupt.exitCode() : 0;
    }
  }
}
