package org.nero4j.train.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.nero4j.train.data.Dataset;
import org.nero4j.train.experiment.Grid;
import org.nero4j.train.experiment.Metric;
import org.nero4j.train.run.ModelSettings;
import org.nero4j.train.run.Names;
import org.nero4j.train.run.OptimizerSettings;
import org.nero4j.train.run.RunSettings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `nero compare`
@Command(
    name = "compare",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    abbreviateSynopsis = true,
    description =
        "Trains every combination of data, models, optimisers, rates and seeds, and prints a table"
            + " with mean and range over seeds.",
    footer = {
      "",
      "Each run is kept in a folder of its own below --out. Stopped or killed, the same command"
          + " goes on where it was; a finished run is never run twice.",
      "",
      "Examples:",
      "  nero compare --out runs/first --optimizer nero adam sgd:momentum=0.9 --seed 0,1,2",
      "  nero compare --out runs/rates --optimizer nero lamb --lr 0.001,0.01,0.1",
      "  nero compare --out runs/depth --model mlp:depth=3,width=128 mlp:depth=30,width=128"
    })
final class CompareCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--out",
      order = 0,
      required = true,
      paramLabel = "FOLDER",
      description = "Where the runs are kept")
  private Path folder;

  @Option(
      names = "--data",
      order = 1,
      arity = "1..*",
      defaultValue = "sample",
      paramLabel = "NAME|FOLDER",
      description = RunOptions.DATA)
  private List<String> data;

  @Option(
      names = "--model",
      order = 10,
      arity = "1..*",
      defaultValue = "mlp",
      paramLabel = "MODEL",
      description =
          "A name with or without settings: mlp:depth=5,width=784,init=balanced or resnet18."
              + " Default: ${DEFAULT-VALUE}")
  private List<String> models;

  @Option(
      names = "--optimizer",
      order = 20,
      arity = "1..*",
      defaultValue = "nero",
      paramLabel = "OPTIMIZER",
      description =
          "A name with or without settings, named as the options of nero train:"
              + " adam:lr=0.01,beta1=0 or nero:constraint=norm. Default: ${DEFAULT-VALUE}")
  private List<String> optimizers;

  @Option(
      names = "--lr",
      order = 21,
      split = ",",
      paramLabel = "RATE",
      description = "Rates of every optimiser. Default: each one's own")
  private double[] rates = {};

  @Mixin private RunOptions run;

  @Option(
      names = "--seed",
      order = 60,
      split = ",",
      defaultValue = "0",
      paramLabel = "N",
      description = "Default: ${DEFAULT-VALUE}")
  private long[] seeds;

  @Option(
      names = "--threads",
      order = 61,
      defaultValue = "1",
      paramLabel = "N",
      description = "Of each run. Default: ${DEFAULT-VALUE}")
  private int threads;

  @Option(
      names = "--by",
      order = 70,
      defaultValue = "test-accuracy",
      paramLabel = "METRIC",
      description =
          "What the best rate is chosen by: test-accuracy, best-test-accuracy, train-accuracy."
              + " Default: ${DEFAULT-VALUE}")
  private String metric;

  @Mixin private GridOptions grid;

  @Override
  public Integer call() {
    List<RunSettings> cells = new ArrayList<>();
    Metric by;
    try {
      run.check();
      grid.check();
      RunOptions.require("--threads", threads, 1, 1024);
      by = Names.parse("--by", Metric.class, metric);
      List<ModelSettings> networks = models.stream().map(ModelSettings::parse).toList();
      List<OptimizerSettings> steppers = optimizers.stream().map(OptimizerSettings::parse).toList();
      Map<String, Dataset> sets = new LinkedHashMap<>();
      data.forEach(name -> sets.computeIfAbsent(name, n -> run.open(n).train()));
      for (String name : sets.keySet()) {
        cells.addAll(cells(name, sets, networks, steppers));
      }
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
    return grid.run(spec, folder, cells, by, runs -> "");
  }

  private List<RunSettings> cells(
      String name,
      Map<String, Dataset> sets,
      List<ModelSettings> networks,
      List<OptimizerSettings> steppers) {
    Dataset train = sets.get(name);
    // Folders of one name at two places are told apart by their paths.
    boolean unique = sets.values().stream().filter(s -> s.name().equals(train.name())).count() == 1;
    Grid.GridData shared =
        new Grid.GridData(name, run.trainLimit(), run.testLimit(), run.augmentation(train));
    Grid cells =
        new Grid("compare", shared, run.schedule(), run.epochs()).seeds(seeds).threads(threads);
    for (ModelSettings network : networks) {
      cells.batch(run.batch(network));
      for (OptimizerSettings stepper : steppers) {
        List<String> arm = new ArrayList<>(List.of(stepper.label()));
        if (networks.size() > 1) {
          arm.add(network.label());
        }
        if (sets.size() > 1) {
          arm.add(unique ? train.name() : name);
        }
        cells.arm(String.join(", ", arm), network, stepper, rates);
      }
    }
    return cells.cells();
  }
}
