package org.nero4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.ref.Cleaner;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;

class DeviceLifeTest {
  @Test
  void listsAndDescribesWhatIsThere() {
    assertThat(Device.list()).extracting(DeviceInfo::kind).contains(DeviceKind.CPU);
    try (Device device = Device.best()) {
      boolean cuda = NativeRuntime.describe().cudaDevices() > 0;
      assertThat(device.kind()).isEqualTo(cuda ? DeviceKind.CUDA : DeviceKind.CPU);
      assertThat(device.info().memoryBytes()).isPositive();
      assertThat(device.info().name()).isNotBlank();
      device.stream().synchronize();
      assertThat(device.stream().device()).isSameAs(device);
    }
    assertThatThrownBy(() -> Device.cuda(99))
        .isInstanceOf(DeviceUnavailableException.class)
        .hasMessageContaining("CUDA");
    assertThatThrownBy(() -> Device.cuda(99, null))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessage("stream is null");
    assertThatThrownBy(() -> Device.cpu(null)).isInstanceOf(InvalidArgumentException.class);
  }

  /// Whoever comes too late is told so; nothing native is used after it is freed.
  @Test
  void aDeviceIsClosedUnderThreadsThatUseIt() throws Exception {
    for (int round = 0; round < 30; round++) {
      Device device = Device.cpu(new CpuSettings(1, null));
      AtomicReference<Throwable> wrong = new AtomicReference<>();
      CountDownLatch busy = new CountDownLatch(2);
      List<Thread> threads = new ArrayList<>();
      for (int t = 0; t < 2; t++) {
        threads.add(Thread.ofVirtual().start(() -> use(device, busy, wrong)));
      }
      busy.await();
      while (!device.isClosed()) {
        try {
          device.close();
        } catch (ConcurrentUseException again) {
          Thread.onSpinWait();
        }
      }
      for (Thread thread : threads) {
        thread.join();
      }
      assertThat(wrong.get()).isNull();
    }
  }

  private static void use(Device device, CountDownLatch busy, AtomicReference<Throwable> wrong) {
    try {
      for (int i = 0; ; i++) {
        DeviceMemory memory = device.allocateFloats(100).fill(1);
        Optimizer sgd = Sgd.withLearningRate(1).over(device, Parameter.vector("w", memory, null));
        sgd.step();
        device.stream().synchronize();
        if (i % 2 == 0) {
          sgd.close();
          memory.close();
        }
        if (i == 3) {
          busy.countDown();
        }
      }
    } catch (ClosedException | ConcurrentUseException | SequenceException expected) {
      busy.countDown();
    } catch (Throwable e) {
      wrong.set(e);
      busy.countDown();
    }
  }

  @Test
  void closingAnOptimizerTwiceFromTwoThreadsIsQuiet() throws Exception {
    try (Device device = Device.cpu()) {
      for (int round = 0; round < 200; round++) {
        Optimizer sgd =
            Sgd.withLearningRate(1)
                .over(device, Parameter.vector("w", new float[] {1}, new float[] {1}));
        AtomicReference<Throwable> seen = new AtomicReference<>();
        Thread other =
            Thread.ofPlatform()
                .start(
                    () -> {
                      try {
                        sgd.close();
                      } catch (ConcurrentUseException refused) {
                        // The first is not through yet.
                      } catch (Throwable e) {
                        seen.set(e);
                      }
                    });
        try {
          sgd.close();
        } catch (ConcurrentUseException refused) {
          // The other is not through yet.
        }
        other.join();
        assertThat(seen.get()).isNull();
        assertThat(sgd.isClosed()).isTrue();
      }
    }
  }

  @Test
  void aDeviceDroppedUnclosedIsReportedWithThePlaceWhereItWasOpened() throws Exception {
    String output = ChildJvm.run(Dropper.class, "-Dorg.nero4j.leaks=true");
    assertThat(output)
        .containsOnlyOnce("was dropped without close()")
        .contains("was opened here")
        .contains("DeviceLifeTest$Dropper.drop");
    assertThat(ChildJvm.run(Dropper.class, "-Dorg.nero4j.leaks=false"))
        .doesNotContain("dropped without close()");
  }

  /// Drops a device and waits until the report of it, or where none is due a cleaner of its own,
  /// has run.
  static final class Dropper {
    public static void main(String[] arguments) throws Exception {
      CountDownLatch noticed = new CountDownLatch(1);
      Logger logger = Logger.getLogger("org.nero4j");
      logger.setUseParentHandlers(false);
      logger.addHandler(
          new Handler() {
            @Override
            public void publish(LogRecord entry) {
              System.out.println(entry.getMessage());
              entry.getThrown().printStackTrace(System.out);
              noticed.countDown();
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
          });
      drop();
      if (!Boolean.getBoolean("org.nero4j.leaks")) {
        Cleaner.create().register(new Object(), noticed::countDown);
      }
      for (int i = 0; i < 1000 && noticed.getCount() > 0; i++) {
        System.gc();
        noticed.await(10, TimeUnit.MILLISECONDS);
      }
    }

    private static void drop() {
      Device.cpu(new CpuSettings(1, null)).allocateFloats(10);
      Device.cpu(new CpuSettings(1, null)).close();
    }
  }
}
