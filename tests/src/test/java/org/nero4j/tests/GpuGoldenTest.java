package org.nero4j.tests;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.nero4j.Device;
import org.nero4j.DeviceKind;
import org.nero4j.NativeRuntime;

/// The CUDA backend on a GPU, where there is one: the library as users have it.
@Tag("gpu")
class GpuGoldenTest extends CudaTrajectories {
  @BeforeAll
  static void requireADevice() {
    assumeTrue(
        Device.list().stream().anyMatch(d -> d.kind() == DeviceKind.CUDA),
        () -> "tests tagged gpu are left out: CUDA: " + NativeRuntime.describe().cuda());
  }
}
