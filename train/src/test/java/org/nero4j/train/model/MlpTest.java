package org.nero4j.train.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nero4j.InvalidArgumentException;
import org.nero4j.train.nn.Initialization;
import org.nero4j.train.nn.Model;
import org.nero4j.train.nn.ModelParameter;

class MlpTest {
  private static final int BATCH = 6;

  private static Mlp.Builder small() {
    return Mlp.builder().inputs(5).width(7).depth(3).classes(4).batchSize(BATCH).threads(1).seed(3);
  }

  @ParameterizedTest
  @EnumSource(Mlp.Activation.class)
  void gradientsAreTheSlopesOfTheLossForWholeAndPartialBatches(Mlp.Activation activation) {
    for (int rows : new int[] {BATCH, BATCH - 2}) {
      try (Model model = small().activation(activation).build()) {
        Slopes.deal(model);
        model.train(rows);
        for (ModelParameter p : model.parameters()) {
          float[] gradients = p.gradients().toArray(ValueLayout.JAVA_FLOAT);
          double worst = 0;
          double largest = 0;
          for (int i = 0; i < gradients.length; i++) {
            // Small enough to seldom cross the kink of a ReLU, large enough for float logits.
            double slope = Slopes.of(model, p.weights(), i, rows, 4e-4f);
            worst = Math.max(worst, Math.abs(slope - gradients[i]));
            largest = Math.max(largest, Math.abs(slope));
          }
          assertThat(largest).isPositive();
          assertThat(worst).as("%s, %d rows", p.name(), rows).isLessThan(0.02 * largest);
        }
      }
    }
  }

  @Test
  void parametersAreNamedAndShapedAsPyTorchHasThem() {
    try (Model model = small().build()) {
      assertThat(model.parameters().stream().map(p -> p.toParameter().toString()))
          .containsExactly(
              "layers.0.weight 7 x 5 (ROWS)",
              "layers.0.bias 7 x 1 (VECTOR)",
              "layers.1.weight 7 x 7 (ROWS)",
              "layers.1.bias 7 x 1 (VECTOR)",
              "layers.2.weight 4 x 7 (ROWS)",
              "layers.2.bias 4 x 1 (VECTOR)");
      assertThat(model.features()).isEqualTo(5);
      assertThat(model.classes()).isEqualTo(4);
      assertThat(model.batchSize()).isEqualTo(BATCH);
    }
    try (Model model = small().bias(false).depth(1).build()) {
      assertThat(model.parameters().stream().map(ModelParameter::name))
          .containsExactly("layers.0.weight");
    }
  }

  @Test
  void theSeedAndTheInitializationMakeTheWeights() {
    try (Model a = small().build();
        Model b = small().build();
        Model c = small().seed(4).build();
        Model d = small().initialization(Initialization.XAVIER_NORMAL).build()) {
      assertThat(weights(a)).isEqualTo(weights(b)).isNotEqualTo(weights(c));
      assertThat(weights(d)).isNotEqualTo(weights(a));
    }
  }

  private static float[] weights(Model model) {
    return model.parameters().getFirst().weights().toArray(ValueLayout.JAVA_FLOAT);
  }

  @Test
  void wrongShapesAreNamed() {
    wrong(small().depth(0), "depth is 0");
    wrong(small().width(0), "outputs is 0");
    wrong(small().batchSize(0), "batch is 0");
    wrong(small().threads(-1), "threads is -1");
    wrong(small().activation(null), "activation is null");
    wrong(small().initialization(null), "initialization is null");
    wrong(Mlp.builder().batchSize(1).classes(2), "features is 0");
  }

  private static void wrong(Mlp.Builder builder, String message) {
    assertThatThrownBy(builder::build)
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining(message);
  }
}
