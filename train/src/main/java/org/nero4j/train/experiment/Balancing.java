package org.nero4j.train.experiment;

import org.nero4j.train.loop.Schedule;
import org.nero4j.train.run.ModelSettings;

/// What the two experiments about balance share: the paper's VGG-11 on CIFAR-10, or a perceptron on
/// the sample where that takes too long.
final class Balancing {
  /// The paper's.
  static final double[] RATES = {0.01, 0.02, 0.04, 0.06, 0.08, 0.1};

  private Balancing() {}

  static String data(Scale scale, String experiment) {
    if (scale == Scale.SMALL) {
      return "sample";
    }
    throw Experiment.needs("MNIST or Fashion-MNIST", scale, experiment);
  }

  static ModelSettings model(Scale scale) {
    return ModelSettings.parse(
        scale.pick("mlp:depth=5,width=128", "mlp:depth=5,width=784", "mlp:depth=5,width=784"));
  }

  static Grid grid(String name, Scale scale, String data) {
    return new Grid(
            name,
            Grid.GridData.of(data),
            Schedule.parse("cosine"),
            scale.pick(6, 5, 20),
            scale.pick(100, 128, 128))
        .seeds(scale.pick(new long[] {0, 1}, new long[] {0}, new long[] {0, 1, 2}));
  }
}
