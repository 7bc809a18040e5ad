package org.nero4j.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nero4j.CpuSettings;
import org.nero4j.Device;
import org.nero4j.Layout;
import org.nero4j.NativeRuntime;
import org.nero4j.OptimizerBuilder;

/// Every optimiser follows the trajectories of the reference implementations, on every SIMD level,
/// in rows and columns, in native memory and in Java arrays.
@Tag("kills-mutants")
class GoldenTest {
  record Case(String file, String level, Layout layout, boolean heap) {
    @Override
    public String toString() {
      return "%s %s %s %s".formatted(file, level, layout, heap ? "arrays" : "native");
    }
  }

  static List<String> files() {
    File folder = new File(GoldenTest.class.getResource("/golden").getPath());
    return Arrays.stream(folder.list())
        .filter(name -> name.endsWith(".safetensors"))
        .filter(name -> !name.startsWith("inputs_") && !name.startsWith("edge"))
        .sorted()
        .toList();
  }

  static Stream<Case> everyOptimizerOnEveryLevel() {
    return files().stream()
        .flatMap(
            file ->
                NativeRuntime.describe().cpuLevels().stream()
                    .flatMap(
                        level ->
                            Stream.of(Layout.ROWS, Layout.COLUMNS)
                                .flatMap(
                                    layout ->
                                        Stream.of(false, true)
                                            .map(heap -> new Case(file, level, layout, heap)))));
  }

  @Test
  void everyFileIsClaimed() {
    assertThat(files()).hasSizeGreaterThan(50);
    for (String file : files()) {
      OptimizerBuilder<?, ?> builder = OptimizerCases.golden(file, Trajectory.of(file).hyper());
      assertThat(builder).as(file).isNotNull();
    }
  }

  @ParameterizedTest
  @MethodSource("everyOptimizerOnEveryLevel")
  void followsTheGoldenTrajectory(Case c) {
    try (Arena arena = Arena.ofConfined();
        Device device = Device.cpu(CpuSettings.defaults().withLevel(c.level()))) {
      GoldenRun.follow(
          c.toString(), c.file(), c.layout(), device, TensorStore.segments(arena, c.heap()));
    }
  }
}
