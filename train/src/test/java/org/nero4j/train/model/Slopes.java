package org.nero4j.train.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.nero4j.train.nn.Model;

/// Finite differences of a model's loss, for tests of its gradients.
final class Slopes {
  private Slopes() {}

  /// Fills inputs and labels with something that repeats.
  static void deal(Model model) {
    for (int i = 0; i < model.batchSize() * model.features(); i++) {
      model.inputs().setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) Math.sin(1 + 3 * i));
    }
    for (int i = 0; i < model.batchSize(); i++) {
      model.labels().setAtIndex(ValueLayout.JAVA_INT, i, i % 4);
    }
  }

  /// How the loss over the first rows changes with one weight.
  static double of(Model model, MemorySegment weights, int i, int rows, float step) {
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
}
