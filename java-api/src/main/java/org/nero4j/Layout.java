package org.nero4j;

/// How the weights of a parameter lie in memory.
public enum Layout {
  /// Biases and gains: each element a neuron of its own, never constrained.
  VECTOR,
  /// `[neurons, fanIn]`, a neuron's weights adjacent: PyTorch, oneDNN.
  ROWS,
  /// `[fanIn, neurons]`: TensorFlow, Keras, DL4J.
  COLUMNS
}
