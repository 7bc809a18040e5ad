package org.nero4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Java arrays are stepped as native memory is, bit for bit.
class HeapArraysTest {
  private static final long[][] SHAPES = {{5, 7}, {64, 300}, {0, 3}, {1, 4099}, {33, 1}};

  record Kind(String name, OptimizerBuilder<?, ?> builder) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Kind> kinds() {
    return Stream.of(
        new Kind("Nero", Nero.withLearningRate(0.01).degenerate(DegeneratePolicy.EXEMPT)),
        new Kind(
            "Nero, skipping steps",
            Nero.withLearningRate(0.01)
                .degenerate(DegeneratePolicy.EXEMPT)
                .nonFinite(NonFinitePolicy.SKIP_STEP)),
        new Kind("SGD", Sgd.withLearningRate(0.1).momentum(0.9).nesterov(true).weightDecay(0.01)),
        new Kind("Adam", Adam.withLearningRate(0.01).amsgrad(true).weightDecay(0.1)),
        new Kind("AdamW", AdamW.withLearningRate(0.01)),
        new Kind("LAMB", Lamb.withLearningRate(0.01)),
        new Kind("LAMB, clipped", Lamb.preset(LambPreset.APEX, 0.01)),
        new Kind("Madam", Madam.withLearningRate(0.01)),
        new Kind("Fromage", Fromage.withLearningRate(0.01).weightBound(1)),
        new Kind("LARS", Lars.withLearningRate(0.1).weightDecay(0.01)));
  }

  private static float[] random(SplittableRandom random, long count) {
    float[] values = new float[(int) count];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(-4, 2)));
    }
    return values;
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void givesTheBitsThatNativeMemoryGives(Kind kind) {
    SplittableRandom random = new SplittableRandom(7);
    try (Device device = Device.cpu(new CpuSettings(2, null));
        Arena arena = Arena.ofConfined()) {
      List<Parameter> onHeap = new ArrayList<>();
      List<Parameter> offHeap = new ArrayList<>();
      List<float[]> weights = new ArrayList<>();
      List<float[]> gradients = new ArrayList<>();
      List<MemorySegment> copies = new ArrayList<>();
      List<MemorySegment> gradientCopies = new ArrayList<>();
      for (int i = 0; i < SHAPES.length; i++) {
        long count = SHAPES[i][0] * SHAPES[i][1];
        weights.add(random(random, count));
        gradients.add(random(random, count));
        copies.add(arena.allocateFrom(ValueLayout.JAVA_FLOAT, weights.get(i)));
        gradientCopies.add(arena.allocateFrom(ValueLayout.JAVA_FLOAT, gradients.get(i)));
        String name = "p" + i;
        // One of them lies in native memory: the two kinds mix in one optimiser.
        MemorySegment mixed =
            i == 1
                ? arena.allocateFrom(ValueLayout.JAVA_FLOAT, weights.get(i))
                : MemorySegment.ofArray(weights.get(i));
        MemorySegment heapGradients = MemorySegment.ofArray(gradients.get(i));
        onHeap.add(Parameter.matrix(name, mixed, heapGradients, SHAPES[i][0], SHAPES[i][1]));
        offHeap.add(
            Parameter.matrix(
                name, copies.get(i), gradientCopies.get(i), SHAPES[i][0], SHAPES[i][1]));
      }
      Optimizer a = kind.builder().over(device, onHeap);
      Optimizer b = kind.builder().over(device, offHeap);
      for (int step = 1; step <= 4; step++) {
        for (int i = 0; i < SHAPES.length; i++) {
          float[] next = random(random, SHAPES[i][0] * SHAPES[i][1]);
          if (step == 3 && i == 1) {
            next[5] = Float.NaN;
          }
          System.arraycopy(next, 0, gradients.get(i), 0, next.length);
          gradientCopies.get(i).copyFrom(MemorySegment.ofArray(next));
        }
        a.step();
        b.step();
        assertThat(a.report()).isEqualTo(b.report());
        for (int i = 0; i < SHAPES.length; i++) {
          MemorySegment mine = onHeap.get(i).weights();
          assertThat(mine.mismatch(copies.get(i))).as("step %d of p%d", step, i).isEqualTo(-1);
          for (StateInfo state : b.states("p" + i)) {
            byte[] x = new byte[(int) state.bytes()];
            byte[] y = new byte[(int) state.bytes()];
            a.readState("p" + i, state.name(), MemorySegment.ofArray(x));
            b.readState("p" + i, state.name(), MemorySegment.ofArray(y));
            assertThat(x).as("state %s of p%d", state.name(), i).isEqualTo(y);
          }
        }
      }
      assertThat(a.steps()).isEqualTo(b.steps()).isPositive();
    }
  }

  @Test
  void aSliceOfAnArrayIsSteppedAndTheRestIsNot() {
    float[] all = {9, 9, 3, -1, 2, 0.5f, 1, -4, 9};
    float[] gradients = {0.1f, 0.2f, -0.3f, 1, 0, -1};
    float[] alone = Arrays.copyOfRange(all, 2, 8);
    try (Device device = Device.cpu()) {
      MemorySegment slice = MemorySegment.ofArray(all).asSlice(8, 24);
      Parameter inside =
          Parameter.matrix("w", slice, MemorySegment.ofArray(gradients).asReadOnly(), 2, 3);
      Nero.withLearningRate(0.01).over(device, inside).step();
      Nero.withLearningRate(0.01)
          .over(device, Parameter.matrix("w", alone, gradients, 2, 3))
          .step();
    }
    assertThat(Arrays.copyOfRange(all, 2, 8)).containsExactly(alone);
    assertThat(new float[] {all[0], all[1], all[8]}).containsExactly(9, 9, 9);
  }

  @Test
  void otherArraysAndOverlapsAreRefused() {
    float[] w = {1, 2, 3, 4};
    float[] g = {1, 1, 1, 2};
    try (Device device = Device.cpu()) {
      Sgd.Builder sgd = Sgd.withLearningRate(0.1);
      for (MemorySegment other :
          List.of(
              MemorySegment.ofArray(new byte[16]),
              MemorySegment.ofArray(new short[8]),
              MemorySegment.ofArray(new int[4]),
              MemorySegment.ofArray(new long[2]),
              MemorySegment.ofArray(new byte[16]).asReadOnly(),
              MemorySegment.ofArray(new double[2]).asReadOnly())) {
        Parameter p = Parameter.matrix("w", MemorySegment.ofArray(w), other, 2, 2);
        assertThatThrownBy(() -> sgd.over(device, p))
            .as("%s", other)
            .isInstanceOf(UnsupportedTypeException.class)
            .hasMessageContaining("gradients 'w'");
      }
      assertThatThrownBy(() -> sgd.over(device, Parameter.vector("w", w, w)))
          .isInstanceOf(OverlapException.class)
          .hasMessageContaining("16 bytes");
      MemorySegment whole = MemorySegment.ofArray(w);
      assertThatThrownBy(
              () ->
                  sgd.over(
                      device,
                      Parameter.vector("a", whole.asSlice(0, 12), null),
                      Parameter.vector("b", whole.asSlice(8, 8), null)))
          .isInstanceOf(OverlapException.class)
          .hasMessageContaining("'a'")
          .hasMessageContaining("'b'")
          .hasMessageContaining("4 bytes");
      // Gradients may share memory with gradients.
      float[] v = {5, 6, 7, 8};
      sgd.over(device, Parameter.vector("a", w, g), Parameter.vector("b", v, g)).step();
      MemorySegment odd = MemorySegment.ofArray(new float[5]).asSlice(2, 16);
      assertThatThrownBy(() -> sgd.over(device, Parameter.vector("w", odd, null)))
          .isInstanceOf(AlignmentException.class)
          .hasMessageContaining("2 past a multiple of 4");
    }
  }

  @Test
  void aStepOverArraysAllocatesNothing() {
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    try (Device device = Device.cpu()) {
      Optimizer lamb =
          Lamb.preset(LambPreset.APEX, 1e-6)
              .over(
                  device,
                  Parameter.matrix("w", new float[] {1, 2, 3, 4}, new float[] {1, 1, 2, 2}, 2, 2),
                  Parameter.vector("b", new float[] {1, 2}, new float[] {3, 4}));
      long allocated = Long.MAX_VALUE;
      for (int round = 0; round < 50 && allocated > 0; round++) {
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 10_000; i++) {
          lamb.step();
        }
        allocated = threads.getCurrentThreadAllocatedBytes() - before;
      }
      assertThat(allocated).isZero();
    }
  }
}
