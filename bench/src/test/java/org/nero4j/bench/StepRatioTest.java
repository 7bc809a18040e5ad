package org.nero4j.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StepRatioTest {
  @Test
  void quantilesAreOfTheSortedValues() {
    double[] values = {5, 1, 4, 2, 3};
    assertThat(StepRatio.quantile(values, 0.5)).isEqualTo(3);
    assertThat(StepRatio.quantile(values, 0.25)).isEqualTo(2);
    assertThat(values).containsExactly(5, 1, 4, 2, 3);
  }
}
