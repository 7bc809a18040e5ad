package org.nero4j.train.experiment;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.nero4j.train.run.RunException;
import org.nero4j.train.run.RunReport;

/// `docs/experiments.md`: what was run, on which machine, what came out, and what the paper found.
public final class ExperimentsPage {
  private final StringBuilder text = new StringBuilder();

  /// @param grids folders of experiments, each with the folders of its runs
  /// @throws RunException if a folder holds no finished runs of one experiment
  public ExperimentsPage(List<Path> grids) {
    text.append(
        """
        # Experiments

        Made by `nero experiment --document` from the folders of runs; not edited by hand. What an experiment runs is in
        `train/src/main/java/org/nero4j/train/experiment`, a file each. Accuracies are in percent, as mean [least, most] over
        seeds; training accuracy is the running one of an epoch, before each update. An arm stands at its best rate.
        """);
    grids.forEach(this::add);
  }

  private void add(Path grid) {
    List<RunReport> runs = read(grid);
    Set<String> names = runs.stream().map(RunReport::experiment).collect(Collectors.toSet());
    if (names.size() != 1) {
      throw new RunException(
          "%s holds finished runs of %d experiments, one is needed %s"
              .formatted(grid, names.size(), names.isEmpty() ? "" : names));
    }
    requireAlike(grid, runs);
    Experiment experiment = Experiments.named(names.iterator().next());
    text.append("\n## %s: %s\n\n".formatted(experiment.name(), grid.getFileName()));
    text.append(experiment.question()).append("\n\n");
    text.append("In the paper: ").append(experiment.paper()).append("\n\n");
    text.append("Here: ").append(conditions(runs)).append("\n\n");
    GridTable table = new GridTable(runs, experiment.metric());
    text.append(table.best().markdown());
    if (table.hasRates()) {
      text.append("\nThe ").append(table.ratesTitle()).append(":\n\n");
      text.append(table.rates().markdown());
    }
    if (experiment.showsEpochs()) {
      text.append("\nTraining accuracy by epoch:\n\n");
      text.append(table.epochs(experiment.published(runs)).markdown());
    }
  }

  /// Runs of an arm are averaged, so they must not differ but by rate and seed: a folder may hold
  /// those of an earlier setting or of other data beside today's.
  private static void requireAlike(Path grid, List<RunReport> runs) {
    Map<String, String> first = new HashMap<>();
    for (RunReport run : runs) {
      RunReport.Conditions c = run.conditions();
      String set =
          "%s, %s, %s, %d epochs, batch %d"
              .formatted(c.data(), c.model(), c.schedule(), c.epochs(), c.batch());
      String before = first.putIfAbsent(run.arm(), set);
      if (before != null && !before.equals(set)) {
        throw new RunException(
            "%s holds two kinds of runs of arm '%s': %s; and %s"
                .formatted(grid, run.arm(), before, set));
      }
    }
  }

  private static List<RunReport> read(Path grid) {
    try (Stream<Path> folders = Files.list(grid)) {
      List<RunReport> runs = new ArrayList<>();
      for (Path folder : folders.filter(Files::isDirectory).sorted().toList()) {
        RunReport run = RunReport.readFinished(folder);
        if (run != null) {
          runs.add(run);
        }
      }
      return runs;
    } catch (IOException e) {
      throw new RunException("cannot read %s: %s".formatted(grid, e), e);
    }
  }

  private static String conditions(List<RunReport> runs) {
    return "%s; %s; %s epochs, batch %s, schedule `%s`; %s, %s thread(s) a run; nero4j %s. %d runs."
        .formatted(
            all(runs, c -> c.data()),
            all(runs, c -> c.model()),
            all(runs, c -> c.epochs()),
            all(runs, c -> c.batch()),
            all(runs, c -> c.schedule()),
            all(runs, c -> c.machine()),
            all(runs, c -> c.threads()),
            all(runs, c -> c.version()),
            runs.size());
  }

  private static String all(List<RunReport> runs, Function<RunReport.Conditions, Object> what) {
    Set<String> values = new LinkedHashSet<>();
    runs.forEach(run -> values.add(String.valueOf(what.apply(run.conditions()))));
    return String.join(" or ", values);
  }

  /// Writes it.
  public void write(Path file) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }
}
