package org.nero4j.train.loop;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.nero4j.train.nn.Model;
import org.nero4j.train.nn.ModelParameter;

/// Measures [Balance]: [#before()] keeps a copy of the weights, [#after()] compares.
final class BalanceGauge {
  private final List<ModelParameter> matrices;
  private final List<float[]> kept = new ArrayList<>();

  BalanceGauge(Model model) {
    matrices = model.neurons();
    matrices.forEach(p -> kept.add(new float[Math.toIntExact(p.count())]));
  }

  void before() {
    for (int i = 0; i < kept.size(); i++) {
      float[] copy = kept.get(i);
      MemorySegment weights = matrices.get(i).weights();
      MemorySegment.copy(weights, ValueLayout.JAVA_FLOAT, 0, copy, 0, copy.length);
    }
  }

  Balance after() {
    long neurons = 0;
    double means = 0;
    double normError = 0;
    double angles = 0;
    double maxAngle = 0;
    for (int i = 0; i < kept.size(); i++) {
      int fanIn = Math.toIntExact(matrices.get(i).fanIn());
      float[] old = kept.get(i);
      float[] now = new float[fanIn];
      for (int first = 0; first < old.length; first += fanIn) {
        MemorySegment.copy(
            matrices.get(i).weights(), ValueLayout.JAVA_FLOAT, 4L * first, now, 0, fanIn);
        double sum = 0;
        double squares = 0;
        double oldSquares = 0;
        double product = 0;
        for (int k = 0; k < fanIn; k++) {
          double w = now[k];
          double o = old[first + k];
          sum += w;
          squares += w * w;
          oldSquares += o * o;
          product += w * o;
        }
        means += Math.abs(sum / fanIn);
        normError = Math.max(normError, Math.abs(Math.sqrt(squares) - 1));
        double angle = angle(old, first, now, product, oldSquares, squares);
        angles += angle;
        maxAngle = Math.max(maxAngle, angle);
        neurons++;
      }
    }
    return new Balance(means / neurons, normError, angles / neurons, maxAngle);
  }

  /// From the part of the new neuron that stands upright on the old one: an arc cosine could not
  /// tell small angles from 0. A neuron that was or became zero has turned by none.
  private static double angle(
      float[] old, int first, float[] now, double product, double oldSquares, double squares) {
    if (oldSquares == 0 || squares == 0) {
      return 0;
    }
    double along = product / oldSquares;
    double across = 0;
    for (int k = 0; k < now.length; k++) {
      double d = now[k] - along * old[first + k];
      across += d * d;
    }
    return Math.atan2(Math.sqrt(across), along * Math.sqrt(oldSquares));
  }
}
