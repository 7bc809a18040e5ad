package org.nero4j.train.experiment;

import java.util.function.ToDoubleFunction;
import org.nero4j.train.run.RunReport;

/// What runs are compared by.
public enum Metric {
  /// Test accuracy after the last epoch.
  TEST_ACCURACY("test accuracy", RunReport::testAccuracy),
  /// The best test accuracy of any epoch.
  BEST_TEST_ACCURACY("best test accuracy", RunReport::bestTestAccuracy),
  /// Running training accuracy of the last epoch.
  TRAIN_ACCURACY("training accuracy", RunReport::trainAccuracy);

  private final String words;
  private final ToDoubleFunction<RunReport> value;

  Metric(String words, ToDoubleFunction<RunReport> value) {
    this.words = words;
    this.value = value;
  }

  String words() {
    return words;
  }

  double of(RunReport run) {
    return value.applyAsDouble(run);
  }
}
