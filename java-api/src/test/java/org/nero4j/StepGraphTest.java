package org.nero4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/// On the best device that there is: run over the emulated CUDA device, the same tests hold for
/// CUDA.
class StepGraphTest {
  private static final int N = 40 * 33;

  private static float[] values(int seed) {
    float[] values = new float[N];
    var random = new java.util.SplittableRandom(seed);
    for (int i = 0; i < N; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static Optimizer over(Device device, DeviceMemory weights, DeviceMemory gradients) {
    return Adam.withLearningRate(0.01)
        .over(device, Parameter.matrix("w", weights, gradients, 40, 33));
  }

  @Test
  void aReplayIsAStep() {
    try (Device device = Device.best()) {
      DeviceMemory eager = device.allocateFloats(N).copyFrom(values(1));
      DeviceMemory replayed = device.allocateFloats(N).copyFrom(values(1));
      DeviceMemory gradients = device.allocateFloats(N).copyFrom(values(2));
      Optimizer a = over(device, eager, gradients);
      Optimizer b = over(device, replayed, gradients);
      StepGraph graph = b.capture();
      assertEquals(0, b.steps());
      for (int i = 1; i <= 3; i++) {
        a.setLearningRate(0.1 / i);
        b.setLearningRate(0.1 / i);
        a.step();
        graph.replay();
      }
      assertEquals(3, b.report().step());
      assertEquals(3, b.steps());
      assertArrayEquals(eager.toFloats(), replayed.toFloats());
      assertEquals(false, Arrays.equals(values(1), replayed.toFloats()));
    }
  }

  @Test
  void aClosedRecordingIsRefused() {
    try (Device device = Device.best()) {
      DeviceMemory weights = device.allocateFloats(N).copyFrom(values(1));
      DeviceMemory gradients = device.allocateFloats(N).copyFrom(values(2));
      Optimizer adam = over(device, weights, gradients);
      StepGraph graph = adam.capture();
      graph.close();
      graph.close();
      assertThrows(ClosedException.class, graph::replay);
      StepGraph other = adam.capture();
      adam.close();
      assertThrows(ClosedException.class, other::replay);
      other.close();
    }
  }

  /// Another thread may replay as soon as the recording is gone, before its close() has returned.
  @Test
  void aRecordingIsClosedWhenItsNativeGraphIsGone() {
    try (Device device = Device.best()) {
      DeviceMemory weights = device.allocateFloats(N).copyFrom(values(1));
      DeviceMemory gradients = device.allocateFloats(N).copyFrom(values(2));
      Optimizer adam = over(device, weights, gradients);
      StepGraph graph = adam.capture();
      adam.close(graph);
      assertThrows(ClosedException.class, graph::replay);
      graph.close();
      assertEquals(0, adam.steps());
    }
  }

  /// One thread replays until it is told that the recording is closed, which another closes.
  @Test
  void oneThreadClosesWhatAnotherReplays() throws Exception {
    try (Device device = Device.best()) {
      DeviceMemory weights = device.allocateFloats(N).copyFrom(values(1));
      DeviceMemory gradients = device.allocateFloats(N).copyFrom(values(2));
      Optimizer adam = over(device, weights, gradients);
      for (int round = 0; round < 20; round++) {
        StepGraph graph = adam.capture();
        CyclicBarrier start = new CyclicBarrier(2);
        AtomicReference<Throwable> end = new AtomicReference<>();
        Thread replaying =
            new Thread(
                () -> {
                  try {
                    start.await();
                    while (true) {
                      unlessBusy(graph::replay);
                      Thread.yield();
                    }
                  } catch (Throwable e) {
                    end.set(e);
                  }
                });
        replaying.start();
        start.await();
        while (!unlessBusy(graph::close)) {
          Thread.yield();
        }
        replaying.join();
        assertInstanceOf(ClosedException.class, end.get());
      }
    }
  }

  /// Whether the call went through; false where the other thread is inside.
  private static boolean unlessBusy(Runnable call) {
    try {
      call.run();
      return true;
    } catch (ConcurrentUseException e) {
      return false;
    }
  }

  @Test
  void javaArraysCannotBeRecorded() {
    float[] weights = {1, 2, 3};
    try (Device device = Device.cpu();
        Optimizer adam =
            Adam.withLearningRate(0.1)
                .over(device, Parameter.vector("w", weights, new float[] {1, 1, 1}))) {
      assertThrows(UnsupportedException.class, adam::capture);
    }
  }
}
