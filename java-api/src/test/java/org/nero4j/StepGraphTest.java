package org.nero4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
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
