package org.nero4j;

/// What Nero multiplies the learning rate by.
public enum ScaleKind {
  /// The mean neuron norm when the optimiser was made, 0.01 if that was 0 (the paper's code).
  STORED,
  /// The neuron's own norm before the step, 0.01 if that is 0 (the paper's Algorithm 1).
  CURRENT
}
