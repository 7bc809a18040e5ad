package org.nero4j.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nero4j.Device;
import org.nero4j.DeviceKind;

/// `nero gpu-check` where no GPU is, and its way over a device with the emulated one in its place.
class GpuCheckTest {
  @TempDir private Path folder;

  private CommandLineJvm check(Path library, Path build, String parts) throws Exception {
    return CommandLineJvm.run(
        library,
        "gpu-check",
        "--report=" + folder.resolve("report.md"),
        "--native-build=" + build,
        "--tests-class-path=" + System.getProperty("java.class.path"),
        "--parts=" + parts);
  }

  private String report() throws Exception {
    return Files.readString(folder.resolve("report.md"));
  }

  @Test
  void withoutAGpuOneLineSaysWhyAndAllIsWell() throws Exception {
    assumeFalse(Device.list().stream().anyMatch(d -> d.kind() == DeviceKind.CUDA), "here is a GPU");
    CommandLineJvm ran = check(null, CommandLineJvm.nativeBuild(), "native,golden,steps");
    assertThat(ran.code()).isZero();
    assertThat(ran.said().lines())
        .singleElement()
        .asString()
        .startsWith("no GPU was checked: CUDA: none: ");
    assertThat(folder.resolve("report.md")).doesNotExist();
  }

  /// The native programs run by themselves.
  @Test
  void underEmulationNothingIsCalledAGpu() throws Exception {
    assumeTrue(CommandLineJvm.hasCuda(), "this build has no CUDA backend to emulate a device for");
    CommandLineJvm ran =
        check(
            CommandLineJvm.emulatedLibrary(),
            CommandLineJvm.nativeBuild(),
            "golden,steps,sanitizers");
    assertThat(ran.code()).as(ran.said()).isZero();
    assertThat(report())
        .startsWith("# What gpu-check does, under PTX emulation: no GPU took part\n")
        .contains("| device, emulated | PTX emulator 0 |")
        .contains("| steps and replays, without times | PTX emulation | passed |")
        .containsPattern("golden trajectories .* \\| PTX emulation \\| passed \\| \\d{2,} tests")
        .contains("Ground: PTX emulation. Card: PTX emulator 0")
        .contains("| Nero | 40 x 300 and 3 x 20000 | 72000 | 6 steps taken |")
        .contains("it watches no emulated device")
        .doesNotContain("| GPU |")
        .doesNotContain("us |");
  }

  @Test
  void whatFailsIsSaidAndIsTheExitCode() throws Exception {
    assumeTrue(CommandLineJvm.hasCuda(), "this build has no CUDA backend to emulate a device for");
    Path programs = Files.createDirectories(folder.resolve("build/native/tests"));
    Path script = programs.resolve("cuda_test");
    Files.writeString(script, "#!/bin/sh\necho kernels differ\nexit 3\n");
    assertThat(script.toFile().setExecutable(true)).isTrue();
    Path idle = programs.resolve("cuda_call_test");
    Files.writeString(idle, "#!/bin/sh\necho no CUDA device, real or emulated: none\n");
    assertThat(idle.toFile().setExecutable(true)).isTrue();
    CommandLineJvm ran =
        check(CommandLineJvm.emulatedLibrary(), folder.resolve("build"), "native,steps");
    assertThat(ran.code()).isEqualTo(1);
    assertThat(report())
        .contains("| PTX emulation | FAILED | exit code 3 |")
        .contains("kernels differ")
        .contains("| PTX emulation | FAILED | found no device |")
        .contains("| PTX emulation | FAILED | not built: ");
  }
}
