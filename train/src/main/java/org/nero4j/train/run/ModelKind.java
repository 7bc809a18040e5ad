package org.nero4j.train.run;

import org.nero4j.train.data.Dataset;
import org.nero4j.train.model.ImageModelBuilder;
import org.nero4j.train.model.LeNet;
import org.nero4j.train.model.Mlp;
import org.nero4j.train.model.ModelBuilder;
import org.nero4j.train.model.ResNet18;
import org.nero4j.train.model.Vgg11;

/// Networks by name.
public enum ModelKind {
  MLP(250),
  LENET(128),
  VGG11(128),
  RESNET18(128);

  private final int defaultBatch;

  ModelKind(int defaultBatch) {
    this.defaultBatch = defaultBatch;
  }

  /// Images a step when nothing else is said; the paper's.
  public int defaultBatch() {
    return defaultBatch;
  }

  @Override
  public String toString() {
    return Names.of(this);
  }

  /// What makes one for the images of a data set.
  ModelBuilder<?> builder(Dataset data, ModelSettings settings) {
    return switch (this) {
      case MLP ->
          Mlp.builder()
              .inputs(data.features())
              .width(settings.width())
              .depth(settings.depth())
              .bias(settings.bias());
      case LENET -> shaped(LeNet.builder(), data);
      case VGG11 -> shaped(Vgg11.builder(), data);
      case RESNET18 -> shaped(ResNet18.builder(), data);
    };
  }

  private static ModelBuilder<?> shaped(ImageModelBuilder<?> builder, Dataset data) {
    return builder.shape(data.channels(), data.height(), data.width());
  }
}
