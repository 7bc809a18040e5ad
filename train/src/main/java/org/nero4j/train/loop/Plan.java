package org.nero4j.train.loop;

import org.nero4j.train.data.Augmentation;

/// How a model is trained.
///
/// @param schedule of the learning rate
/// @param epochs passes over the training set
/// @param seed of shuffling and augmentation
/// @param augmentation of training images
/// @param prefetch whether another thread makes the next batch; results are the same either way
public record Plan(
    Schedule schedule, int epochs, long seed, Augmentation augmentation, boolean prefetch) {
  /// With a constant rate, images as they are, and prefetch.
  public static Plan of(int epochs, long seed) {
    return new Plan(Schedule.CONSTANT, epochs, seed, Augmentation.NONE, true);
  }
}
