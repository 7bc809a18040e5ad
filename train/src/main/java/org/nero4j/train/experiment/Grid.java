package org.nero4j.train.experiment;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.nero4j.train.data.Augmentation;
import org.nero4j.train.loop.Schedule;
import org.nero4j.train.run.ModelSettings;
import org.nero4j.train.run.OptimizerSettings;
import org.nero4j.train.run.RunSettings;

/// Runs that are compared: arms, each at several rates and seeds, all trained alike.
///
/// ```java
/// List<RunSettings> cells =
///     new Grid("ablation", data, Schedule.CONSTANT, 5)
///         .seeds(0, 1, 2)
///         .arm("nero", ModelSettings.parse("mlp"), OptimizerSettings.parse("nero"), 0.01, 0.02)
///         .cells();
/// ```
public final class Grid {
  private final String name;
  private final GridData data;
  private final Schedule schedule;
  private final int epochs;
  private final List<RunSettings> cells = new ArrayList<>();
  private List<Long> seeds = List.of(0L);
  private int threads = 1;
  private int batch;

  /// @param name of the experiment
  public Grid(String name, GridData data, Schedule schedule, int epochs) {
    this.name = name;
    this.data = data;
    this.schedule = schedule;
    this.epochs = epochs;
  }

  /// Seeds of the arms that follow; 0 alone unless told otherwise.
  public Grid seeds(long... seeds) {
    this.seeds = java.util.Arrays.stream(seeds).boxed().toList();
    return this;
  }

  /// Images a step of the arms that follow; the model's own number unless told otherwise.
  public Grid batch(int batch) {
    this.batch = batch;
    return this;
  }

  /// Threads of each run of the arms that follow; 1 unless told otherwise, so that several runs go
  /// side by side. Results depend on it in the last bits.
  public Grid threads(int threads) {
    this.threads = threads;
    return this;
  }

  /// Adds runs at several rates, or at the optimiser's own if none are given.
  public Grid arm(String arm, ModelSettings model, OptimizerSettings optimizer, double... rates) {
    for (double rate : rates.length == 0 ? new double[] {optimizer.learningRate()} : rates) {
      for (long seed : seeds) {
        cells.add(
            new RunSettings(
                "%s, rate %s, seed %d".formatted(arm, GridTable.number(rate), seed),
                name,
                arm,
                data.name(),
                data.trainLimit(),
                data.testLimit(),
                data.augmentation(),
                model,
                optimizer.withLearningRate(rate),
                schedule,
                epochs,
                batch == 0 ? model.kind().defaultBatch() : batch,
                seed,
                threads));
      }
    }
    return this;
  }

  /// All runs, in the order in which they were added; one that was added twice is there once.
  public List<RunSettings> cells() {
    return List.copyOf(new LinkedHashSet<>(cells));
  }

  /// The runs of some arms.
  ///
  /// @param texts each the whole name of an arm, or else a part of the names of some
  /// @throws IllegalArgumentException if a text is in no arm's name
  public static List<RunSettings> chosen(List<RunSettings> cells, List<String> texts) {
    Set<String> arms =
        cells.stream().map(RunSettings::arm).collect(Collectors.toCollection(LinkedHashSet::new));
    Set<String> chosen = new HashSet<>();
    for (String text : texts) {
      List<String> named =
          arms.contains(text)
              ? List.of(text)
              : arms.stream().filter(arm -> arm.contains(text)).toList();
      if (named.isEmpty()) {
        throw new IllegalArgumentException(
            "no arm has '%s' in its name; there are: %s".formatted(text, String.join("; ", arms)));
      }
      chosen.addAll(named);
    }
    return cells.stream().filter(cell -> chosen.contains(cell.arm())).toList();
  }

  /// Data that all runs share.
  ///
  /// @param name or folder, as [org.nero4j.train.data.Datasets] takes it
  /// @param trainLimit training images at most; 0: all
  /// @param testLimit test images at most; 0: all
  /// @param augmentation of training images
  public record GridData(String name, int trainLimit, int testLimit, Augmentation augmentation) {
    /// All of it, as it is.
    public static GridData of(String name) {
      return new GridData(name, 0, 0, Augmentation.NONE);
    }
  }
}
