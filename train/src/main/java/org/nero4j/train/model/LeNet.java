package org.nero4j.train.model;

import org.nero4j.train.nn.Initialization;
import org.nero4j.train.nn.NetworkBuilder;
import org.nero4j.train.nn.Window;

/// LeNet-5 as it is taught today: two convolutions of 5 x 5, each with a ReLU and a max pool, and
/// three linear layers. After LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied
/// to document recognition" (1998).
///
/// ```java
/// Model model = LeNet.builder().shape(1, 28, 28).classes(10).batchSize(128).seed(1).build();
/// ```
public final class LeNet {
  private LeNet() {}

  /// Starts one for 28 x 28 greys; images are 12 x 12 at least.
  public static Builder builder() {
    return new Builder();
  }

  /// What it is made of.
  public static final class Builder extends ImageModelBuilder<Builder> {
    private Builder() {
      super(Initialization.TORCH, 1, 28, 28);
    }

    @Override
    void add(NetworkBuilder layers, int classes) {
      Window pool = Window.of(2).stride(2);
      layers.named("conv1").convolution(6, Window.of(5).padding(2), true).relu().maxPool(pool);
      layers.named("conv2").convolution(16, Window.of(5), true).relu().maxPool(pool).flatten();
      layers.named("fc1").linear(120).relu();
      layers.named("fc2").linear(84).relu();
      layers.named("fc3").linear(classes);
    }
  }
}
