package org.nero4j.train.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nero4j.CpuSettings;
import org.nero4j.Device;
import org.nero4j.Nero;
import org.nero4j.Optimizer;
import org.nero4j.OptimizerBuilder;
import org.nero4j.Sgd;
import org.nero4j.train.data.Augmentation;
import org.nero4j.train.data.Dataset;
import org.nero4j.train.data.Datasets;
import org.nero4j.train.model.Mlp;
import org.nero4j.train.nn.Model;
import org.nero4j.train.nn.ModelParameter;

class TrainerTest {
  private static final Dataset.Split DATA = Datasets.open("sample").limited(530, 130);

  private static Outcome run(
      OptimizerBuilder<?, ?> builder, Plan plan, Trainer.Listener listener, BooleanSupplier stop) {
    try (Device device = Device.cpu(CpuSettings.defaults().withThreads(1));
        Model model =
            Mlp.builder()
                .inputs(784)
                .classes(10)
                .width(24)
                .depth(2)
                .batchSize(50)
                .threads(1)
                .seed(5)
                .build();
        Optimizer optimizer =
            builder.over(
                device, model.parameters().stream().map(ModelParameter::toParameter).toList())) {
      return new Trainer(model, optimizer, plan, stop).run(DATA, listener);
    }
  }

  private static Outcome run(Plan plan) {
    return run(Nero.withLearningRate(0.01), plan, new Trainer.Listener() {}, () -> false);
  }

  @ParameterizedTest
  @EnumSource(Augmentation.class)
  void anotherThreadThatMakesTheBatchesChangesNothing(Augmentation augmentation) {
    Outcome with = run(new Plan(Schedule.CONSTANT, 3, 7, augmentation, true));
    Outcome without = run(new Plan(Schedule.CONSTANT, 3, 7, augmentation, false));
    assertThat(with.weightsChecksum()).isEqualTo(without.weightsChecksum());
    assertThat(with.epochs().getLast().trainLoss())
        .isEqualTo(without.epochs().getLast().trainLoss());
  }

  @Test
  void augmentationAndSeedChangeWhatIsLearned() {
    long plain = run(Plan.of(2, 7)).weightsChecksum();
    assertThat(run(Plan.of(2, 8)).weightsChecksum()).isNotEqualTo(plain);
    assertThat(run(new Plan(Schedule.CONSTANT, 2, 7, Augmentation.FLIP, true)).weightsChecksum())
        .isNotEqualTo(plain);
  }

  @Test
  void anEpochSaysWhatItsBatchesSaid() {
    List<double[]> batches = new ArrayList<>();
    Outcome outcome =
        run(
            Nero.withLearningRate(0.01),
            Plan.of(1, 3),
            new Trainer.Listener() {
              @Override
              public void batch(int epoch, int batch, int rows, double loss, int correct) {
                batches.add(new double[] {rows, loss, correct});
              }
            },
            () -> false);
    // 530 images are ten batches of 50 and one of 30.
    assertThat(batches).hasSize(11);
    assertThat(batches.getLast()[0]).isEqualTo(30);
    double loss = batches.stream().mapToDouble(b -> b[0] * b[1]).sum() / 530;
    double accuracy = batches.stream().mapToDouble(b -> b[2]).sum() / 530;
    Epoch epoch = outcome.epochs().getFirst();
    assertThat(epoch.trainLoss()).isCloseTo(loss, within(1e-12));
    assertThat(epoch.trainAccuracy()).isCloseTo(accuracy, within(1e-12));
    assertThat(epoch.step()).isEqualTo(11);
    assertThat(outcome.steps()).isEqualTo(11);
    assertThat(epoch.testLoss()).isPositive();
  }

  @Test
  void neuronsAreBalancedAndTurnByTheLearningRate() {
    // After many steps a neuron turns by about the rate; after each it is balanced.
    Outcome nero = run(Plan.of(6, 3));
    for (Epoch epoch : nero.epochs()) {
      assertThat(epoch.balance().meanAbsMean()).isLessThan(1e-6);
      assertThat(epoch.balance().maxNormError()).isLessThan(1e-6);
      assertThat(epoch.balance().meanAngle()).isBetween(0.001, 0.03);
      assertThat(epoch.balance().maxAngle()).isGreaterThan(epoch.balance().meanAngle());
    }
    Outcome sgd =
        run(Sgd.withLearningRate(0.1), Plan.of(1, 3), new Trainer.Listener() {}, () -> false);
    assertThat(sgd.epochs().getFirst().balance().maxNormError()).isGreaterThan(0.1);
    Outcome still =
        run(Sgd.withLearningRate(0), Plan.of(1, 3), new Trainer.Listener() {}, () -> false);
    assertThat(still.epochs().getFirst().balance().maxAngle()).isZero();
  }

  @Test
  void stopsAfterTheBatchAtHand() {
    int[] batches = {0};
    Trainer.Listener counting =
        new Trainer.Listener() {
          @Override
          public void batch(int epoch, int batch, int rows, double loss, int correct) {
            batches[0]++;
          }
        };
    Outcome outcome =
        run(Nero.withLearningRate(0.01), Plan.of(5, 3), counting, () -> batches[0] == 15);
    assertThat(outcome.ending()).isEqualTo(Outcome.Ending.STOPPED);
    assertThat(outcome.steps()).isEqualTo(15);
    assertThat(outcome.epochs()).hasSize(1);
    // At the end of an epoch too, whose result is then kept.
    batches[0] = 0;
    outcome = run(Nero.withLearningRate(0.01), Plan.of(5, 3), counting, () -> batches[0] == 11);
    assertThat(outcome.ending()).isEqualTo(Outcome.Ending.STOPPED);
    assertThat(outcome.steps()).isEqualTo(11);
    assertThat(outcome.epochs()).hasSize(1);
  }

  @Test
  void aRunWhoseLossIsNoNumberEndsWithThatEpoch() {
    Outcome outcome =
        run(Sgd.withLearningRate(1e6), Plan.of(50, 3), new Trainer.Listener() {}, () -> false);
    assertThat(outcome.ending()).isEqualTo(Outcome.Ending.DIVERGED);
    assertThat(outcome.epochs()).hasSizeLessThan(50);
    assertThat(outcome.epochs().getLast().trainLoss()).isNaN();
  }
}
