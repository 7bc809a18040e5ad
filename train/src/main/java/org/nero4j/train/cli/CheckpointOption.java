package org.nero4j.train.cli;

import org.nero4j.train.run.Run;

/// What `--checkpoint` takes.
final class CheckpointOption {
  static final String DEFAULT = "" + Run.CHECKPOINT_SECONDS;

  static final String DESCRIPTION =
      "At least so long between two checkpoints of a run, from which it goes on when it was cut"
          + " off; longer if they would cost more than a fiftieth of the time. 0: after each batch,"
          + " whatever that costs. Default: ${DEFAULT-VALUE}";

  private CheckpointOption() {}

  /// @throws IllegalArgumentException if it is negative, above a year or no number
  static void check(double seconds) {
    double year = 365 * 24 * 3600;
    if (!(seconds >= 0 && seconds <= year)) {
      throw new IllegalArgumentException(
          "--checkpoint is %s, it must be within 0 and %.0f".formatted(seconds, year));
    }
  }
}
