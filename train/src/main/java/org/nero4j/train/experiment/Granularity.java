package org.nero4j.train.experiment;

import java.util.List;
import org.nero4j.train.run.OptimizerSettings;
import org.nero4j.train.run.RunSettings;

/// A relative step by weight (Madam), by neuron (Nero) and by layer (LAMB), each with and without
/// balance (Figure 2).
final class Granularity implements Experiment {
  @Override
  public String name() {
    return "granularity";
  }

  @Override
  public String question() {
    return "Is it the neuron that a relative step should be measured by, and does balance help"
        + " others too?";
  }

  @Override
  public String paper() {
    return "Figure 2 (VGG-11 on CIFAR-10, top-1 error at the best rate, free and balanced): Madam"
        + " 12.77 and 12.60 %, Nero 12.17 and 8.61 %, LAMB 12.73 and 8.88 %.";
  }

  @Override
  public String fullData() {
    return "CIFAR-10's binary version";
  }

  @Override
  public List<RunSettings> cells(Scale scale, String data) {
    Grid grid = Balancing.grid(name(), scale, data);
    for (String optimizer : List.of("madam", "nero", "lamb:beta1=0")) {
      String join = optimizer.contains(":") ? "," : ":";
      for (String constraint : List.of("none", "balanced")) {
        grid.arm(
            optimizer.replaceAll(":.*", "") + (constraint.equals("none") ? ", free" : ", balanced"),
            Balancing.model(scale),
            OptimizerSettings.parse(optimizer + join + "constraint=" + constraint),
            Balancing.RATES);
      }
    }
    return grid.cells();
  }
}
