package org.nero4j.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RoundsTest {
  @Test
  void givesEachTaskATurnInEachRoundForthAndBack() {
    List<String> log = new ArrayList<>();
    double[][] nanos = new Rounds(2, 0).time(List.of(() -> log.add("a"), () -> log.add("b")));
    assertThat(nanos).hasDimensions(2, 2);
    assertThat(nanos[0][0]).isPositive();
    // Each time the run that is not timed, and the one that is.
    assertThat(log.subList(log.size() - 8, log.size()))
        .containsExactly("a", "a", "b", "b", "b", "b", "a", "a");
  }

  @Test
  void repeatsAShortTaskUntilItsTurnIsFull() {
    int[] runs = {0};
    new Rounds(1, 1_000_000).time(List.of(() -> runs[0]++));
    assertThat(runs[0]).isGreaterThan(1000);
  }

  @Test
  void refusesNoRounds() {
    assertThatThrownBy(() -> new Rounds(0, 1)).hasMessageContaining("rounds is 0");
  }
}
