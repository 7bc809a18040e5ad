package org.nero4j.bench;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.nero4j.AdamW;
import org.nero4j.CpuSettings;
import org.nero4j.Device;
import org.nero4j.DeviceMemory;
import org.nero4j.NativeRuntime;
import org.nero4j.Nero;
import org.nero4j.Optimizer;
import org.nero4j.OptimizerBuilder;
import org.nero4j.Parameter;
import org.nero4j.Sgd;

/// A step beside its floor, round by round on the same buffers and threads, so that a noisy machine
/// is noisy for both. JMH runs benchmarks one after another, minutes apart, and could not compare
/// them here.
public final class StepRatio {
  private static final long ROUND_NANOS = 20_000_000;

  private StepRatio() {}

  /// Arguments: rounds (15), then shapes such as 4096x4096.
  public static void main(String[] arguments) {
    int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 15;
    List<String> shapes =
        arguments.length > 1
            ? Arrays.asList(arguments).subList(1, arguments.length)
            : List.of("784x784", "4096x1024", "4096x4096", "30000x512");
    NativeRuntime runtime = NativeRuntime.describe();
    System.out.printf(
        "%s, %s, Java %s, nero4j %s; medians of %d rounds, step and floor in turn%n",
        Device.list().getFirst().name(),
        runtime.cpuLevel(),
        Runtime.version(),
        runtime.version(),
        rounds);
    System.out.printf(
        "%-7s %-11s %7s %8s %10s %8s %10s  %-22s %12s%n",
        "",
        "shape",
        "threads",
        "B/weight",
        "step us",
        "GB/s",
        "floor GB/s",
        "x of floor (quartiles)",
        "state bytes");
    int all = runtime.threads();
    for (String shape : shapes) {
      long neurons = Long.parseLong(shape.split("x")[0]);
      long fanIn = Long.parseLong(shape.split("x")[1]);
      for (int threads : all == 1 ? new int[] {1} : new int[] {1, all}) {
        measure("nero", Nero.withLearningRate(1e-7), 12, neurons, fanIn, threads, rounds);
        measure("sgd", Sgd.withLearningRate(1e-9), 12, neurons, fanIn, threads, rounds);
        measure("adamw", AdamW.withLearningRate(1e-9), 28, neurons, fanIn, threads, rounds);
      }
    }
  }

  private static void measure(
      String name,
      OptimizerBuilder<?, ?> builder,
      int bytes,
      long neurons,
      long fanIn,
      int threads,
      int rounds) {
    long count = neurons * fanIn;
    try (Device device = Device.cpu(CpuSettings.defaults().withThreads(threads));
        Floor floor = new Floor(threads)) {
      DeviceMemory w = random(device, count, 1);
      DeviceMemory g = random(device, count, 2);
      DeviceMemory m = device.allocateFloats(bytes == 28 ? count : 0);
      DeviceMemory v = device.allocateFloats(bytes == 28 ? count : 0);
      Optimizer optimizer = builder.over(device, Parameter.matrix("w", w, g, neurons, fanIn));
      MemorySegment weights = w.segment();
      MemorySegment gradients = g.segment();
      Runnable yardstick =
          bytes == 28
              ? () -> floor.adam(weights, gradients, m.segment(), v.segment(), count)
              : () -> floor.axpy(weights, gradients, count);
      int repeat = (int) Math.max(1, ROUND_NANOS / Math.max(1, time(optimizer::step, 3)));
      double[] steps = new double[rounds];
      double[] floors = new double[rounds];
      double[] ratios = new double[rounds];
      time(optimizer::step, repeat);
      time(yardstick, repeat);
      for (int i = 0; i < rounds; i++) {
        steps[i] = time(optimizer::step, repeat);
        floors[i] = time(yardstick, repeat);
        ratios[i] = steps[i] / floors[i];
      }
      double traffic = (double) bytes * count;
      System.out.printf(
          "%-7s %-11s %7d %8d %10.1f %8.1f %10.1f  %5.3f (%.3f .. %.3f) %15d%n",
          name,
          neurons + "x" + fanIn,
          threads,
          bytes,
          quantile(steps, 0.5) / 1e3,
          traffic / quantile(steps, 0.5),
          traffic / quantile(floors, 0.5),
          quantile(ratios, 0.5),
          quantile(ratios, 0.25),
          quantile(ratios, 0.75),
          optimizer.stateBytes());
    }
  }

  private static DeviceMemory random(Device device, long count, long seed) {
    var generator = new java.util.SplittableRandom(seed);
    float[] values = new float[Math.toIntExact(count)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (generator.nextDouble() - 0.5);
    }
    return device.allocateFloats(count).copyFrom(values);
  }

  /// Nanoseconds of one of several.
  private static long time(Runnable task, int repeat) {
    long start = System.nanoTime();
    for (int i = 0; i < repeat; i++) {
      task.run();
    }
    return (System.nanoTime() - start) / repeat;
  }

  /// The value below which a share of them lies.
  static double quantile(double[] values, double share) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[(int) Math.round(share * (sorted.length - 1))];
  }
}
