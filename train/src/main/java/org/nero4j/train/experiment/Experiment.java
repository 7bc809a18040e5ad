package org.nero4j.train.experiment;

import java.util.List;
import org.nero4j.train.run.Names;
import org.nero4j.train.run.RunReport;
import org.nero4j.train.run.RunSettings;

/// One of the paper's experiments, or one that it calls for.
public sealed interface Experiment
    permits DeepMlp, Reparameterisation, Ablation, Granularity, Cifar, Rates {
  /// What to type.
  String name();

  /// What it shows, in a line.
  String question();

  /// What the paper found, and where.
  String paper();

  /// What arms are compared by.
  default Metric metric() {
    return Metric.TEST_ACCURACY;
  }

  /// Whether training accuracy by epoch is part of what it shows.
  default boolean showsEpochs() {
    return false;
  }

  /// The paper's own curves, to be shown beside runs with the paper's settings.
  ///
  /// @return null if there are none, or the runs have other settings
  default Published published(List<RunReport> runs) {
    return null;
  }

  /// The data that it is meant for, in words; at small scale the sample will do.
  String fullData();

  /// The data that a scale takes when none are named.
  ///
  /// @throws IllegalArgumentException if they must be named: nobody guesses where they lie
  default String data(Scale scale) {
    if (scale == Scale.SMALL) {
      return "sample";
    }
    throw needed(scale);
  }

  /// What to say when the data must be named.
  default IllegalArgumentException needed(Scale scale) {
    return new IllegalArgumentException(
        "%s --scale %s needs --data FOLDER with %s".formatted(name(), Names.of(scale), fullData()));
  }

  /// Its runs.
  List<RunSettings> cells(Scale scale, String data);
}
