package org.nero4j.train.report;

import java.util.Collection;
import java.util.DoubleSummaryStatistics;
import java.util.Objects;

/// Mean and range of a quantity over the seeds that have it.
///
/// @param count seeds that have it; with 0 the others are NaN
public record Spread(int count, double mean, double low, double high) {
  /// Of the values that are not null.
  static Spread of(Collection<Double> values) {
    DoubleSummaryStatistics all =
        values.stream()
            .filter(Objects::nonNull)
            .mapToDouble(Double::doubleValue)
            .summaryStatistics();
    return all.getCount() == 0
        ? new Spread(0, Double.NaN, Double.NaN, Double.NaN)
        : new Spread((int) all.getCount(), all.getAverage(), all.getMin(), all.getMax());
  }

  boolean isPresent() {
    return count > 0;
  }
}
