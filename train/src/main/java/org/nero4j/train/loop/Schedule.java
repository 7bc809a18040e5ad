package org.nero4j.train.loop;

/// The learning rate over a run.
public enum Schedule {
  /// The same throughout.
  CONSTANT,
  /// Times 0.9 after each epoch, as in the paper's MNIST experiments.
  EXPONENTIAL,
  /// Half a cosine from the rate to 0, step by step.
  COSINE;

  private static final double EPOCH_FACTOR = 0.9;

  /// The rate of a step.
  ///
  /// @param step steps taken so far
  public double rate(double first, long step, long stepsPerEpoch, int epochs) {
    return switch (this) {
      case CONSTANT -> first;
      case EXPONENTIAL -> first * Math.pow(EPOCH_FACTOR, step / stepsPerEpoch);
      case COSINE -> first * 0.5 * (1 + Math.cos(Math.PI * step / (stepsPerEpoch * epochs)));
    };
  }
}
