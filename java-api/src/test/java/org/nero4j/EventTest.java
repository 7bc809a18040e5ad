package org.nero4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

/// Order and time: events, and copies that nobody waits for. On the best device that there is.
class EventTest {
  @Test
  void eventsTellTheTimeOfTheWorkBetweenThem() {
    try (Device device = Device.best();
        Event from = device.event();
        Event to = device.event()) {
      DeviceMemory memory = device.allocateFloats(1 << 20);
      assertThat(from.device()).isSameAs(device);
      from.record();
      memory.fill(1);
      to.record();
      double milliseconds = to.millisecondsSince(from);
      assertThat(milliseconds).isPositive();
      assertThat(from.millisecondsSince(to)).isEqualTo(-milliseconds);
      assertThat(to.millisecondsSince(to)).isZero();
      to.record().synchronize();
      // Recorded again, it is later.
      assertThat(to.millisecondsSince(from)).isGreaterThanOrEqualTo(milliseconds);
    }
  }

  @Test
  void copiesAreThereWhenAnEventBehindThemIs() {
    try (Device device = Device.best()) {
      HostMemory in = device.allocateHost(4000);
      HostMemory out = device.allocateHost(4000);
      assertThat(in.segment().toArray(ValueLayout.JAVA_FLOAT)).containsOnly(0).hasSize(1000);
      assertThat(in.segment().address() % 64).isZero();
      for (int i = 0; i < 1000; i++) {
        in.segment().setAtIndex(ValueLayout.JAVA_FLOAT, i, i - 0.5f);
      }
      DeviceMemory memory = device.allocate(4000).copyFromAsync(in);
      memory.copyToAsync(out);
      device.event().record().synchronize();
      assertThat(out.segment().mismatch(in.segment())).isEqualTo(-1);
      assertThat(memory.toFloats()[999]).isEqualTo(998.5f);
      assertThat(in.byteSize()).isEqualTo(4000);
    }
  }

  /// A step over gradients that another device, with another stream, brings.
  @Test
  void aStepWaitsForAnotherDevicesWork() {
    float[] expected;
    float[] gradients = {1, 2, -3, 4};
    try (Device device = Device.best()) {
      DeviceMemory weights = device.allocateFloats(4);
      DeviceMemory made = device.allocateFloats(4).copyFrom(gradients);
      Sgd.withLearningRate(0.5).over(device, Parameter.vector("w", weights, made)).step();
      expected = weights.toFloats();
      assertThat(expected).doesNotContain(0);
    }
    try (Device device = Device.best();
        Device other = Device.best()) {
      DeviceMemory weights = device.allocateFloats(4);
      DeviceMemory made = device.allocateFloats(4);
      Optimizer sgd = Sgd.withLearningRate(0.5).over(device, Parameter.vector("w", weights, made));
      HostMemory host = other.allocateHost(16);
      MemorySegment.copy(gradients, 0, host.segment(), ValueLayout.JAVA_FLOAT, 0, 4);
      DeviceMemory seen = DeviceMemory.ofAddress(other, made.segment().address(), 16);
      seen.copyFromAsync(host);
      device.stream().waitFor(other.event().record());
      sgd.step();
      assertThat(weights.toFloats()).containsExactly(expected);
    }
  }

  @Test
  void wrongUseIsATypedException() {
    try (Device device = Device.cpu();
        Device other = Device.cpu()) {
      Event event = device.event();
      assertThatThrownBy(event::synchronize)
          .isInstanceOf(SequenceException.class)
          .hasMessageContaining("never recorded");
      assertThatThrownBy(() -> device.stream().waitFor(event))
          .isInstanceOf(SequenceException.class);
      assertThatThrownBy(() -> event.record().millisecondsSince(device.event()))
          .isInstanceOf(SequenceException.class)
          .hasMessageContaining("from was never recorded");
      assertThatThrownBy(() -> device.stream().waitForStream(MemorySegment.ofAddress(64)))
          .isInstanceOf(InvalidArgumentException.class)
          .hasMessageContaining("stream");
      assertThatThrownBy(() -> device.stream().waitForStream(null))
          .isInstanceOf(InvalidArgumentException.class)
          .hasMessage("stream is null");
      device.stream().waitForStream(MemorySegment.NULL);
      HostMemory host = device.allocateHost(8);
      assertThatThrownBy(() -> device.allocate(12).copyFromAsync(host))
          .isInstanceOf(SizeMismatchException.class)
          .hasMessageContaining("12")
          .hasMessageContaining("8");
      assertThatThrownBy(() -> other.allocate(8).copyToAsync(host))
          .isInstanceOf(DeviceException.class);
      assertThatThrownBy(() -> device.allocateHost(-1))
          .isInstanceOf(InvalidArgumentException.class)
          .hasMessageContaining("-1");
      assertThatThrownBy(() -> device.allocateHost(Long.MAX_VALUE))
          .isInstanceOf(OutOfNativeMemoryException.class);
      MemorySegment segment = host.segment();
      host.close();
      host.close();
      assertThatThrownBy(() -> segment.get(ValueLayout.JAVA_BYTE, 0))
          .isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> device.allocate(8).copyFromAsync(host))
          .isInstanceOf(ClosedException.class);
      event.close();
      event.close();
      assertThatThrownBy(event::record).isInstanceOf(ClosedException.class);
      assertThatThrownBy(() -> device.stream().waitFor(event)).isInstanceOf(ClosedException.class);
    }
  }

  @Test
  void aDeviceClosesItsEventsAndHostMemory() {
    Device device = Device.best();
    Event event = device.event().record();
    HostMemory host = device.allocateHost(64);
    device.allocate(64).copyFromAsync(host);
    device.close();
    assertThatThrownBy(event::synchronize).isInstanceOf(ClosedException.class);
    assertThat(host.segment().scope().isAlive()).isFalse();
    event.close();
    host.close();
  }
}
