package org.nero4j.tests;

import static org.assertj.core.api.Assertions.assertThat;

/// When two results count as the same.
final class Gate {
  private Gate() {}

  /// Weights are compared in units of the way they should have travelled: in a few steps they move
  /// by little, and a kernel that does nothing would pass a tolerance relative to the weights.
  static void requireTravel(
      String what, double[] start, double[] expected, float[] actual, double float32, int step) {
    double relative = Math.min(1e-3, Math.max(2e-6, 3 * float32 * 20 / step));
    double bound = Math.max(relative * distance(expected, start), 1e-6 * norm(expected));
    assertThat(distance(expected, GoldenRun.doubles(actual)))
        .as("%s: distance to the golden weights, travel %g", what, distance(expected, start))
        .isLessThanOrEqualTo(bound);
  }

  /// Within a share of the largest expected value.
  static void requireClose(String what, double[] expected, float[] actual, double share) {
    requireClose(what, expected, GoldenRun.doubles(actual), share);
  }

  static void requireClose(String what, double[] expected, double[] actual, double share) {
    assertThat(actual).as(what).hasSameSizeAs(expected);
    double largest = 0;
    double worst = 0;
    for (int i = 0; i < expected.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      double error = Math.abs(actual[i] - expected[i]);
      worst = error <= worst ? worst : error;
    }
    assertThat(worst)
        .as("%s: worst error, largest value %g", what, largest)
        .isLessThanOrEqualTo(share * largest);
  }

  static double norm(double[] x) {
    return distance(x, new double[x.length]);
  }

  static double distance(double[] a, double[] b) {
    assertThat(a).hasSameSizeAs(b);
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (a[i] - b[i]) * (a[i] - b[i]);
    }
    return Math.sqrt(sum);
  }
}
