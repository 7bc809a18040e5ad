package org.nero4j.train.model;

import org.nero4j.NativeErrors;
import org.nero4j.Status;
import org.nero4j.train.nn.Initialization;
import org.nero4j.train.nn.Network;
import org.nero4j.train.nn.NetworkBuilder;

/// The multilayer perceptron of "Learning by Turning": linear layers, an activation after each but
/// the last.
///
/// ```java
/// Model model = Mlp.builder().inputs(784).classes(10).depth(5).batchSize(250).seed(1).build();
/// ```
public final class Mlp {
  /// What follows a hidden layer.
  public enum Activation {
    /// `max(x, 0)`
    RELU(1),
    /// `sqrt(2) max(x, 0)`, which keeps the mean square of what passes, as the paper has it.
    SCALED_RELU(Math.sqrt(2));

    private final double scale;

    Activation(double scale) {
      this.scale = scale;
    }
  }

  private Mlp() {}

  /// Starts one, 784 wide and 5 deep unless told otherwise, as the paper's.
  public static Builder builder() {
    return new Builder();
  }

  /// What a perceptron is made of.
  public static final class Builder {
    private int inputs;
    private int width = 784;
    private int depth = 5;
    private int classes;
    private Activation activation = Activation.SCALED_RELU;
    private boolean bias = true;
    private int batchSize;
    private int threads;
    private long seed;
    private Initialization initialization = Initialization.TORCH;

    private Builder() {}

    /// Floats of an input; must be set.
    public Builder inputs(int inputs) {
      this.inputs = inputs;
      return this;
    }

    /// Neurons of a hidden layer.
    public Builder width(int width) {
      this.width = width;
      return this;
    }

    /// Linear layers, 1 or more.
    public Builder depth(int depth) {
      this.depth = depth;
      return this;
    }

    /// Neurons of the last layer; must be set.
    public Builder classes(int classes) {
      this.classes = classes;
      return this;
    }

    /// After every layer but the last.
    public Builder activation(Activation activation) {
      this.activation = activation;
      return this;
    }

    /// Whether layers have one.
    public Builder bias(boolean bias) {
      this.bias = bias;
      return this;
    }

    /// Rows of a batch; must be set.
    public Builder batchSize(int batchSize) {
      this.batchSize = batchSize;
      return this;
    }

    /// Threads of oneDNN; 0: all processors.
    public Builder threads(int threads) {
      this.threads = threads;
      return this;
    }

    /// Of the weights; the same bits on every machine.
    public Builder seed(long seed) {
      this.seed = seed;
      return this;
    }

    /// How the weights start; PyTorch's default unless told otherwise.
    public Builder initialization(Initialization initialization) {
      this.initialization = initialization;
      return this;
    }

    /// Makes the network and its first weights.
    ///
    /// @throws org.nero4j.InvalidArgumentException naming what is out of its range
    public Network build() {
      if (depth < 1) {
        throw NativeErrors.of(
            Status.ARGUMENT, "depth is %d, it must be 1 or more".formatted(depth));
      }
      if (activation == null || initialization == null) {
        throw NativeErrors.of(
            Status.NULL, (activation == null ? "activation" : "initialization") + " is null");
      }
      NetworkBuilder layers = Network.of(inputs, batchSize).threads(threads);
      for (int layer = 1; layer < depth; layer++) {
        layers.linear(width, bias).relu(activation.scale);
      }
      Network network = layers.linear(classes, bias).build();
      initialization.fill(network, seed);
      return network;
    }
  }
}
