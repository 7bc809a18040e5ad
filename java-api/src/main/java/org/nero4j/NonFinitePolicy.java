package org.nero4j;

/// What becomes of a gradient that is not finite.
public enum NonFinitePolicy {
  /// Its neuron and that neuron's state rest for this step.
  SKIP_NEURON,
  /// Nothing moves, no state, no step count; gradients are read once more for it.
  SKIP_STEP,
  /// Arithmetic takes its course.
  PROPAGATE
}
