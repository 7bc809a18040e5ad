package org.nero4j.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;
import org.nero4j.Device;
import org.nero4j.DeviceKind;

/// What `nero doctor` says of CUDA: built with it and without, with and without a device.
class DoctorTest {
  private static String cudaLine(CommandLineJvm ran) {
    assertThat(ran.code()).as(ran.said()).isZero();
    assertThat(ran.said()).contains("a step of Nero gave what it should");
    return ran.said().lines().filter(l -> l.startsWith("CUDA  ")).findFirst().orElseThrow();
  }

  @Test
  void theLibraryThatUsersHave() throws Exception {
    boolean device = Device.list().stream().anyMatch(d -> d.kind() == DeviceKind.CUDA);
    CommandLineJvm ran = CommandLineJvm.run(null, "doctor");
    String line = cudaLine(ran);
    assertThat(ran.said().lines().anyMatch(l -> l.startsWith("CUDA 0"))).isEqualTo(device);
    if (!CommandLineJvm.hasCuda()) {
      assertThat(line).isEqualTo("CUDA        none: this build of nero4j has no CUDA backend");
    } else if (device) {
      assertThat(line).contains("driver; built with CUDA");
    } else {
      assertThat(line).matches("CUDA        none: .*(driver|device).*; built with CUDA \\d+.*");
    }
  }

  @Test
  void aLibraryBuiltWithoutCuda() throws Exception {
    assumeTrue(CommandLineJvm.hasCuda(), "without nvcc it is the one that users have");
    CommandLineJvm ran = CommandLineJvm.run(CommandLineJvm.cudalessLibrary(), "doctor");
    assertThat(cudaLine(ran))
        .isEqualTo("CUDA        none: this build of nero4j has no CUDA backend");
    assertThat(ran.said()).doesNotContain("CUDA 0");
  }

  @Test
  void theEmulatedDeviceIsCalledOne() throws Exception {
    assumeTrue(CommandLineJvm.hasCuda(), "this build has no CUDA backend to emulate a device for");
    CommandLineJvm ran = CommandLineJvm.run(CommandLineJvm.emulatedLibrary(), "doctor");
    assertThat(ran.said()).contains("CUDA 0      PTX emulator 0\n");
    assertThat(cudaLine(ran)).doesNotContain("none");
  }
}
