package org.nero4j.tests;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nero4j.Device;
import org.nero4j.Layout;
import org.nero4j.Optimizer;
import org.nero4j.Parameter;

/// Steps one golden file's model and compares weights at its checkpoints and the state at its end.
final class GoldenRun {
  private GoldenRun() {}

  static void follow(String what, String file, Layout layout, Device device, TensorStore store) {
    Trajectory trajectory = Trajectory.of(file);
    List<Parameter> parameters = new ArrayList<>();
    for (Trajectory.Tensor t : trajectory.tensors()) {
      store.put(t, Trajectory.arranged(t.start(), t, layout));
      parameters.add(store.parameter(t, layout, true));
    }
    Optimizer optimizer = OptimizerCases.golden(file, trajectory.hyper()).over(device, parameters);
    if (file.startsWith("lars_kozistr")) {
      startFromTheFirstGradient(trajectory, optimizer, layout);
    }
    Map<String, double[]> starts = new HashMap<>();
    for (Trajectory.Tensor t : trajectory.tensors()) {
      double[] start = doubles(t.start());
      if (trajectory.hasCheckpoint(t, 0)) {
        start = trajectory.expected(t, 0);
        Gate.requireClose(
            what + " " + t.name() + " projected", start, rows(store, t, layout), 1e-6);
      }
      starts.put(t.name(), start);
    }
    for (int step = 1; step <= trajectory.steps(); step++) {
      Set<String> absent = trajectory.absent(step);
      for (Trajectory.Tensor t : trajectory.tensors()) {
        store.gradients(t, Trajectory.arranged(trajectory.gradient(t, step), t, layout));
        optimizer.rebind(store.parameter(t, layout, !absent.contains(t.name())));
      }
      optimizer.setLearningRate(trajectory.rate(step));
      optimizer.step();
      for (Trajectory.Tensor t : trajectory.tensors()) {
        if (trajectory.hasCheckpoint(t, step)) {
          Gate.requireTravel(
              what + " " + t.name() + " after step " + step,
              starts.get(t.name()),
              trajectory.expected(t, step),
              rows(store, t, layout),
              trajectory.float32Error(t),
              step);
        }
      }
    }
    for (Trajectory.Tensor t : trajectory.tensors()) {
      GoldenState.require(what, trajectory, t, optimizer, layout);
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

  private static float[] rows(TensorStore store, Trajectory.Tensor t, Layout layout) {
    return Trajectory.inRows(store.weights(t), t, layout);
  }

  static double[] doubles(float[] values) {
    double[] result = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      result[i] = values[i];
    }
    return result;
  }
}
