package org.nero4j.train.experiment;

import org.nero4j.train.data.Augmentation;
import org.nero4j.train.loop.Schedule;
import org.nero4j.train.run.ModelSettings;

/// What the experiments on CIFAR-10 share: the paper's data and schedule, and smaller ones for two
/// cores.
final class Balancing {
  /// The paper's, of the experiments about balance.
  static final double[] RATES = {0.01, 0.02, 0.04, 0.06, 0.08, 0.1};

  private Balancing() {}

  /// A perceptron at small scale, else the paper's VGG-11.
  static ModelSettings model(Scale scale) {
    return ModelSettings.parse(scale.pick("mlp:depth=5,width=128", "vgg11", "vgg11"));
  }

  static Grid grid(String name, Scale scale, String data) {
    return scale == Scale.SMALL
        ? new Grid(name, Grid.GridData.of(data), Schedule.parse("cosine"), 6).batch(100).seeds(0, 1)
        : cifar(name, scale, data);
  }

  /// The paper's 200 epochs with warm-up and three drops; or ten thousand images for three epochs.
  static Grid cifar(String name, Scale scale, String data) {
    return scale == Scale.PAPER
        ? new Grid(
                name,
                new Grid.GridData(data, 0, 0, Augmentation.CROP_FLIP),
                Schedule.parse("warmup:5+step:100,150,180"),
                200)
            .seeds(0, 1, 2)
        : new Grid(
            name,
            new Grid.GridData(data, 10_000, 2_000, Augmentation.CROP_FLIP),
            Schedule.parse("cosine"),
            scale.pick(3, 10, 0));
  }
}
