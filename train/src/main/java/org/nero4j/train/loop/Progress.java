package org.nero4j.train.loop;

import java.util.List;

/// How far a run has come, between two steps. With the model's weights, buffers and step and the
/// optimiser's state it is all that another [Trainer] needs to go on to the same bits.
///
/// @param epochs that are finished
/// @param batches of the next epoch that are done; fewer than it has
/// @param loss sum over the images of these batches
/// @param correct right predictions in these batches
/// @param seconds that these batches took
/// @param stepSeconds of these, in the optimiser
public record Progress(
    List<Epoch> epochs,
    int batches,
    double loss,
    long correct,
    double seconds,
    double stepSeconds) {
  /// Before the first step.
  public static final Progress NONE = new Progress(List.of(), 0, 0, 0, 0, 0);

  /// Copies.
  public Progress {
    epochs = List.copyOf(epochs);
  }

  /// Steps taken.
  ///
  /// @param stepsPerEpoch batches
  public long steps(long stepsPerEpoch) {
    return epochs.size() * stepsPerEpoch + batches;
  }
}
