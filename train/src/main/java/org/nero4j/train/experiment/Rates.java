package org.nero4j.train.experiment;

import java.util.List;
import org.nero4j.train.loop.Schedule;
import org.nero4j.train.run.ModelSettings;
import org.nero4j.train.run.OptimizerSettings;
import org.nero4j.train.run.RunSettings;

/// Accuracy against learning rate over five decades, every optimiser: the paper's "little to no
/// tuning" in one picture.
final class Rates implements Experiment {
  @Override
  public String name() {
    return "rates";
  }

  @Override
  public String question() {
    return "How much does each optimiser depend on its learning rate?";
  }

  @Override
  public String paper() {
    return "Abstract and section 4: Nero's 0.01 works \"out of the box\" in most tasks; its own"
        + " search on CIFAR-10 still gives 11.2 % error at 0.01 and 8.6 % at 0.02.";
  }

  @Override
  public String fullData() {
    return "MNIST or Fashion-MNIST";
  }

  @Override
  public List<RunSettings> cells(Scale scale, String data) {
    double[] decades = {1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1};
    double[] halves = {1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1};
    ModelSettings model =
        ModelSettings.parse(
            scale.pick("mlp:depth=3,width=128", "mlp:depth=5,width=256", "mlp:depth=5,width=784"));
    Grid grid =
        new Grid(name(), Grid.GridData.of(data), Schedule.CONSTANT, scale.pick(3, 3, 5))
            .seeds(scale.pick(new long[] {0, 1}, new long[] {0, 1}, new long[] {0, 1, 2}));
    for (String name :
        List.of("nero", "sgd", "sgd:momentum=0.9", "adam", "lamb", "madam", "fromage")) {
      OptimizerSettings optimizer = OptimizerSettings.parse(name);
      grid.arm(optimizer.label(), model, optimizer, scale.pick(decades, halves, halves));
    }
    return grid.cells();
  }
}
