package org.nero4j.train.experiment;

/// How much of an experiment to run.
public enum Scale {
  /// Minutes on two cores.
  SMALL,
  /// Hours on two cores.
  MEDIUM,
  /// The paper's own settings.
  PAPER;

  /// The value for this scale.
  <T> T pick(T small, T medium, T paper) {
    return switch (this) {
      case SMALL -> small;
      case MEDIUM -> medium;
      case PAPER -> paper;
    };
  }
}
