package org.nero4j.train.model;

import org.nero4j.train.nn.Initialization;
import org.nero4j.train.nn.NetworkBuilder;
import org.nero4j.train.nn.Tensor;
import org.nero4j.train.nn.Window;

/// ResNet-18 in its form for CIFAR: a first convolution of 3 x 3 without a pool, then four stages
/// of two residual blocks, 64 to 512 channels wide. After He, Zhang, Ren and Sun, "Deep residual
/// learning for image recognition" (2016).
///
/// ```java
/// Model model = ResNet18.builder().classes(10).batchSize(128).seed(1).build();
/// ```
public final class ResNet18 {
  private ResNet18() {}

  /// Starts one for CIFAR's 3 x 32 x 32; images may have any size.
  public static Builder builder() {
    return new Builder();
  }

  /// What it is made of.
  public static final class Builder extends ImageModelBuilder<Builder> {
    private Builder() {
      super(Initialization.KAIMING_FAN_OUT, 3, 32, 32);
    }

    @Override
    void add(NetworkBuilder layers, int classes) {
      normed(layers, "conv1", "bn1", 64, Window.of(3).padding(1)).relu();
      for (int stage = 1; stage <= 4; stage++) {
        int channels = 32 << stage;
        block(layers, "layer" + stage + ".0.", channels, stage == 1 ? 1 : 2, stage > 1);
        block(layers, "layer" + stage + ".1.", channels, 1, false);
      }
      layers.globalAveragePool().flatten().named("fc").linear(classes);
    }

    /// Two convolutions beside a way that leads around them: unchanged, or by a convolution of one
    /// pixel where the shape is another.
    private static void block(
        NetworkBuilder layers, String name, int channels, int stride, boolean reshapes) {
      Tensor input = layers.tensor();
      Window three = Window.of(3).padding(1);
      normed(layers, name + "conv1", name + "bn1", channels, three.stride(stride)).relu();
      normed(layers, name + "conv2", name + "bn2", channels, three);
      if (reshapes) {
        Tensor branch = layers.tensor();
        layers.from(input);
        Window one = Window.of(1).stride(stride);
        normed(layers, name + "downsample.0", name + "downsample.1", channels, one);
        input = layers.tensor();
        layers.from(branch);
      }
      layers.add(input).relu();
    }

    private static NetworkBuilder normed(
        NetworkBuilder layers, String convolution, String norm, int channels, Window window) {
      layers.named(convolution).convolution(channels, window, false);
      return layers.named(norm).batchNorm();
    }
  }
}
