package org.nero4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RebindingTest {
  @Test
  void weightsStayHeldWhenOnlyGradientsMove() {
    try (Device device = Device.cpu();
        Arena arena = Arena.ofConfined()) {
      DeviceMemory w = device.allocateFloats(4).fill(1);
      DeviceMemory g = device.allocateFloats(4).fill(1);
      Optimizer sgd = Sgd.withLearningRate(0.5).over(device, Parameter.vector("w", w, g));
      sgd.rebindGradients("w", arena.allocateFrom(ValueLayout.JAVA_FLOAT, 2, 2, 2, 2));
      g.close();
      assertThatThrownBy(w::close).isInstanceOf(SequenceException.class);
      sgd.step();
      assertThat(w.toFloats()).containsOnly(0);
      sgd.rebindGradients("w", null);
      sgd.step();
      assertThat(sgd.report().parametersAbsent()).isEqualTo(1);
      assertThat(sgd.steps()).isEqualTo(1);
      DeviceMemory moved = device.allocateFloats(4).fill(3);
      DeviceMemory gradients = device.allocateFloats(4).fill(1);
      sgd.rebind(Parameter.vector("w", moved, gradients));
      w.close();
      sgd.step();
      assertThat(moved.toFloats()).containsOnly(2.5f);
      assertThat(sgd.parameters().getFirst().weights()).isEqualTo(moved.segment());
    }
  }

  @Test
  void twoParametersSwapTheirMemoryAtOnce() {
    try (Device device = Device.cpu();
        Arena arena = Arena.ofConfined()) {
      MemorySegment x = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1, 1);
      MemorySegment y = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 2, 2);
      MemorySegment g = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1, 1);
      Optimizer sgd =
          Sgd.withLearningRate(0.5)
              .over(
                  device,
                  Parameter.vector("a", x, g),
                  Parameter.vector("b", y, null).withLearningRateFactor(2));
      assertThatThrownBy(() -> sgd.rebind("a", y, g)).isInstanceOf(OverlapException.class);
      sgd.rebind(Parameter.vector("b", x, g), Parameter.vector("a", y, null));
      sgd.step();
      // The factor is b's own.
      assertThat(x.toArray(ValueLayout.JAVA_FLOAT)).containsExactly(0, 0);
      assertThat(y.toArray(ValueLayout.JAVA_FLOAT)).containsExactly(2, 2);
      assertThatThrownBy(() -> sgd.rebind(Parameter.matrix("a", y, null, 1, 2)))
          .isInstanceOf(SizeMismatchException.class)
          .hasMessageContaining("2 x 1")
          .hasMessageContaining("1 x 2");
    }
  }

  @Test
  void arraysAndNativeMemoryReplaceEachOther() {
    try (Device device = Device.cpu();
        Arena arena = Arena.ofConfined()) {
      float[] w = {1, 1};
      float[] g = {1, 1};
      Optimizer sgd = Sgd.withLearningRate(0.5).over(device, Parameter.vector("w", w, g));
      sgd.step();
      MemorySegment there = arena.allocateFrom(ValueLayout.JAVA_FLOAT, w);
      sgd.rebind("w", there, arena.allocateFrom(ValueLayout.JAVA_FLOAT, g));
      sgd.step();
      sgd.rebind("w", there, MemorySegment.ofArray(g));
      sgd.step();
      assertThat(there.toArray(ValueLayout.JAVA_FLOAT)).containsExactly(-0.5f, -0.5f);
      assertThat(w).containsExactly(0.5f, 0.5f);
    }
  }

  @Test
  void aSegmentWithoutASizeIsNoAbsentGradient() {
    try (Device device = Device.cpu();
        Arena arena = Arena.ofConfined()) {
      MemorySegment w = arena.allocate(16, 4);
      MemorySegment sizeless = MemorySegment.ofAddress(arena.allocate(16, 4).address());
      Sgd.Builder sgd = Sgd.withLearningRate(1);
      assertThatThrownBy(() -> sgd.over(device, Parameter.vector("w", w, sizeless)))
          .isInstanceOf(SizeMismatchException.class)
          .hasMessage("gradients 'w': 4 elements of f32 need 16 bytes, the segment has 0");
      Optimizer made = sgd.over(device, Parameter.vector("w", w, null));
      assertThatThrownBy(() -> made.rebindGradients("w", sizeless))
          .isInstanceOf(SizeMismatchException.class);
      assertThatThrownBy(() -> made.rebindGradients("v", w))
          .isInstanceOf(NotFoundException.class)
          .hasMessageContaining("'v'")
          .hasMessageContaining("w");
      assertThatThrownBy(() -> made.rebind("w", null, null))
          .isInstanceOf(InvalidArgumentException.class);
      assertThatThrownBy(() -> made.rebind((Parameter) null))
          .isInstanceOf(InvalidArgumentException.class);
      made.step();
    }
  }

  @Test
  void thousandsOfParametersInAsManyArenasAreBoundInATrice() {
    List<Parameter> parameters = new ArrayList<>();
    try (Device device = Device.cpu()) {
      for (int i = 0; i < 4000; i++) {
        DeviceMemory w = device.allocateFloats(2);
        parameters.add(Parameter.vector("p" + i, w.segment(), Arena.ofAuto().allocate(8, 4)));
      }
      // Quadratic work over the arenas would take minutes here and trip the build's time limit.
      Optimizer sgd = Sgd.withLearningRate(1).over(device, parameters);
      sgd.step();
      assertThat(sgd.report().parametersStepped()).isEqualTo(4000);
    }
  }
}
