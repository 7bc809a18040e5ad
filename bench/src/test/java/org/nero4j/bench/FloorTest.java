package org.nero4j.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A yardstick that left memory out would flatter nobody, and be quick.
class FloorTest {
  private static final int COUNT = 100_003;
  private static final long[] ENDS = {7, 70_000, COUNT};

  private final Arena arena = Arena.ofAuto();
  private final MemorySegment w = filled(1);
  private final MemorySegment g = filled(1e6f);
  private final MemorySegment m = filled(2e6f);
  private final MemorySegment v = filled(2e6f);

  private MemorySegment filled(float value) {
    MemorySegment s = arena.allocate(4L * COUNT, 64);
    for (int i = 0; i < COUNT; i++) {
      s.setAtIndex(ValueLayout.JAVA_FLOAT, i, value);
    }
    return s;
  }

  private static float[] distinct(MemorySegment s) {
    float[] all = s.toArray(ValueLayout.JAVA_FLOAT);
    Arrays.sort(all);
    return all[0] == all[COUNT - 1] ? new float[] {all[0]} : new float[] {all[0], all[COUNT - 1]};
  }

  private static int streams(boolean... changed) {
    int count = 0;
    for (boolean c : changed) {
      count += c ? 1 : 0;
    }
    return count;
  }

  @ParameterizedTest
  @EnumSource(Floor.Loop.class)
  void movesEveryElementAlike(Floor.Loop loop) {
    try (Floor floor = new Floor(2)) {
      floor.loop(loop, w, g, m, v, ENDS).run();
    }
    // Whatever a loop does, it does to each element, once.
    assertThat(distinct(w)).hasSize(1);
    assertThat(distinct(m)).hasSize(1);
    assertThat(distinct(v)).hasSize(1);
    assertThat(distinct(g)).containsExactly(1e6f);
    int written = streams(distinct(w)[0] != 1, distinct(m)[0] != 2e6f, distinct(v)[0] != 2e6f);
    int expected =
        switch (loop) {
          case READ -> 0;
          case COPY, AXPY, NORMS_AXPY -> 1;
          case MOMENTUM, NORMS_MOMENTUM -> 2;
          case ADAM, LAMB -> 3;
        };
    assertThat(written).isEqualTo(expected);
    switch (loop) {
      case AXPY, NORMS_AXPY -> assertThat(distinct(w)[0]).isEqualTo(1 - 1e-9f * 1e6f);
      case MOMENTUM, NORMS_MOMENTUM, ADAM, LAMB ->
          assertThat(distinct(m)[0]).isEqualTo(0.9f * 2e6f + 1e6f);
      default -> {}
    }
  }
}
