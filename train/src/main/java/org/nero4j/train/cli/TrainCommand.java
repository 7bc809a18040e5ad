package org.nero4j.train.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.nero4j.train.data.Dataset;
import org.nero4j.train.loop.Outcome;
import org.nero4j.train.run.ModelSettings;
import org.nero4j.train.run.OptimizerSettings;
import org.nero4j.train.run.Run;
import org.nero4j.train.run.RunSettings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
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
      "Ctrl-C ends the run after the batch at hand; with --save, what was reached is kept.",
      "",
      "Examples:",
      "  nero train",
      "  nero train --optimizer adam --lr 0.001 --beta1 0",
      "  nero train --optimizer lamb --constraint balanced --lr 0.06",
      "  nero train --model resnet18 --data /path/to/cifar10 --epochs 3",
      "  nero train --data /path/to/mnist --depth 5 --schedule cosine --save runs/mnist"
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

  @Option(names = "--no-progress", order = 71, description = "Plain lines even on a terminal")
  private boolean noProgress;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    ModelSettings network;
    OptimizerSettings stepper;
    try {
      run.check();
      RunOptions.require("--threads", threads, 0, 1024);
      network = model.settings();
      stepper = optimizer.settings();
      DeviceOption.require(device);
      if (save != null) {
        Run.requireFree(save);
      }
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
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
    boolean bar = !noProgress && System.console() != null && System.console().isTerminal();
    try (Interrupt interrupt = new Interrupt()) {
      Run.Result result;
      try (Watcher watcher = new Watcher(out, bar, System::nanoTime)) {
        result = Run.execute(settings, split, save, watcher, interrupt);
      }
      ClosingTable.print(out, result);
      if (save != null) {
        out.printf("saved in %s%n", save);
      }
      boolean stopped = result.outcome().ending() == Outcome.Ending.STOPPED;
      if (!stopped) {
        out.printf("test accuracy %.2f %%%n", 100 * result.outcome().testAccuracy());
      }
      out.flush();
      return stopped ? interrupt.exitCode() : 0;
    }
  }
}
