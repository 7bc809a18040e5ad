package org.nero4j.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nero4j.CpuSettings;
import org.nero4j.Device;
import org.nero4j.Layout;
import org.nero4j.NativeRuntime;
import org.nero4j.Optimizer;
import org.nero4j.OptimizerBuilder;
import org.nero4j.Parameter;

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
    Trajectory trajectory = Trajectory.of(c.file());
    try (Arena arena = Arena.ofConfined();
        Device device = Device.cpu(CpuSettings.defaults().withLevel(c.level()))) {
      Map<String, MemorySegment> weights = new HashMap<>();
      Map<String, MemorySegment> gradients = new HashMap<>();
      List<Parameter> parameters = new ArrayList<>();
      for (Trajectory.Tensor t : trajectory.tensors()) {
        MemorySegment w = segment(arena, Trajectory.arranged(t.start(), t, c.layout()), c.heap());
        MemorySegment g = segment(arena, new float[t.start().length], c.heap());
        weights.put(t.name(), w);
        gradients.put(t.name(), g);
        Parameter p = Parameter.vector(t.name(), w, g);
        if (t.matrix()) {
          p = Parameter.matrix(t.name(), w, g, t.neurons(), t.fanIn());
          p = c.layout() == Layout.COLUMNS ? p.inColumns() : p;
        }
        parameters.add(p);
      }
      Optimizer optimizer =
          OptimizerCases.golden(c.file(), trajectory.hyper()).over(device, parameters);
      if (c.file().startsWith("lars_kozistr")) {
        startFromTheFirstGradient(trajectory, optimizer, c.layout());
      }
      Map<String, double[]> starts = new HashMap<>();
      for (Trajectory.Tensor t : trajectory.tensors()) {
        double[] start = doubles(t.start());
        if (trajectory.hasCheckpoint(t, 0)) {
          start = trajectory.expected(t, 0);
          Gate.requireClose(c + " " + t.name() + " projected", start, rows(weights, t, c), 1e-6);
        }
        starts.put(t.name(), start);
      }
      for (int step = 1; step <= trajectory.steps(); step++) {
        Set<String> absent = trajectory.absent(step);
        for (Trajectory.Tensor t : trajectory.tensors()) {
          float[] g = Trajectory.arranged(trajectory.gradient(t, step), t, c.layout());
          gradients.get(t.name()).copyFrom(MemorySegment.ofArray(g));
          optimizer.rebindGradients(
              t.name(), absent.contains(t.name()) ? null : gradients.get(t.name()));
        }
        optimizer.setLearningRate(trajectory.rate(step));
        optimizer.step();
        for (Trajectory.Tensor t : trajectory.tensors()) {
          if (trajectory.hasCheckpoint(t, step)) {
            Gate.requireTravel(
                c + " " + t.name() + " after step " + step,
                starts.get(t.name()),
                trajectory.expected(t, step),
                rows(weights, t, c),
                trajectory.float32Error(t),
                step);
          }
        }
      }
      for (Trajectory.Tensor t : trajectory.tensors()) {
        GoldenState.require(c.toString(), trajectory, t, optimizer, c.layout());
      }
    }
  }

  /// The reference's buffer starts as the first gradient without its ratio.
  private static void startFromTheFirstGradient(
      Trajectory trajectory, Optimizer optimizer, Layout layout) {
    for (Trajectory.Tensor t : trajectory.tensors()) {
      float[] g = Trajectory.arranged(trajectory.gradient(t, 1), t, layout);
      optimizer.writeState(t.name(), "momentum", MemorySegment.ofArray(g));
    }
  }

  private static float[] rows(Map<String, MemorySegment> weights, Trajectory.Tensor t, Case c) {
    float[] values = weights.get(t.name()).toArray(ValueLayout.JAVA_FLOAT);
    return Trajectory.inRows(values, t, c.layout());
  }

  private static MemorySegment segment(Arena arena, float[] values, boolean heap) {
    return heap
        ? MemorySegment.ofArray(values)
        : arena.allocateFrom(ValueLayout.JAVA_FLOAT, values);
  }

  static double[] doubles(float[] values) {
    double[] result = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      result[i] = values[i];
    }
    return result;
  }
}
