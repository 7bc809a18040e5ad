package org.nero4j.train.loop;

/// What an epoch came to. Training accuracy and loss are running ones, taken before each update.
///
/// @param number from 1
/// @param step steps taken so far
/// @param rate learning rate of the last step
/// @param seconds of training, evaluation left out
/// @param stepSeconds of these, in the optimiser
/// @param wallTime when it ended, in seconds since 1970
/// @param balance of the neurons afterwards
public record Epoch(
    int number,
    long step,
    double rate,
    double trainLoss,
    double trainAccuracy,
    double testLoss,
    double testAccuracy,
    double seconds,
    double stepSeconds,
    double wallTime,
    Balance balance) {}
