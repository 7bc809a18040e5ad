package org.nero4j.train.experiment;

import java.util.List;
import org.nero4j.train.run.RunSettings;

/// One of the paper's experiments, or one that it calls for.
public interface Experiment {
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
