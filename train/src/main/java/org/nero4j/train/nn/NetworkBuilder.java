package org.nero4j.train.nn;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.nero4j.NativeErrors;
import org.nero4j.Status;
import org.nero4j.bindings.nn.nero_nn_h;

/// Adds layers one by one; each reads what the one before made, unless [#from(Tensor)] says
/// otherwise. What is wrong with a layer is said by [#build()].
public final class NetworkBuilder {
  /// Adds itself to a native network.
  @FunctionalInterface
  interface Layer {
    int add(MemorySegment network, MemorySegment output, MemorySegment error);
  }

  final int features;
  final int batchSize;
  final List<Layer> layers = new ArrayList<>();
  int threads;
  int last = nero_nn_h.NERO_NN_INPUT();

  NetworkBuilder(int features, int batchSize) {
    this.features = features;
    this.batchSize = batchSize;
  }

  /// Threads of the network's calls, at most 1024; 0, the default: all processors.
  public NetworkBuilder threads(int threads) {
    this.threads = threads;
    return this;
  }

  /// `y = x W^T + b`, with `W` of `[outputs, width of x]`.
  public NetworkBuilder linear(int outputs, boolean bias) {
    int input = last;
    return add(
        (network, output, error) ->
            nero_nn_h.nero_nn_add_linear(network, input, outputs, bias ? 1 : 0, output, error));
  }

  /// `y = x W^T + b`.
  public NetworkBuilder linear(int outputs) {
    return linear(outputs, true);
  }

  /// `y = scale * max(x, 0)`; the networks of "Learning by Turning" scale by the root of 2.
  public NetworkBuilder relu(double scale) {
    int input = last;
    return add(
        (network, output, error) ->
            nero_nn_h.nero_nn_add_relu(network, input, scale, output, error));
  }

  /// `y = max(x, 0)`.
  public NetworkBuilder relu() {
    return relu(1);
  }

  /// `y = x + other`: the join of a residual branch. Both have one width.
  public NetworkBuilder add(Tensor other) {
    int first = last;
    int second = own(other);
    return add(
        (network, output, error) ->
            nero_nn_h.nero_nn_add_sum(network, first, second, output, error));
  }

  /// What the last layer made, for layers further on; the input before there is one.
  public Tensor tensor() {
    return new Tensor(this, last);
  }

  /// The next layer reads this tensor.
  public NetworkBuilder from(Tensor tensor) {
    last = own(tensor);
    return this;
  }

  private NetworkBuilder add(Layer layer) {
    layers.add(layer);
    // The library numbers tensors in the order of the layers, behind the input.
    last = layers.size();
    return this;
  }

  private int own(Tensor tensor) {
    if (tensor == null) {
      throw NativeErrors.of(Status.NULL, "tensor is null");
    }
    if (tensor.network != this) {
      throw NativeErrors.of(Status.ARGUMENT, "tensor is another network's");
    }
    return tensor.index;
  }

  /// Makes the network; what was made last are its logits.
  ///
  /// @throws org.nero4j.InvalidArgumentException naming what is out of its range
  /// @throws org.nero4j.SizeMismatchException if widths do not fit together
  /// @throws org.nero4j.SequenceException if a tensor does not lead to the logits
  /// @throws org.nero4j.OutOfNativeMemoryException if the buffers cannot be had
  public Network build() {
    LayersLibrary.require();
    return new Network(this);
  }
}
