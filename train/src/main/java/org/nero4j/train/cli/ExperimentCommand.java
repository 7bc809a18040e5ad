package org.nero4j.train.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.nero4j.train.experiment.Experiment;
import org.nero4j.train.experiment.Experiments;
import org.nero4j.train.experiment.ExperimentsPage;
import org.nero4j.train.experiment.Grid;
import org.nero4j.train.experiment.GridTable;
import org.nero4j.train.experiment.Scale;
import org.nero4j.train.run.Names;
import org.nero4j.train.run.RunReport;
import org.nero4j.train.run.RunSettings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `nero experiment`
@Command(
    name = "experiment",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Repeats an experiment of the paper; without a name, lists them.",
    footer = {
      "",
      "Each run is kept in a folder of its own. Stopped or killed, the same command goes on where"
          + " it was; a finished run is never run twice.",
      "",
      "Examples:",
      "  nero experiment",
      "  nero experiment rates",
      "  nero experiment deep-mlp --data /path/to/mnist",
      "  nero experiment deep-mlp --scale paper --data /path/to/mnist --arm nero",
      "  nero experiment --document docs/experiments.md runs/rates-small runs/deep-mlp-small"
    })
final class ExperimentCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(arity = "0..1", index = "0", paramLabel = "NAME", description = "Which one")
  private String name;

  @Option(
      names = "--document",
      order = 5,
      arity = "2..*",
      paramLabel = "FILE FOLDER",
      description =
          "Runs nothing; writes a page of Markdown from the folders of experiments that were run")
  private List<Path> document;

  @Option(
      names = "--scale",
      order = 1,
      defaultValue = "small",
      paramLabel = "NAME",
      description =
          "small (minutes on two cores), medium, paper (its own settings). Default:"
              + " ${DEFAULT-VALUE}")
  private String scale;

  @Option(
      names = "--data",
      order = 2,
      paramLabel = "NAME|FOLDER",
      description = "As for nero train. Default: sample at small scale, none at others")
  private String data;

  @Option(
      names = "--arm",
      order = 3,
      paramLabel = "TEXT",
      description =
          "Only the arm of that name, or those with the text in their names; may be given several"
              + " times. Default: all")
  private List<String> arms;

  @Option(
      names = "--out",
      order = 4,
      paramLabel = "FOLDER",
      description =
          "Where the runs are kept. Default: runs/NAME-SCALE, with -DATA if --data is given")
  private Path folder;

  @Mixin private GridOptions grid;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    if (document != null) {
      new ExperimentsPage(document.subList(1, document.size())).write(document.getFirst());
      out.printf("%s: %d experiments%n", document.getFirst(), document.size() - 1);
      out.flush();
      return 0;
    }
    if (name == null) {
      for (Experiment experiment : Experiments.all()) {
        out.printf("%-20s %s%n", experiment.name(), experiment.question());
      }
      out.flush();
      return 0;
    }
    Experiment experiment;
    List<RunSettings> cells;
    try {
      grid.check();
      Scale size = Names.parse("--scale", Scale.class, scale);
      experiment = Experiments.named(name);
      cells = experiment.cells(size, data == null ? experiment.data(size) : data);
      if (arms != null) {
        cells = Grid.chosen(cells, arms);
      }
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
    out.println(experiment.question());
    out.println("In the paper: " + experiment.paper());
    Path runs = folder == null ? defaultFolder() : folder;
    return grid.run(
        spec, runs, cells, experiment.metric(), finished -> byEpoch(experiment, finished));
  }

  private Path defaultFolder() {
    Path last = data == null ? null : Path.of(data).getFileName();
    return Path.of(
        "runs", name + "-" + scale.toLowerCase(Locale.ROOT) + (last == null ? "" : "-" + last));
  }

  private static String byEpoch(Experiment experiment, List<RunReport> finished) {
    return experiment.showsEpochs()
        ? "%ntraining accuracy %% by epoch%n%s"
            .formatted(
                new GridTable(finished, experiment.metric())
                    .epochs(experiment.published(finished))
                    .plain())
        : "";
  }
}
