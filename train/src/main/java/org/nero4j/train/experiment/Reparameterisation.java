package org.nero4j.train.experiment;

import java.util.List;
import org.nero4j.train.loop.Schedule;
import org.nero4j.train.run.ModelSettings;
import org.nero4j.train.run.OptimizerSettings;
import org.nero4j.train.run.RunSettings;

/// Balance by what the weights are made of (centred weight norm under Adam) against balance by the
/// optimiser (Nero); Figure 3, left.
///
/// The network that centred weight norm makes does not depend on sigma, the size of the weights
/// behind it; how fast Adam turns it does. Nero has no such number.
final class Reparameterisation implements Experiment {
  @Override
  public String name() {
    return "reparameterisation";
  }

  @Override
  public String question() {
    return "Is balance by reparameterisation as good as balance by the optimiser?";
  }

  @Override
  public String paper() {
    return "Figure 3, left (MNIST, mean training accuracy of epochs 1 and 5): centred weight norm"
        + " with Adam at sigma 1: 94.2 and 99.2 %, at sigma 100: 54.9 and 92.2 %.";
  }

  @Override
  public Metric metric() {
    return Metric.TRAIN_ACCURACY;
  }

  @Override
  public boolean showsEpochs() {
    return true;
  }

  @Override
  public String fullData() {
    return "MNIST";
  }

  @Override
  public List<RunSettings> cells(Scale scale, String data) {
    ModelSettings plain =
        ModelSettings.parse("mlp:depth=5,width=" + scale.pick(256, 784, 784)).withoutBias();
    OptimizerSettings adam = OptimizerSettings.parse("adam:lr=0.01");
    return new Grid(name(), Grid.GridData.of(data), Schedule.CONSTANT, 5)
        .seeds(scale.pick(new long[] {0, 1}, new long[] {0}, new long[] {0, 1, 2}))
        .arm("nero", plain, OptimizerSettings.parse("nero:lr=0.01"))
        .arm("weight norm, sigma 1", plain.withWeightNorm(1), adam)
        .arm("weight norm, sigma 100", plain.withWeightNorm(100), adam)
        .cells();
  }
}
