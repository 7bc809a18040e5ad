package org.nero4j.train.report;

/// What a run tells about itself once an epoch, by the names that `metrics.jsonl` has for it.
public enum Measure {
  /// Share of the test images named right, 0 to 1.
  TEST_ACCURACY("testAccuracy"),
  /// Share of the training images named right during the epoch, 0 to 1.
  TRAIN_ACCURACY("trainAccuracy"),
  TEST_LOSS("testLoss"),
  TRAIN_LOSS("trainLoss"),
  /// Mean over neurons of |mean of the neuron's weights|: 0 for a balanced neuron.
  MEAN_ABS_MEAN("meanAbsMean"),
  /// Largest | |w| - 1 | of a neuron: 0 for a balanced neuron.
  MAX_NORM_ERROR("maxNormError"),
  /// Mean over neurons of the angle turned, in radians.
  MEAN_ANGLE("meanAngle"),
  /// Largest angle that a neuron turned, in radians.
  MAX_ANGLE("maxAngle");

  private final String field;

  Measure(String field) {
    this.field = field;
  }

  /// The field's name in `metrics.jsonl` and in the page's data.
  public String field() {
    return field;
  }
}
