package org.nero4j.train.experiment;

import java.util.List;
import java.util.Map;
import org.nero4j.train.run.ModelSettings;
import org.nero4j.train.run.OptimizerSettings;
import org.nero4j.train.run.RunSettings;

/// VGG-11 and ResNet-18 on CIFAR-10 over optimisers and rates (Figure 6, Table 1).
///
/// No optimiser has momentum or weight decay, as in the paper.
final class Cifar implements Experiment {
  private static final double[] DECADES = {0.0001, 0.001, 0.01, 0.1, 1};

  /// The rates of the paper's Table 1, for a first look.
  private static final Map<String, Map<String, Double>> BEST =
      Map.of(
          "vgg11", Map.of("nero", 0.01, "sgd", 0.1, "adam", 0.001, "lamb", 0.01),
          "resnet18", Map.of("nero", 0.01, "sgd", 0.1, "adam", 0.01, "lamb", 0.1));

  @Override
  public String name() {
    return "cifar";
  }

  @Override
  public String question() {
    return "Which optimiser trains VGG-11 and ResNet-18 on CIFAR-10 best, and at which rate?";
  }

  @Override
  public String paper() {
    return "Table 1 (top-1 error after 200 epochs): VGG-11: Nero 11.16 %, SGD 12.61 %, Adam"
        + " 12.86 %, LAMB 13.66 %; ResNet-18: Nero 5.75 %, SGD 7.75 %, Adam 5.93 %, LAMB 6.46 %.";
  }

  @Override
  public String fullData() {
    return "CIFAR-10's binary version";
  }

  @Override
  public String data(Scale scale) {
    // The sample's images are too small for VGG-11.
    throw needed(scale);
  }

  @Override
  public List<RunSettings> cells(Scale scale, String data) {
    Grid grid = Balancing.cifar(name(), scale, data);
    for (String model : List.of("vgg11", "resnet18")) {
      for (String optimizer : List.of("nero", "sgd", "adam:beta1=0", "lamb:beta1=0")) {
        String plain = optimizer.replaceAll(":.*", "");
        double[] rates = scale == Scale.SMALL ? new double[] {BEST.get(model).get(plain)} : DECADES;
        grid.arm(
            model + ", " + plain,
            ModelSettings.parse(model),
            OptimizerSettings.parse(optimizer),
            rates);
      }
    }
    return grid.cells();
  }
}
