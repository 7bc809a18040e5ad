package org.nero4j.train.experiment;

import java.util.List;
import org.nero4j.train.run.OptimizerSettings;
import org.nero4j.train.run.RunSettings;

/// Nero with the mean held, the norm held, both, and neither (Figure 1).
final class Ablation implements Experiment {
  @Override
  public String name() {
    return "ablation";
  }

  @Override
  public String question() {
    return "What do the two halves of balance, zero mean and unit norm, do for Nero?";
  }

  @Override
  public String paper() {
    return "Figure 1 (VGG-11 on CIFAR-10, top-1 error at the best rate): neither 12.17 %, mean"
        + " 11.99 %, norm 10.03 %, both 8.61 %.";
  }

  @Override
  public String fullData() {
    return "CIFAR-10's binary version";
  }

  @Override
  public List<RunSettings> cells(Scale scale, String data) {
    Grid grid = Balancing.grid(name(), scale, data);
    for (String constraint : List.of("none", "mean", "norm", "balanced")) {
      grid.arm(
          "nero, " + (constraint.equals("balanced") ? "mean and norm" : constraint),
          Balancing.model(scale),
          OptimizerSettings.parse("nero:constraint=" + constraint),
          Balancing.RATES);
    }
    return grid.cells();
  }
}
