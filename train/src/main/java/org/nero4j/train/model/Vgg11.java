package org.nero4j.train.model;

import org.nero4j.train.nn.Initialization;
import org.nero4j.train.nn.NetworkBuilder;
import org.nero4j.train.nn.Window;

/// VGG-11 as "Learning by Turning" has it for CIFAR-10: eight convolutions of 3 x 3 without bias,
/// no batch norm, five max pools, and a classifier of two hidden layers of 4096 with dropout. After
/// Simonyan and Zisserman, "Very deep convolutional networks for large-scale image recognition"
/// (2015).
///
/// ```java
/// Model model = Vgg11.builder().classes(10).batchSize(128).seed(1).build();
/// ```
public final class Vgg11 {
  /// Channels of the convolutions; 0: a pool.
  private static final int[] FEATURES = {64, 0, 128, 0, 256, 256, 0, 512, 512, 0, 512, 512, 0};

  private Vgg11() {}

  /// Starts one for CIFAR's 3 x 32 x 32; images are 32 x 32 at least.
  public static Builder builder() {
    return new Builder();
  }

  /// What it is made of.
  public static final class Builder extends ImageModelBuilder<Builder> {
    private double dropout = 0.5;

    private Builder() {
      super(Initialization.KAIMING_FAN_OUT, 3, 32, 32);
    }

    /// Probability, 0 to below 1, with which an element behind a hidden layer of the classifier is
    /// dropped; a half unless told otherwise.
    public Builder dropout(double dropout) {
      this.dropout = dropout;
      return this;
    }

    @Override
    void add(NetworkBuilder layers, int classes) {
      int place = 0; // among PyTorch's modules, which count ReLUs and pools
      for (int channels : FEATURES) {
        if (channels == 0) {
          layers.maxPool(Window.of(2).stride(2));
          place++;
        } else {
          layers.named("features." + place).convolution(channels, Window.of(3).padding(1), false);
          layers.relu();
          place += 2;
        }
      }
      layers.flatten();
      layers.named("classifier.0").linear(4096).relu().dropout(dropout);
      layers.named("classifier.3").linear(4096).relu().dropout(dropout);
      layers.named("classifier.6").linear(classes);
    }
  }
}
