package org.nero4j.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nero4j.Adam;
import org.nero4j.Constraint;
import org.nero4j.DegenerateNeuronException;
import org.nero4j.DegeneratePolicy;
import org.nero4j.Device;
import org.nero4j.Fromage;
import org.nero4j.Lamb;
import org.nero4j.Madam;
import org.nero4j.Nero;
import org.nero4j.Optimizer;
import org.nero4j.OptimizerBuilder;
import org.nero4j.Parameter;

/// Gradients that are tiny, huge or zero, beside exact arithmetic: where float32 implementations
/// freeze or poison a neuron, ours follow the exact result.
class EdgeTest {
  private static final Safetensors EDGE = Safetensors.resource("edge.safetensors");

  record Case(String input, String optimizer) {}

  static Stream<Case> finiteInput() {
    List<String> inputs =
        List.of(
            "zero_grad_row",
            "zero_grad_first_step",
            "huge_grad_once",
            "tiny_grad_row_1e-18",
            "tiny_grad_row_1e-21",
            "tiny_grad_row_1e-30",
            "denormal_grad_row",
            "bias_zero_init");
    List<String> optimizers =
        List.of("nero", "nero_noconstraints", "adam", "madam", "lamb_nero", "fromage");
    return inputs.stream().flatMap(i -> optimizers.stream().map(o -> new Case(i, o)));
  }

  private static OptimizerBuilder<?, ?> builder(String optimizer) {
    return switch (optimizer) {
      case "nero" -> Nero.withLearningRate(0.01);
      case "nero_noconstraints" -> Nero.withLearningRate(0.01).constraint(Constraint.NONE);
      case "adam" -> Adam.withLearningRate(0.001);
      case "madam" -> Madam.withLearningRate(0.01);
      case "lamb_nero" -> Lamb.withLearningRate(0.001);
      case "fromage" -> Fromage.withLearningRate(0.01);
      default -> throw new IllegalArgumentException(optimizer);
    };
  }

  private static Parameter parameter(String input, float[] w, float[] g) {
    long[] shape = EDGE.shape(input + "/w0");
    return shape.length > 1
        ? Parameter.matrix(input, w, g, shape[0], shape[1])
        : Parameter.vector(input, w, g);
  }

  @ParameterizedTest
  @MethodSource("finiteInput")
  void followsExactArithmetic(Case c) {
    float[] w = EDGE.floats(c.input() + "/w0");
    float[] g = new float[w.length];
    float[] pool = EDGE.floats(c.input() + "/g");
    try (Device device = Device.cpu()) {
      Optimizer optimizer = builder(c.optimizer()).over(device, parameter(c.input(), w, g));
      for (int step = 0; step < 6; step++) {
        System.arraycopy(pool, step * w.length, g, 0, w.length);
        optimizer.step();
      }
    }
    double[] exact = EDGE.doubles(c.input() + "/" + c.optimizer() + "/out64/6");
    // Madam keeps the root of its moment as a float, which has few digits left where gradients are
    // denormal.
    boolean coarse = c.optimizer().equals("madam") && c.input().equals("denormal_grad_row");
    Gate.requireClose(c.toString(), exact, w, coarse ? 2e-2 : 1e-5);
  }

  @ParameterizedTest
  @ValueSource(strings = {"equal_row_exact", "zero_weight_row", "equal_row_rounding", "fan_in_1"})
  void aNeuronThatCannotBeBalancedIsRefusedOrExempt(String input) {
    float[] w = EDGE.floats(input + "/w0");
    float[] before = w.clone();
    float[] g = Arrays.copyOf(EDGE.floats(input + "/g"), w.length);
    try (Device device = Device.cpu()) {
      assertThatThrownBy(() -> Nero.withLearningRate(0.01).over(device, parameter(input, w, g)))
          .isInstanceOf(DegenerateNeuronException.class)
          .hasMessageContaining(input);
      assertThat(w).containsExactly(before);
      Nero nero =
          Nero.withLearningRate(0.01)
              .degenerate(DegeneratePolicy.EXEMPT)
              .over(device, parameter(input, w, g));
      nero.step();
      assertThat(nero.report().neuronsExempt()).isPositive();
      for (float x : w) {
        assertThat(x).isFinite();
      }
    }
  }
}
