package org.nero4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class OptimizerLifeTest {
  private static final float[] WEIGHTS = {3, -1, 2, 0.5f, 1, -4};
  private static final float[] GRADIENTS = {0.1f, 0.2f, -0.3f, 1, 0, -1};

  private static Nero nero(Device device, Arena arena) {
    return Nero.withLearningRate(0.01)
        .over(
            device,
            Parameter.matrix(
                "w",
                arena.allocateFrom(ValueLayout.JAVA_FLOAT, WEIGHTS),
                arena.allocateFrom(ValueLayout.JAVA_FLOAT, GRADIENTS),
                2,
                3));
  }

  @Test
  void useAfterCloseIsAnException() {
    try (Arena arena = Arena.ofConfined()) {
      Device device = Device.cpu();
      Nero nero = nero(device, arena);
      DeviceMemory memory = device.allocateFloats(4);
      device.close();
      device.close();
      assertThat(nero.isClosed()).isTrue();
      assertThatThrownBy(nero::step).isInstanceOf(ClosedException.class);
      assertThatThrownBy(nero::report).isInstanceOf(ClosedException.class);
      assertThatThrownBy(nero::stateBytes).isInstanceOf(ClosedException.class);
      assertThatThrownBy(memory::toFloats).isInstanceOf(ClosedException.class);
      assertThatThrownBy(() -> device.allocate(1)).isInstanceOf(ClosedException.class);
      assertThatThrownBy(device.stream()::synchronize).isInstanceOf(ClosedException.class);
      assertThatThrownBy(() -> nero(device, arena)).isInstanceOf(ClosedException.class);
      nero.close();
    }
  }

  @Test
  void aClosedArenaIsNoticedBeforeTheStep() {
    try (Device device = Device.cpu()) {
      Nero nero;
      try (Arena arena = Arena.ofConfined()) {
        nero = nero(device, arena);
        nero.step();
      }
      assertThatThrownBy(nero::step)
          .isInstanceOf(ClosedException.class)
          .hasMessageContaining("'w'");
    }
  }

  @Test
  void memoryThatIsSteppedIsNotFreed() {
    try (Device device = Device.cpu()) {
      DeviceMemory w = device.allocateFloats(6).copyFrom(WEIGHTS);
      DeviceMemory g = device.allocateFloats(6).copyFrom(GRADIENTS);
      Nero nero = Nero.withLearningRate(0.01).over(device, Parameter.matrix("w", w, g, 2, 3));
      assertThatThrownBy(w::close).isInstanceOf(SequenceException.class);
      nero.step();
      nero.close();
      w.close();
      w.close();
    }
  }

  @Test
  void anotherThreadsConfinedMemoryIsRefused() throws Exception {
    try (Device device = Device.cpu();
        Arena arena = Arena.ofConfined()) {
      Nero nero = nero(device, arena);
      AtomicReference<Throwable> seen = new AtomicReference<>();
      Thread thread =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      nero.step();
                    } catch (Throwable e) {
                      seen.set(e);
                    }
                  });
      thread.join();
      assertThat(seen.get()).isInstanceOf(ConcurrentUseException.class);
    }
  }

  @Test
  void twoThreadsAtOnceAreAnExceptionNeverACrash() throws Exception {
    try (Device device = Device.cpu();
        Arena arena = Arena.ofShared()) {
      MemorySegment w = arena.allocate(4L * 512 * 512);
      MemorySegment g = arena.allocate(4L * 512 * 512);
      for (int i = 0; i < 512 * 512; i++) {
        w.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) Math.sin(i));
        g.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) Math.cos(3 * i));
      }
      Nero nero = Nero.withLearningRate(0.01).over(device, Parameter.matrix("w", w, g, 512, 512));
      AtomicInteger taken = new AtomicInteger();
      AtomicInteger wrong = new AtomicInteger();
      CountDownLatch start = new CountDownLatch(1);
      Thread[] threads = new Thread[3];
      for (int i = 0; i < threads.length; i++) {
        threads[i] =
            new Thread(
                () -> {
                  try {
                    start.await();
                    for (int k = 0; k < 200; k++) {
                      try {
                        nero.step();
                        taken.incrementAndGet();
                      } catch (ConcurrentUseException expected) {
                        Thread.onSpinWait();
                      }
                    }
                  } catch (Throwable e) {
                    wrong.incrementAndGet();
                  }
                });
        threads[i].start();
      }
      start.countDown();
      for (Thread thread : threads) {
        thread.join();
      }
      assertThat(wrong).hasValue(0);
      assertThat(nero.steps()).isEqualTo(taken.get());
    }
  }

  @Test
  void aStepAllocatesNothing() {
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    try (Device device = Device.cpu();
        Arena arena = Arena.ofConfined()) {
      Nero nero = nero(device, arena);
      long allocated = Long.MAX_VALUE;
      // The compiler may still be at work in the first rounds.
      for (int round = 0; round < 50 && allocated > 0; round++) {
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 10_000; i++) {
          nero.step();
        }
        allocated = threads.getCurrentThreadAllocatedBytes() - before;
      }
      assertThat(allocated).isZero();
    }
  }

  @Test
  void wrongInputNamesTheParameterAndBothNumbers() {
    try (Device device = Device.cpu();
        Device other = Device.cpu();
        Arena arena = Arena.ofConfined()) {
      MemorySegment w = arena.allocateFrom(ValueLayout.JAVA_FLOAT, WEIGHTS);
      MemorySegment g = arena.allocateFrom(ValueLayout.JAVA_FLOAT, GRADIENTS);
      Nero.Builder builder = Nero.withLearningRate(0.01);
      assertThatThrownBy(() -> builder.over(device, Parameter.matrix("w", w, g, 2, 4)))
          .isInstanceOf(SizeMismatchException.class)
          .hasMessageContaining("'w'")
          .hasMessageContaining("32")
          .hasMessageContaining("24");
      assertThatThrownBy(
              () -> builder.over(device, Parameter.matrix("w", WEIGHTS.clone(), GRADIENTS, 2, 4)))
          .isInstanceOf(SizeMismatchException.class)
          .hasMessageContaining("32")
          .hasMessageContaining("24");
      assertThatThrownBy(
              () ->
                  builder.over(
                      device, Parameter.matrix("w", w.asSlice(1, 20), g.asSlice(0, 20), 1, 5)))
          .isInstanceOf(AlignmentException.class);
      assertThatThrownBy(() -> builder.over(device, Parameter.matrix("w", w, w, 2, 3)))
          .isInstanceOf(OverlapException.class);
      assertThatThrownBy(() -> builder.over(device, Parameter.matrix("w", w.asReadOnly(), g, 2, 3)))
          .isInstanceOf(InvalidArgumentException.class)
          .hasMessageContaining("read-only");
      assertThatThrownBy(
              () ->
                  builder.over(
                      device,
                      Parameter.matrix("w", MemorySegment.ofArray(new double[3]), null, 2, 3)))
          .isInstanceOf(UnsupportedTypeException.class)
          .hasMessageContaining("double[]");
      assertThatThrownBy(
              () -> builder.over(device, Parameter.matrix("w", w, g, Long.MAX_VALUE / 2, 8)))
          .isInstanceOf(SizeMismatchException.class);
      DeviceMemory elsewhere = other.allocateFloats(6).copyFrom(WEIGHTS);
      assertThatThrownBy(() -> builder.over(device, Parameter.matrix("w", elsewhere, null, 2, 3)))
          .isInstanceOf(DeviceException.class);
      float[] equal = {1, 2, 3, 5, 5, 5};
      assertThatThrownBy(() -> builder.over(device, Parameter.matrix("w", equal, GRADIENTS, 2, 3)))
          .isInstanceOfSatisfying(
              DegenerateNeuronException.class,
              e -> {
                assertThat(e.parameter()).isEqualTo("w");
                assertThat(e.neuron()).isEqualTo(1);
              });
      assertThat(equal).containsExactly(1, 2, 3, 5, 5, 5);
      for (double rate : new double[] {-1, Double.NaN, 1e7, Double.POSITIVE_INFINITY}) {
        assertThatThrownBy(() -> Nero.withLearningRate(rate))
            .isInstanceOf(InvalidArgumentException.class);
      }
      assertThatThrownBy(() -> builder.beta(1).over(device, Parameter.matrix("w", w, g, 2, 3)))
          .isInstanceOf(InvalidArgumentException.class)
          .hasMessageContaining("beta");
      assertThatThrownBy(() -> Device.cpu(new CpuSettings(-1, null)))
          .isInstanceOf(InvalidArgumentException.class);
      assertThatThrownBy(() -> Device.cpu(new CpuSettings(1, "none")))
          .isInstanceOf(NotFoundException.class);
      assertThatThrownBy(() -> Device.cuda(99))
          .isInstanceOf(DeviceException.class)
          .hasMessageContaining("CUDA");
      assertThatThrownBy(() -> Parameter.matrix(null, w, g, 2, 3))
          .isInstanceOf(InvalidArgumentException.class);
      assertThatThrownBy(() -> builder.over(null, Parameter.vector("v", w, g)))
          .isInstanceOf(InvalidArgumentException.class);
    }
  }

  @Test
  void stateIsReadAndWrittenByName() {
    try (Device device = Device.cpu();
        Arena arena = Arena.ofConfined()) {
      Nero nero = nero(device, arena);
      nero.step();
      assertThat(nero.states("w").stream().map(StateInfo::name))
          .containsExactly("step", "square", "scale", "exempt");
      double[] square = new double[2];
      nero.readState("w", "square", MemorySegment.ofArray(square));
      assertThat(square[0]).isCloseTo(0.14e-3, org.assertj.core.data.Offset.offset(1e-9));
      assertThatThrownBy(() -> nero.readState("w", "square", MemorySegment.ofArray(new double[3])))
          .isInstanceOf(SizeMismatchException.class)
          .hasMessageContaining("16")
          .hasMessageContaining("24");
      assertThatThrownBy(() -> nero.readState("w", "none", MemorySegment.ofArray(square)))
          .isInstanceOf(NotFoundException.class)
          .hasMessageContaining("square");
      assertThatThrownBy(() -> nero.states("v")).isInstanceOf(NotFoundException.class);
    }
  }
}
