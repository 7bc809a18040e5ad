package org.nero4j.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.Map;
import org.nero4j.DType;
import org.nero4j.Layout;
import org.nero4j.Optimizer;
import org.nero4j.StateInfo;

/// Compares the state after the last step with the golden one: a kernel whose state goes astray is
/// found even where its weights do not show it yet.
final class GoldenState {
  /// Names in the files, and ours.
  private static final Map<String, Map<String, String>> NAMES =
      Map.of(
          "nero", Map.of("v", "square", "scale", "scale"),
          "sgd", Map.of("buf", "momentum"),
          "adam", Map.of("m", "first_moment", "v", "second_moment", "vmax", "max_second_moment"),
          "lamb", Map.of("m", "first_moment", "v", "second_moment", "ratio", "trust_ratio"),
          "madam", Map.of("v", "root_second_moment", "max", "bound"),
          "fromage", Map.of("max", "bound"),
          "lar", Map.of("buf", "momentum"));

  private GoldenState() {}

  static void require(
      String what, Trajectory trajectory, Trajectory.Tensor t, Optimizer optimizer, Layout layout) {
    String file = trajectory.file().replace("apex_adam", "adam");
    Map<String, String> names =
        NAMES.entrySet().stream()
            .filter(e -> file.startsWith(e.getKey()))
            .map(Map.Entry::getValue)
            .findFirst()
            .orElseThrow();
    String prefix = t.name() + "/state/";
    for (String golden : trajectory.golden().names(prefix)) {
      String ours = names.get(golden);
      assertThat(ours).as("%s: our name of state '%s'", what, golden).isNotNull();
      StateInfo info =
          optimizer.states(t.name()).stream()
              .filter(s -> s.name().equals(ours))
              .findFirst()
              .orElse(null);
      double[] expected = trajectory.golden().doubles(prefix + golden);
      if (info == null) {
        // A buffer that the reference keeps but its settings never use.
        assertThat(expected).as("%s: unused state '%s'", what, golden).containsOnly(0);
        continue;
      }
      double[] actual = read(optimizer, t, info, layout);
      if (ours.startsWith("root_")) {
        for (int i = 0; i < actual.length; i++) {
          actual[i] *= actual[i];
        }
      }
      // Moments are float32 averages of float32 gradients that may cancel; numbers for a tensor or
      // neuron hang on weights.
      Gate.requireClose(what + " " + t.name() + " state " + ours, expected, actual, 2e-5);
    }
  }

  static double[] read(Optimizer optimizer, Trajectory.Tensor t, StateInfo info, Layout layout) {
    int count = Math.toIntExact(info.count());
    if (info.dtype() == DType.F64) {
      double[] values = new double[count];
      optimizer.readState(t.name(), info.name(), MemorySegment.ofArray(values));
      return values;
    }
    float[] values = new float[count];
    optimizer.readState(t.name(), info.name(), MemorySegment.ofArray(values));
    return GoldenRun.doubles(Trajectory.inRows(values, t, layout));
  }
}
