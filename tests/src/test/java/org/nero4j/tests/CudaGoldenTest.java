package org.nero4j.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nero4j.Adam;
import org.nero4j.Device;
import org.nero4j.DeviceException;
import org.nero4j.DeviceKind;
import org.nero4j.DeviceMemory;
import org.nero4j.Event;
import org.nero4j.HostMemory;
import org.nero4j.Nero;
import org.nero4j.Optimizer;
import org.nero4j.Parameter;
import org.nero4j.StepGraph;

/// The CUDA backend follows the trajectories of the reference implementations, in rows and columns,
/// under PTX emulation: the library's own kernels, interpreted. Runs where the build had nvcc.
@Tag("cuda-emulated")
class CudaGoldenTest extends CudaTrajectories {
  private static final Path LIBRARY = Path.of(System.getProperty("org.nero4j.library.path"));
  private static final CudaCoverage COVERAGE = new CudaCoverage();

  @BeforeAll
  static void requireTheEmulatedLibrary() {
    assumeTrue(
        Files.exists(LIBRARY), "this build has no CUDA backend: nothing to run under emulation");
  }

  /// The one line that the build prints of the whole suite, the native tests' part included. Fails
  /// where no kernel ran, or a launch went wrong and no test noticed.
  @AfterAll
  static void sayWhatWasCovered() throws Throwable {
    if (Files.exists(LIBRARY)) {
      Path build = LIBRARY.getParent().resolveSibling("native");
      COVERAGE.addThisProcess(build.resolve("tests/ptx-emulator/lib/libcudart.so.13"));
      COVERAGE.addNativeTests(LIBRARY.resolveSibling("coverage"));
      System.out.println("CUDA under PTX emulation: " + COVERAGE);
      assertThat(COVERAGE.kernels()).as("kernels launched").isPositive();
      assertThat(COVERAGE.faults()).as("launches that went wrong").isZero();
    } else {
      System.out.println("CUDA under PTX emulation: skipped, this build had no nvcc");
    }
  }

  @Override
  void covered(Case c) {
    COVERAGE.addShapes(c.file(), c.layout());
  }

  @Test
  void theEmulatedDeviceIsListedAndBest() {
    assertThat(Device.list()).anyMatch(info -> info.kind() == DeviceKind.CUDA);
    try (Device best = Device.best()) {
      assertThat(best.kind()).isEqualTo(DeviceKind.CUDA);
    }
  }

  /// As it stands there: it asks for the best device, which is the emulated one.
  @Test
  void theExampleOfTheReadmeRunsUnchanged(@TempDir Path folder) throws Exception {
    String readme = Files.readString(Path.of("../README.md"));
    Matcher example =
        Pattern.compile("(?s)```java\n((?:(?!```).)*Device\\.best\\(\\).*?)```").matcher(readme);
    assertThat(example.find()).isTrue();
    Path source = Files.writeString(folder.resolve("Example.java"), example.group(1));
    Path report = folder.resolve("report");
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-Dorg.nero4j.library.path=" + System.getProperty("org.nero4j.library.path"),
            "-cp",
            System.getProperty("java.class.path"),
            source.toString());
    builder.environment().put("PTXEMU_REPORT", report.toString());
    Process process = builder.redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor()).as(output).isZero();
    assertThat(output).isEqualTo("steps 10, state 12544 bytes\n");
    assertThat(Files.readString(report)).contains("nero_kernel");
    COVERAGE.addReport(report);
  }

  @Test
  void deviceMemoryHasNoBytesForJava() {
    float[] values = {1, 2, 3, 4};
    try (Device device = Device.cuda(0)) {
      DeviceMemory memory = device.allocateFloats(4).copyFrom(values);
      assertThat(memory.segment().byteSize()).isZero();
      assertThat(memory.toFloats()).containsExactly(values);
      assertThat(memory.fill(7).toFloats()).containsOnly(7);
    }
  }

  @Test
  void copiesFromPinnedMemoryAreOrderedByEvents() {
    try (Device device = Device.cuda(0);
        Device other = Device.cuda(0)) {
      DeviceMemory memory = device.allocateFloats(3);
      HostMemory in = other.allocateHost(12);
      HostMemory out = device.allocateHost(12);
      MemorySegment.copy(new float[] {1, 2, 3}, 0, in.segment(), ValueLayout.JAVA_FLOAT, 0, 3);
      DeviceMemory.ofAddress(other, memory.segment().address(), 12).copyFromAsync(in);
      Event copied = other.event().record();
      device.stream().waitFor(copied);
      device.stream().waitForStream(MemorySegment.NULL);
      memory.copyToAsync(out);
      Event end = device.event().record();
      assertThat(end.millisecondsSince(copied)).isNotNaN();
      assertThat(out.segment().toArray(ValueLayout.JAVA_FLOAT)).containsExactly(1, 2, 3);
    }
  }

  @Test
  void javaArraysAreRefused() {
    try (Device device = Device.cuda(0)) {
      assertThatThrownBy(
              () ->
                  Adam.withLearningRate(0.1)
                      .over(device, Parameter.vector("w", new float[3], new float[3])))
          .isInstanceOf(DeviceException.class)
          .hasMessageContaining("'w'")
          .hasMessageContaining("a Java array");
    }
  }

  @Test
  void aReplayIsAStepAndTheReportIsReadWhenAsked() {
    try (Device device = Device.cuda(0)) {
      float[] start = {3, -1, 2, 0.5f, 1, -4};
      DeviceMemory eager = device.allocateFloats(6).copyFrom(start);
      DeviceMemory replayed = device.allocateFloats(6).copyFrom(start);
      DeviceMemory gradients = device.allocateFloats(6).copyFrom(0.1f, 0.2f, -0.3f, 1, 0, -1);
      Optimizer a =
          Nero.withLearningRate(0.01).over(device, Parameter.matrix("w", eager, gradients, 2, 3));
      Optimizer b =
          Nero.withLearningRate(0.01)
              .over(device, Parameter.matrix("w", replayed, gradients, 2, 3));
      assertThat(b.report().step()).isZero();
      StepGraph graph = b.capture();
      for (int step = 1; step <= 3; step++) {
        a.setLearningRate(0.1 / step);
        b.setLearningRate(0.1 / step);
        a.step();
        graph.replay();
      }
      assertThat(replayed.toFloats()).containsExactly(eager.toFloats());
      assertThat(b.report().step()).isEqualTo(3);
      assertThat(b.report().parametersStepped()).isEqualTo(1);
    }
  }
}
