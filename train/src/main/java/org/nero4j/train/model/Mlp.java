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
  public static final class Builder extends ModelBuilder<Builder> {
    private int inputs;
    private int width = 784;
    private int depth = 5;
    private Activation activation = Activation.SCALED_RELU;
    private boolean bias = true;

    private Builder() {
      super(Initialization.TORCH);
    }

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

    @Override
    NetworkBuilder input(int batchSize) {
      return Network.of(inputs, batchSize);
    }

    @Override
    void add(NetworkBuilder layers, int classes) {
      if (depth < 1) {
        throw NativeErrors.of(
            Status.ARGUMENT, "depth is %d, it must be 1 or more".formatted(depth));
      }
      requireNotNull("activation", activation);
      for (int layer = 1; layer < depth; layer++) {
        layers.linear(width, bias).relu(activation.scale);
      }
      layers.linear(classes, bias);
    }
  }
}
