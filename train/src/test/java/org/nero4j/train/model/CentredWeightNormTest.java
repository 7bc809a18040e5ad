package org.nero4j.train.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nero4j.ClosedException;
import org.nero4j.train.nn.Model;
import org.nero4j.train.nn.ModelParameter;

class CentredWeightNormTest {
  private static final int BATCH = 6;

  private static Mlp.Builder inner() {
    return Mlp.builder().inputs(5).width(7).depth(3).classes(4).batchSize(BATCH).threads(1);
  }

  @ParameterizedTest
  @ValueSource(doubles = {1, 30})
  void gradientsAreTheSlopesOfTheLoss(double sigma) {
    try (Model model = new CentredWeightNorm(inner().build(), sigma, 3)) {
      Slopes.deal(model);
      model.train(BATCH);
      for (ModelParameter p : model.parameters()) {
        float[] gradients = p.gradients().toArray(ValueLayout.JAVA_FLOAT);
        double worst = 0;
        double largest = 0;
        for (int i = 0; i < gradients.length; i++) {
          double slope =
              Slopes.of(model, p.weights(), i, BATCH, (float) (p.matrix() ? 2e-3 * sigma : 4e-4));
          worst = Math.max(worst, Math.abs(slope - gradients[i]));
          largest = Math.max(largest, Math.abs(slope));
        }
        assertThat(largest).isPositive();
        assertThat(worst).as(p.name()).isLessThan(0.03 * largest);
      }
    }
  }

  @Test
  void itsNeuronsAreTheNetworksAndNotWhatTheyAreMadeOf() {
    try (Model model = new CentredWeightNorm(inner().build(), 100, 3)) {
      assertThat(model.neurons()).hasSize(3).allMatch(ModelParameter::matrix);
      for (ModelParameter p : model.neurons()) {
        float[] row = p.weights().asSlice(0, 4 * p.fanIn()).toArray(ValueLayout.JAVA_FLOAT);
        double squares = 0;
        for (float w : row) {
          squares += w * w;
        }
        assertThat(Math.sqrt(squares)).isCloseTo(1, org.assertj.core.api.Assertions.within(1e-5));
      }
    }
  }

  @Test
  void theNetworkIsBalancedAndTheSameForAnySigma() {
    try (Model network = inner().bias(false).build();
        Model one = new CentredWeightNorm(network, 1, 3);
        Model hundred = new CentredWeightNorm(inner().bias(false).build(), 100, 3)) {
      Slopes.deal(one);
      Slopes.deal(hundred);
      one.evaluate(BATCH);
      hundred.evaluate(BATCH);
      assertThat(one.loss())
          .isCloseTo(hundred.loss(), org.assertj.core.api.Assertions.within(1e-5));
      float[] row = network.parameters().getFirst().weights().toArray(ValueLayout.JAVA_FLOAT);
      double sum = 0;
      double squares = 0;
      for (int i = 0; i < 5; i++) {
        sum += row[i];
        squares += row[i] * row[i];
      }
      assertThat(Math.abs(sum)).isLessThan(1e-6);
      assertThat(Math.abs(squares - 1)).isLessThan(1e-6);
      // What is trained is the row behind it, of the deviation that was asked for.
      assertThat(one.parameters().getFirst().name()).isEqualTo("layers.0.weight_v");
      assertThat(deviation(hundred) / deviation(one)).isBetween(99.0, 101.0);
      assertThat(deviation(one)).isBetween(0.5, 1.5);
    }
  }

  private static double deviation(Model model) {
    float[] v = model.parameters().getFirst().weights().toArray(ValueLayout.JAVA_FLOAT);
    double squares = 0;
    for (float x : v) {
      squares += x * x;
    }
    return Math.sqrt(squares / v.length);
  }

  @Test
  void closesWithItsNetwork() {
    Model network = inner().build();
    Model model = new CentredWeightNorm(network, 1, 3);
    model.close();
    model.close();
    assertThatThrownBy(network::parameters).isInstanceOf(ClosedException.class);
    assertThatThrownBy(model::parameters).isInstanceOf(ClosedException.class);
    assertThatThrownBy(() -> model.train(1)).isInstanceOf(RuntimeException.class);
  }
}
