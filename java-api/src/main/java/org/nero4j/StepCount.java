package org.nero4j;

/// Which parameters a step counts for.
public enum StepCount {
  /// Those that had a gradient (PyTorch, the Nero paper).
  PER_PARAMETER,
  /// All together (apex).
  SHARED
}
