package org.nero4j.train.experiment;

import java.util.List;
import java.util.Locale;
import org.nero4j.train.loop.Schedule;
import org.nero4j.train.nn.Initialization;
import org.nero4j.train.run.ModelSettings;
import org.nero4j.train.run.OptimizerSettings;
import org.nero4j.train.run.RunReport;
import org.nero4j.train.run.RunSettings;

/// A hundred layers without skips, norms or a fitting initialisation (Figure 3, right).
///
/// The paper starts all from PyTorch's default. There the signal dies out in the first thirty
/// layers unless an optimiser projects the weights when it is made, which Nero alone does. So that
/// part of the difference is the start, not the steps: the arms `balanced start`, which the paper
/// did not run, give every optimiser balanced neurons to start from.
final class DeepMlp implements Experiment {
  @Override
  public String name() {
    return "deep-mlp";
  }

  @Override
  public String question() {
    return "Which optimiser trains a perceptron of 100 layers, from PyTorch's and from a balanced"
        + " start?";
  }

  @Override
  public String paper() {
    return "Figure 3, right (MNIST, training accuracy after 50 epochs, 3 seeds): Nero 87 to 97 %,"
        + " LAMB 67 to 73 %, Adam and SGD 11 %, which is chance; a balanced start was not run.";
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
  public Published published(List<RunReport> runs) {
    boolean alike =
        runs.stream()
            .map(RunReport::conditions)
            .allMatch(
                c ->
                    c.model().equals("mlp of 100 layers, 784 wide")
                        && c.data().contains("(60,000 training and 10,000 test images)")
                        && !c.data().toLowerCase(Locale.ROOT).contains("fashion")
                        && c.schedule().equals("exponential")
                        && c.batch() == 250);
    return alike ? new Published("deep-mlp.csv") : null;
  }

  @Override
  public String fullData() {
    return "MNIST";
  }

  @Override
  public List<RunSettings> cells(Scale scale, String data) {
    // The sample has a fifth of MNIST's images: five times the epochs are as many steps.
    boolean sample = data.equals("sample");
    Schedule schedule =
        Schedule.parse(
            scale.pick(
                sample ? "exponential:0.956" : "exponential:0.8",
                "exponential:0.9",
                "exponential:0.9"));
    int epochs = scale.pick(sample ? 30 : 6, 16, 50);
    ModelSettings torch = ModelSettings.parse("mlp:depth=100,width=" + scale.pick(128, 784, 784));
    ModelSettings balanced = torch.withInitialization(Initialization.BALANCED);
    Grid grid = new Grid(name(), Grid.GridData.of(data), schedule, epochs);
    // At this depth a seed decides whether training takes off early or late.
    long[] three = {0, 1, 2};
    grid.seeds(scale.pick(three, new long[] {0}, three));
    // The rates that the paper chose by seed 0; three times Nero's for the narrow network.
    String nero = "nero:lr=" + scale.pick(0.003, 0.001, 0.001);
    for (String optimizer : List.of(nero, "lamb:lr=0.01", "adam:lr=0.001", "sgd:lr=0.1")) {
      OptimizerSettings settings = OptimizerSettings.parse(optimizer);
      grid.arm(settings.label(), torch, settings);
      grid.arm(settings.label() + ", balanced start", balanced, settings);
    }
    return grid.cells();
  }
}
