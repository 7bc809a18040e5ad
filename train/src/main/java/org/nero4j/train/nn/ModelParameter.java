package org.nero4j.train.nn;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.nero4j.Parameter;

/// A parameter of a model, in the model's own memory.
///
/// @param name such as `layers.0.weight`
/// @param role what it does in its layer
/// @param shape `[neurons]`, `[neurons, fanIn]`, or a convolution's `[outputs, channels / groups,
///   height, width]`, whose rows of `fanIn` are its neurons
/// @param weights 32-bit floats, zero at first but for gains, which are 1
/// @param gradients as many, written by [Model#train(int)]
public record ModelParameter(
    String name, Role role, List<Long> shape, MemorySegment weights, MemorySegment gradients) {
  /// What a parameter does in its layer, in the order of the library's numbers.
  public enum Role {
    /// Of a linear layer or a convolution.
    WEIGHT,
    /// What is added.
    BIAS,
    /// What a norm multiplies by.
    GAIN,
    /// A row a token.
    EMBEDDING
  }

  /// Copies the shape.
  public ModelParameter {
    shape = List.copyOf(shape);
  }

  /// Whether it is `[neurons, fanIn]`, or else a vector without fan-in.
  public boolean matrix() {
    return shape.size() > 1;
  }

  /// Rows of a matrix, elements of a vector.
  public long neurons() {
    return shape.getFirst();
  }

  /// Weights of a neuron; 1 for a vector.
  public long fanIn() {
    return count() / neurons();
  }

  /// Weights in all.
  public long count() {
    return weights.byteSize() / Float.BYTES;
  }

  /// As an optimiser takes it.
  public Parameter toParameter() {
    return matrix()
        ? Parameter.matrix(name, weights, gradients, neurons(), fanIn())
        : Parameter.vector(name, weights, gradients);
  }
}
