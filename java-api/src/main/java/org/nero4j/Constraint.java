package org.nero4j;

/// What holds for every neuron of a matrix after each step.
public enum Constraint {
  /// Nothing.
  NONE,
  /// Zero mean.
  MEAN,
  /// Unit Euclidean norm.
  NORM,
  /// Zero mean, then unit norm.
  BALANCED
}
