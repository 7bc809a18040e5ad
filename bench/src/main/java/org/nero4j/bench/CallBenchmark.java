package org.nero4j.bench;

import java.util.concurrent.TimeUnit;
import org.nero4j.Device;
import org.nero4j.Nero;
import org.nero4j.Optimizer;
import org.nero4j.Parameter;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// What a step costs when there is next to nothing to step, beside an empty downcall.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class CallBenchmark {
  private Device device;
  private Optimizer nero;

  /// One neuron of three weights.
  @Setup
  public void open() {
    device = Device.cpu();
    var w = device.allocateFloats(3).copyFrom(1, 2, -3);
    var g = device.allocateFloats(3).copyFrom(1, 0, -1);
    nero = Nero.withLearningRate(1e-6).over(device, Parameter.matrix("w", w, g, 1, 3));
  }

  /// Frees all.
  @TearDown
  public void close() {
    device.close();
  }

  /// A downcall to a function that does nothing.
  @Benchmark
  public void emptyCall() {
    Floor.nothing();
  }

  /// A whole step.
  @Benchmark
  public void smallestStep() {
    nero.step();
  }
}
