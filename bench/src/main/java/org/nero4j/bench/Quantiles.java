package org.nero4j.bench;

import java.util.Arrays;

/// Order statistics.
public final class Quantiles {
  private Quantiles() {}

  /// The value below which a share of them lies; the nearest of them, not one in between.
  public static double of(double[] values, double share) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[(int) Math.round(share * (sorted.length - 1))];
  }

  /// The middle one.
  public static double median(double[] values) {
    return of(values, 0.5);
  }
}
