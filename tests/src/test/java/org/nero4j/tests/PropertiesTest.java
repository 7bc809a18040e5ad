package org.nero4j.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nero4j.Constraint;
import org.nero4j.Device;
import org.nero4j.Nero;
import org.nero4j.NonFinitePolicy;
import org.nero4j.Optimizer;
import org.nero4j.OptimizerBuilder;
import org.nero4j.Parameter;
import org.nero4j.ScaleKind;
import org.nero4j.StateInfo;

/// What holds for every optimiser of the table.
class PropertiesTest {
  private static final int NEURONS = 9;
  private static final int FAN_IN = 70;

  private final float[] weights = random(1, NEURONS * FAN_IN);
  private final float[] bias = random(2, NEURONS);
  private final float[] gradients = new float[NEURONS * FAN_IN];
  private final float[] biasGradients = new float[NEURONS];

  static java.util.List<String> kinds() {
    return OptimizerCases.kinds();
  }

  private static float[] random(long seed, int count) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private void nextGradients(int step) {
    float[] g = random(100 + step, gradients.length);
    for (int i = 0; i < g.length; i++) {
      // Of mixed size, with a dead neuron.
      gradients[i] = i / FAN_IN == 3 ? 0 : (float) (g[i] * Math.pow(10, i % 8 - 5));
    }
    System.arraycopy(random(200 + step, NEURONS), 0, biasGradients, 0, NEURONS);
  }

  private Optimizer over(Device device, String kind, float[] w, float[] b) {
    return over(device, OptimizerCases.KINDS.get(kind).make(), w, b);
  }

  private Optimizer over(Device device, OptimizerBuilder<?, ?> builder, float[] w, float[] b) {
    return builder.over(
        device,
        Parameter.matrix("w", w, gradients, NEURONS, FAN_IN),
        Parameter.vector("none", new float[0], new float[0]),
        Parameter.vector("b", b, biasGradients));
  }

  private void steps(Optimizer optimizer, int from, int to) {
    for (int step = from; step < to; step++) {
      nextGradients(step);
      optimizer.step();
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void resumedIsTheSameAsNeverStopped(String kind) {
    try (Device device = Device.cpu()) {
      float[] w = weights.clone();
      float[] b = bias.clone();
      Optimizer whole = over(device, kind, w, b);
      steps(whole, 0, 7);

      float[] w1 = weights.clone();
      float[] b1 = bias.clone();
      Optimizer first = over(device, kind, w1, b1);
      steps(first, 0, 4);
      float[] w2 = weights.clone();
      float[] b2 = bias.clone();
      Optimizer second = over(device, kind, w2, b2);
      for (Parameter p : first.parameters()) {
        for (StateInfo info : first.states(p.name())) {
          MemorySegment state = MemorySegment.ofArray(new long[(int) (info.bytes() + 7) / 8]);
          state = state.asSlice(0, info.bytes());
          first.readState(p.name(), info.name(), state);
          second.writeState(p.name(), info.name(), state);
        }
      }
      System.arraycopy(w1, 0, w2, 0, w1.length);
      System.arraycopy(b1, 0, b2, 0, b1.length);
      steps(second, 4, 7);
      assertThat(w2).containsExactly(w);
      assertThat(b2).containsExactly(b);
      assertThat(w).isNotEqualTo(weights);
      assertThat(second.steps()).isEqualTo(7);
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void nativeMemoryAndJavaArraysGiveTheSameBits(String kind) {
    // LAMB's global norm is summed tensor by tensor over arrays, range by range over native memory:
    // the same here.
    try (Device device = Device.cpu()) {
      float[] w = weights.clone();
      float[] b = bias.clone();
      steps(over(device, kind, w, b), 0, 5);
      var nw = device.allocateFloats(w.length).copyFrom(weights);
      var ng = device.allocateFloats(w.length);
      var nb = device.allocateFloats(b.length).copyFrom(bias);
      var nbg = device.allocateFloats(b.length);
      Optimizer there =
          OptimizerCases.KINDS
              .get(kind)
              .make()
              .over(
                  device,
                  Parameter.matrix("w", nw, ng, NEURONS, FAN_IN),
                  Parameter.vector("b", nb, nbg));
      for (int step = 0; step < 5; step++) {
        nextGradients(step);
        ng.copyFrom(gradients);
        nbg.copyFrom(biasGradients);
        there.step();
      }
      assertThat(nw.toFloats()).containsExactly(w);
      assertThat(nb.toFloats()).containsExactly(b);
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void aLearningRateOfZeroMovesNoBit(String kind) {
    try (Device device = Device.cpu()) {
      float[] w = weights.clone();
      float[] b = bias.clone();
      Optimizer optimizer = over(device, kind, w, b);
      steps(optimizer, 0, 2);
      float[] before = w.clone();
      float[] biasBefore = b.clone();
      optimizer.setLearningRate(0);
      steps(optimizer, 2, 4);
      assertThat(w).containsExactly(before);
      assertThat(b).containsExactly(biasBefore);
      assertThat(optimizer.steps()).isEqualTo(4);
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void aGradientThatIsNotFiniteFollowsThePolicy(String kind) {
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      for (NonFinitePolicy policy : NonFinitePolicy.values()) {
        try (Device device = Device.cpu()) {
          float[] w = weights.clone();
          float[] b = bias.clone();
          Optimizer optimizer =
              over(device, OptimizerCases.KINDS.get(kind).make().nonFinite(policy), w, b);
          steps(optimizer, 0, 2);
          float[] before = w.clone();
          nextGradients(2);
          gradients[2 * FAN_IN + 5] = bad;
          optimizer.step();
          String what = "%s %s %s".formatted(kind, bad, policy);
          assertThat(optimizer.report().neuronsNonFinite()).as(what).isEqualTo(1);
          boolean skipped = policy == NonFinitePolicy.SKIP_STEP;
          assertThat(optimizer.report().skipped()).as(what).isEqualTo(skipped);
          assertThat(optimizer.steps()).as(what).isEqualTo(skipped ? 2 : 3);
          int finite = 0;
          int moved = 0;
          for (int i = 0; i < w.length; i++) {
            finite += Float.isFinite(w[i]) ? 1 : 0;
            moved += w[i] != before[i] ? 1 : 0;
            boolean rests = skipped || i / FAN_IN == 2;
            if (rests && policy != NonFinitePolicy.PROPAGATE) {
              assertThat(w[i]).as(what).isEqualTo(before[i]);
            }
          }
          if (policy == NonFinitePolicy.SKIP_NEURON) {
            assertThat(moved).as(what).isPositive();
          }
          if (policy != NonFinitePolicy.PROPAGATE) {
            assertThat(finite).as(what).isEqualTo(w.length);
          }
        }
      }
    }
  }

  @Test
  void theCurrentScaleTurnsEachNeuronByItsOwnNorm() {
    // Two neurons of norms 5 and 10, and a first step, whose direction has unit length.
    float[] w = {3, 4, 0, 10};
    float[] g = {0, 2, 3, 0};
    try (Device device = Device.cpu()) {
      Nero.withLearningRate(0.1)
          .scale(ScaleKind.CURRENT)
          .constraint(Constraint.NONE)
          .over(device, Parameter.matrix("w", w, g, 2, 2))
          .step();
    }
    assertThat(w).containsExactly(new float[] {3, 3.5f, -1, 10}, Offset.offset(1e-6f));
  }
}
