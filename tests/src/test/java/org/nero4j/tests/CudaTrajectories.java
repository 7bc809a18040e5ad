package org.nero4j.tests;

import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nero4j.Device;
import org.nero4j.Layout;

/// The trajectories of the reference implementations over the first CUDA device, in rows and
/// columns.
abstract class CudaTrajectories {
  record Case(String file, Layout layout) {
    @Override
    public String toString() {
      return "%s cuda %s".formatted(file, layout);
    }
  }

  static Stream<Case> everyOptimizer() {
    return GoldenTest.files().stream()
        .flatMap(
            file -> Stream.of(Layout.ROWS, Layout.COLUMNS).map(layout -> new Case(file, layout)));
  }

  @ParameterizedTest
  @MethodSource("everyOptimizer")
  void followsTheGoldenTrajectory(Case c) {
    try (Device device = Device.cuda(0)) {
      GoldenRun.follow(c.toString(), c.file(), c.layout(), device, TensorStore.memory(device));
    }
    covered(c);
  }

  /// Hears of each trajectory that was followed.
  void covered(Case c) {}
}
