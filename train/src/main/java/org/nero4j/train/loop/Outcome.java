package org.nero4j.train.loop;

import java.util.List;

/// What a run came to.
///
/// @param ending how it ended
/// @param epochs those that were finished; none if it was stopped before the first ended
/// @param steps steps taken, those of an unfinished epoch too
/// @param samplesPerSecond training images a second, evaluation left out
/// @param stepShare share of training time spent in the optimiser
/// @param stepSeconds a step of the optimiser, on average
/// @param weightsChecksum CRC-32 of all weights: the same for the same seed
public record Outcome(
    Ending ending,
    List<Epoch> epochs,
    long steps,
    double samplesPerSecond,
    double stepShare,
    double stepSeconds,
    long weightsChecksum) {
  /// How a run ends.
  public enum Ending {
    /// After all epochs.
    FINISHED,
    /// After the first epoch whose loss was not finite: such weights never come back.
    DIVERGED,
    /// When it was asked to stop, after the batch at hand.
    STOPPED
  }

  /// Test accuracy after the last epoch.
  public double testAccuracy() {
    return epochs.getLast().testAccuracy();
  }

  /// The best test accuracy of any epoch.
  public double bestTestAccuracy() {
    return epochs.stream().mapToDouble(Epoch::testAccuracy).max().orElseThrow();
  }
}
