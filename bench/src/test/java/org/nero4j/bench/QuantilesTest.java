package org.nero4j.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class QuantilesTest {
  @Test
  void areOfTheSortedValues() {
    double[] values = {5, 1, 4, 2, 3};
    assertThat(Quantiles.median(values)).isEqualTo(3);
    assertThat(Quantiles.of(values, 0.25)).isEqualTo(2);
    assertThat(Quantiles.of(values, 1)).isEqualTo(5);
    assertThat(values).containsExactly(5, 1, 4, 2, 3);
  }
}
