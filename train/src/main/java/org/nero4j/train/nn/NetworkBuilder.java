package org.nero4j.train.nn;

import java.lang.foreign.Arena;
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
  final int height;
  final int width;
  final List<Layer> layers = new ArrayList<>();

  /// Of the layers that have parameters.
  final List<String> names = new ArrayList<>();

  private String name;
  private long seed;
  boolean bfloat16;
  int threads;
  int last = nero_nn_h.NERO_NN_INPUT();

  NetworkBuilder(int features, int height, int width, int batchSize) {
    this.features = features;
    this.height = height;
    this.width = width;
    this.batchSize = batchSize;
  }

  /// Threads of the network's calls, at most 1024; 0, the default: all processors.
  public NetworkBuilder threads(int threads) {
    this.threads = threads;
    return this;
  }

  /// Of what dropout drops.
  public NetworkBuilder seed(long seed) {
    this.seed = seed;
    return this;
  }

  /// Whether convolutions and linear layers may round what they multiply to bfloat16, which is
  /// faster where [LayersLibrary#hasBfloat16()]; elsewhere [#build()] throws
  /// [org.nero4j.UnsupportedException]. Weights, gradients and activations stay floats.
  public NetworkBuilder bfloat16(boolean bfloat16) {
    this.bfloat16 = bfloat16;
    return this;
  }

  /// Names the next layer that has parameters, which are then `name.weight` and `name.bias`. Layers
  /// without a name are `layers.0`, `layers.1` and so on, counting all that have parameters; where
  /// such a name was given to another layer, adding one without a name is refused likewise.
  ///
  /// @throws org.nero4j.InvalidArgumentException if another layer has that name
  public NetworkBuilder named(String name) {
    if (name == null) {
      throw NativeErrors.of(Status.NULL, "name is null");
    }
    requireNew(name);
    this.name = name;
    return this;
  }

  private void requireNew(String name) {
    if (names.contains(name)) {
      throw NativeErrors.of(Status.ARGUMENT, "there is a layer '%s' already".formatted(name));
    }
  }

  /// `y = x W^T + b`, with `W` of `[outputs, width of x]`.
  public NetworkBuilder linear(int outputs, boolean bias) {
    int input = last;
    return addWithParameters(
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

  /// A convolution: `outputs` filters over all channels, or over those of their group.
  ///
  /// @param groups 1: all channels; as many as channels: each filter sees one
  public NetworkBuilder convolution(int outputs, Window window, int groups, boolean bias) {
    int input = last;
    return addWithParameters(
        windowed(
            window,
            (network, w, output, error) ->
                nero_nn_h.nero_nn_add_convolution(
                    network, input, w, outputs, groups, bias ? 1 : 0, output, error)));
  }

  /// A convolution over all channels.
  public NetworkBuilder convolution(int outputs, Window window, boolean bias) {
    return convolution(outputs, window, 1, bias);
  }

  /// The greatest of each window.
  public NetworkBuilder maxPool(Window window) {
    int input = last;
    return add(
        windowed(
            window,
            (network, w, output, error) ->
                nero_nn_h.nero_nn_add_max_pool(network, input, w, output, error)));
  }

  /// The mean of each window, zeros of the padding counted.
  public NetworkBuilder averagePool(Window window) {
    int input = last;
    return add(
        windowed(
            window,
            (network, w, output, error) ->
                nero_nn_h.nero_nn_add_average_pool(network, input, w, output, error)));
  }

  /// The mean of each channel: an image of one pixel.
  public NetworkBuilder globalAveragePool() {
    int input = last;
    return add(
        (network, output, error) ->
            nero_nn_h.nero_nn_add_global_average_pool(network, input, output, error));
  }

  /// Batch norm over the channels of images or the elements of vectors, with PyTorch's epsilon of
  /// 1e-5 and momentum of 0.1; evaluation uses the running mean and variance, see
  /// [Model#buffers()].
  public NetworkBuilder batchNorm() {
    return batchNorm(1e-5, 0.1);
  }

  /// Batch norm.
  ///
  /// @param epsilon what is added to the variance
  /// @param momentum share of a batch in the running mean and variance
  public NetworkBuilder batchNorm(double epsilon, double momentum) {
    int input = last;
    return addWithParameters(
        (network, output, error) ->
            nero_nn_h.nero_nn_add_batch_norm(network, input, epsilon, momentum, output, error));
  }

  /// Layer norm over the elements of a vector, with PyTorch's epsilon of 1e-5.
  public NetworkBuilder layerNorm() {
    return layerNorm(1e-5);
  }

  /// Layer norm over the elements of a vector.
  public NetworkBuilder layerNorm(double epsilon) {
    int input = last;
    return addWithParameters(
        (network, output, error) ->
            nero_nn_h.nero_nn_add_layer_norm(network, input, epsilon, output, error));
  }

  /// In training, zero with this probability, else divided by what is left; nothing in evaluation.
  /// What is dropped depends on the seed, the layer and [Model#step()] alone.
  public NetworkBuilder dropout(double probability) {
    int input = last;
    int layer = layers.size();
    // Asked for when the network is built, so that the order of calls does not matter.
    return add(
        (network, output, error) ->
            nero_nn_h.nero_nn_add_dropout(
                network, input, probability, seed + layer * 0x9E3779B97F4A7C15L, output, error));
  }

  /// An image as a vector.
  public NetworkBuilder flatten() {
    int input = last;
    return add(
        (network, output, error) -> nero_nn_h.nero_nn_add_flatten(network, input, output, error));
  }

  /// Rows of a table, one after the other, for the tokens that the network's input lists: whole
  /// numbers from 0 to `vocabulary - 1`, as floats.
  public NetworkBuilder embedding(int vocabulary, int width) {
    int input = last;
    return addWithParameters(
        (network, output, error) ->
            nero_nn_h.nero_nn_add_embedding(network, input, vocabulary, width, output, error));
  }

  /// `y = x + other`: the join of a residual branch. Both have one shape.
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

  /// Adds itself to a native network, given its window.
  @FunctionalInterface
  private interface WindowedLayer {
    int add(MemorySegment network, MemorySegment window, MemorySegment output, MemorySegment error);
  }

  private static Layer windowed(Window window, WindowedLayer layer) {
    if (window == null) {
      throw NativeErrors.of(Status.NULL, "window is null");
    }
    return (network, output, error) -> {
      try (Arena arena = Arena.ofConfined()) {
        return layer.add(network, window.toNative(arena), output, error);
      }
    };
  }

  private NetworkBuilder addWithParameters(Layer layer) {
    if (name == null) {
      String counted = "layers." + names.size();
      requireNew(counted);
      names.add(counted);
    } else {
      names.add(name);
    }
    name = null;
    return add(layer);
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
  /// @throws org.nero4j.SizeMismatchException if shapes do not fit together
  /// @throws org.nero4j.UnsupportedException if bfloat16 is asked for and this processor has none
  /// @throws org.nero4j.SequenceException if a tensor does not lead to the logits, or a name to a
  ///   layer
  /// @throws org.nero4j.OutOfNativeMemoryException if the buffers cannot be had
  public Network build() {
    if (name != null) {
      throw NativeErrors.of(
          Status.SEQUENCE, "no layer with parameters follows the name '%s'".formatted(name));
    }
    LayersLibrary.require();
    return new Network(this);
  }
}
