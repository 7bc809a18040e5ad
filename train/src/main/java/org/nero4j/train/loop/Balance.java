package org.nero4j.train.loop;

/// How balanced a model's neurons are, and how far the last step turned them; over all neurons of
/// all matrices.
///
/// @param meanAbsMean mean over the neurons of |mean weight|
/// @param maxNormError largest | |w| - 1 |
/// @param meanAngle mean angle, in radians, between a neuron before and after the step
/// @param maxAngle the largest of them
public record Balance(double meanAbsMean, double maxNormError, double meanAngle, double maxAngle) {}
