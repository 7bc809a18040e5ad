package org.nero4j;

/// What becomes of a neuron that cannot be balanced when an optimiser is made.
public enum DegeneratePolicy {
  /// [DegenerateNeuronException]; no weight has changed.
  REFUSE,
  /// It moves unconstrained, and the step report counts it.
  EXEMPT
}
