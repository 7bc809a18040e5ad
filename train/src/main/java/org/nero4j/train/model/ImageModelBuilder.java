package org.nero4j.train.model;

import org.nero4j.train.nn.Initialization;
import org.nero4j.train.nn.Network;
import org.nero4j.train.nn.NetworkBuilder;

/// What a model that reads images is told.
///
/// @param <B> the model's own builder
public abstract sealed class ImageModelBuilder<B extends ImageModelBuilder<B>>
    extends ModelBuilder<B> permits LeNet.Builder, Vgg11.Builder, ResNet18.Builder {
  private int channels;
  private int height;
  private int width;

  ImageModelBuilder(Initialization initialization, int channels, int height, int width) {
    super(initialization);
    shape(channels, height, width);
  }

  /// Of an image.
  public B shape(int channels, int height, int width) {
    this.channels = channels;
    this.height = height;
    this.width = width;
    return self();
  }

  @Override
  NetworkBuilder input(int batchSize) {
    return Network.ofImages(channels, height, width, batchSize);
  }
}
