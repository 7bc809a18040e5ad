package org.nero4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class DeviceMemoryTest {
  @Test
  void isZeroedAlignedAndCopied() {
    try (Device device = Device.cpu()) {
      DeviceMemory memory = device.allocateFloats(3);
      assertThat(memory.segment().address() % 64).isZero();
      assertThat(memory.toFloats()).containsExactly(0, 0, 0);
      assertThat(memory.copyFrom(1, 2, 3).toFloats()).containsExactly(1, 2, 3);
      float[] out = new float[3];
      memory.copyTo(MemorySegment.ofArray(out));
      assertThat(out).containsExactly(1, 2, 3);
      assertThat(memory.fill(-0.5f).toFloats()).containsOnly(-0.5f);
      assertThat(device.allocate(0).toFloats()).isEmpty();
      DeviceMemory seen = DeviceMemory.ofAddress(device, memory.segment().address() + 4, 8);
      seen.fill(7).close();
      assertThat(memory.toFloats()).containsExactly(-0.5f, 7, 7);
    }
  }

  @Test
  void wrongUseIsATypedException() {
    try (Device device = Device.cpu()) {
      DeviceMemory memory = device.allocateFloats(3);
      assertThatThrownBy(() -> memory.copyFrom(1, 2))
          .isInstanceOf(SizeMismatchException.class)
          .hasMessageContaining("12")
          .hasMessageContaining("8");
      MemorySegment out = MemorySegment.ofArray(new float[3]);
      assertThatThrownBy(() -> memory.copyTo(out.asReadOnly()))
          .isInstanceOf(InvalidArgumentException.class);
      assertThatThrownBy(() -> memory.copyTo(null)).isInstanceOf(InvalidArgumentException.class);
      assertThatThrownBy(() -> memory.copyFrom((float[]) null))
          .isInstanceOf(InvalidArgumentException.class);
      MemorySegment dead;
      try (Arena arena = Arena.ofConfined()) {
        dead = arena.allocate(12);
      }
      assertThatThrownBy(() -> memory.copyFrom(dead)).isInstanceOf(ClosedException.class);
      assertThatThrownBy(() -> memory.copyTo(dead)).isInstanceOf(ClosedException.class);
      assertThatThrownBy(() -> device.allocate(7).fill(1))
          .isInstanceOf(SizeMismatchException.class);
      assertThatThrownBy(() -> device.allocate(7).toFloats())
          .isInstanceOf(SizeMismatchException.class);
      assertThatThrownBy(() -> device.allocate(-1))
          .isInstanceOf(InvalidArgumentException.class)
          .hasMessageContaining("-1");
      assertThatThrownBy(() -> device.allocateFloats(Long.MAX_VALUE))
          .isInstanceOf(InvalidArgumentException.class);
      assertThatThrownBy(() -> device.allocate(Long.MAX_VALUE))
          .isInstanceOf(OutOfNativeMemoryException.class);
      assertThatThrownBy(() -> DeviceMemory.ofAddress(device, 0, 4))
          .isInstanceOf(InvalidArgumentException.class);
      assertThatThrownBy(() -> DeviceMemory.ofAddress(null, 64, 4))
          .isInstanceOf(InvalidArgumentException.class);
      memory.close();
      assertThatThrownBy(() -> memory.fill(1)).isInstanceOf(ClosedException.class);
      assertThatThrownBy(memory::toFloats).isInstanceOf(ClosedException.class);
      assertThat(memory.segment().scope().isAlive()).isFalse();
      assertThatThrownBy(
              () -> Sgd.withLearningRate(1).over(device, Parameter.vector("w", memory, null)))
          .isInstanceOf(ClosedException.class)
          .hasMessageContaining("'w'");
    }
  }

  /// Freed under a reader, the pages of a large block would be gone, and the process with them.
  @Test
  void aReaderOfMemoryThatIsFreedGetsAnExceptionNeverACrash() throws Exception {
    for (int round = 0; round < 20; round++) {
      try (Device device = Device.cpu()) {
        DeviceMemory memory = device.allocate(8 << 20);
        MemorySegment segment = memory.segment();
        CountDownLatch reading = new CountDownLatch(1);
        AtomicReference<Throwable> seen = new AtomicReference<>();
        Thread reader =
            Thread.ofPlatform()
                .start(
                    () -> {
                      try {
                        float sum = 0;
                        for (long i = 0; ; i = (i + 1) % (2 << 20)) {
                          sum += segment.getAtIndex(ValueLayout.JAVA_FLOAT, i);
                          if (i == 1000) {
                            reading.countDown();
                          }
                          if (sum != 0) {
                            throw new AssertionError("read " + sum + " from zeroed memory");
                          }
                        }
                      } catch (Throwable e) {
                        seen.set(e);
                      }
                    });
        reading.await();
        memory.close();
        reader.join();
        assertThat(seen.get()).isInstanceOf(IllegalStateException.class);
      }
    }
  }
}
