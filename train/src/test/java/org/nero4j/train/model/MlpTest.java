package org.nero4j.train.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;
import org.nero4j.train.nn.Model;
import org.nero4j.train.nn.ModelParameter;

class MlpTest {
  private static final int BATCH = 6;

  private static Model small() {
    Model model = Mlp.create(5, 7, 3, 4, BATCH, 1, 3);
    for (int i = 0; i < BATCH * 5; i++) {
      model.inputs().setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) Math.sin(1 + 3 * i));
    }
    for (int i = 0; i < BATCH; i++) {
      model.labels().setAtIndex(ValueLayout.JAVA_INT, i, i % 4);
    }
    return model;
  }

  @Test
  void gradientsAreTheSlopesOfTheLossForWholeAndPartialBatches() {
    for (int rows : new int[] {BATCH, BATCH - 2}) {
      try (Model model = small()) {
        model.train(rows);
        for (ModelParameter p : model.parameters()) {
          float[] gradients = p.gradients().toArray(ValueLayout.JAVA_FLOAT);
          double worst = 0;
          double largest = 0;
          for (int i = 0; i < gradients.length; i++) {
            double slope = slope(model, p.weights(), i, rows);
            worst = Math.max(worst, Math.abs(slope - gradients[i]));
            largest = Math.max(largest, Math.abs(slope));
          }
          assertThat(largest).isPositive();
          assertThat(worst).as("%s, %d rows", p.name(), rows).isLessThan(0.02 * largest);
        }
      }
    }
  }

  private static double slope(Model model, MemorySegment weights, int i, int rows) {
    // Small enough to seldom cross the kink of a ReLU, large enough for float logits.
    float step = 4e-4f;
    float w = weights.getAtIndex(ValueLayout.JAVA_FLOAT, i);
    weights.setAtIndex(ValueLayout.JAVA_FLOAT, i, w + step);
    model.evaluate(rows);
    double above = model.loss();
    weights.setAtIndex(ValueLayout.JAVA_FLOAT, i, w - step);
    model.evaluate(rows);
    double below = model.loss();
    weights.setAtIndex(ValueLayout.JAVA_FLOAT, i, w);
    return (above - below) / (2.0 * step);
  }

  @Test
  void trainingAllocatesNothing() {
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    try (Model model = small()) {
      long allocated = Long.MAX_VALUE;
      // The compiler may still be at work in the first rounds.
      for (int round = 0; round < 50 && allocated > 0; round++) {
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 3_000; i++) {
          model.train(BATCH);
        }
        allocated = threads.getCurrentThreadAllocatedBytes() - before;
      }
      assertThat(allocated).isZero();
    }
  }

  @Test
  void wrongCallsAreExceptions() {
    Model model = small();
    assertThatThrownBy(() -> model.train(BATCH + 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("7");
    model.labels().setAtIndex(ValueLayout.JAVA_INT, 2, 4);
    assertThatThrownBy(() -> model.train(BATCH))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("label 2 is 4");
    model.close();
    model.close();
    assertThatThrownBy(() -> model.train(1)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> Mlp.create(5, 7, 3, 4, 0, 1, 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("batch");
  }
}
