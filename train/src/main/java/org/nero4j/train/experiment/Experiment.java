package org.nero4j.train.experiment;

import java.util.List;
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

  /// The data that a scale takes when none are named.
  ///
  /// @throws IllegalArgumentException if they must be named
  String data(Scale scale);

  /// Its runs.
  List<RunSettings> cells(Scale scale, String data);

  /// Refuses to guess where a data set lies.
  static IllegalArgumentException needs(String what, Scale scale, String experiment) {
    return new IllegalArgumentException(
        "%s --scale %s needs --data FOLDER with %s"
            .formatted(experiment, scale.name().toLowerCase(java.util.Locale.ROOT), what));
  }
}
