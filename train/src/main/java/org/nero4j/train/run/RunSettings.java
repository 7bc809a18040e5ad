package org.nero4j.train.run;

import org.nero4j.train.data.Augmentation;
import org.nero4j.train.loop.Plan;
import org.nero4j.train.loop.Schedule;

/// All that a run depends on. The same settings give the same bits on the same machine.
///
/// @param name of the run, for people
/// @param experiment that it is part of; null if of none
/// @param arm of the experiment: runs that differ by rate or seed alone share one; null if of none
/// @param data name or folder, as [org.nero4j.train.data.Datasets] takes it
/// @param trainLimit training images at most; 0: all
/// @param testLimit test images at most; 0: all
/// @param augmentation of training images
/// @param batch images a step
/// @param seed of weights, shuffling and augmentation
/// @param threads of layers and optimiser
public record RunSettings(
    String name,
    String experiment,
    String arm,
    String data,
    int trainLimit,
    int testLimit,
    Augmentation augmentation,
    ModelSettings model,
    OptimizerSettings optimizer,
    Schedule schedule,
    int epochs,
    int batch,
    long seed,
    int threads) {

  Plan plan() {
    return new Plan(schedule, epochs, seed, augmentation, true);
  }
}
