package org.nero4j.train.nn;

import java.lang.foreign.MemorySegment;
import org.nero4j.Parameter;

/// A parameter of a model, in the model's own memory.
///
/// @param name such as `layers.0.weight`
/// @param matrix `[neurons, fanIn]`, or else a vector of `neurons` elements
/// @param neurons rows of a matrix, elements of a vector
/// @param fanIn weights of a neuron; 1 for a vector
/// @param weights 32-bit floats, zero at first
/// @param gradients as many, written by [Model#train(int)]
public record ModelParameter(
    String name,
    boolean matrix,
    long neurons,
    long fanIn,
    MemorySegment weights,
    MemorySegment gradients) {

  /// Weights in all.
  public long count() {
    return neurons * fanIn;
  }

  /// As an optimiser takes it.
  public Parameter toParameter() {
    return matrix
        ? Parameter.matrix(name, weights, gradients, neurons, fanIn)
        : Parameter.vector(name, weights, gradients);
  }
}
