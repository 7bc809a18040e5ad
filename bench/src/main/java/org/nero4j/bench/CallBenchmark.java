package org.nero4j.bench;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import org.nero4j.Device;
import org.nero4j.Nero;
import org.nero4j.Optimizer;
import org.nero4j.Parameter;
import org.nero4j.bindings.nero_h;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// What a step costs when there is next to nothing to step: through the Java API, through the
/// generated bindings, through JNA, from C; and each way's empty call. One neuron of three weights.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 15, time = 200, timeUnit = TimeUnit.MILLISECONDS)
public class CallBenchmark {
  private static final int CALLS = 1000;
  private static final MemorySegment NOTHING = Floor.symbol("nero_floor_nothing4");

  private Device device;
  private Optimizer optimizer;
  private NativeStep step;
  private MemorySegment stepAddress;

  /// Makes the optimisers.
  @Setup
  public void open() {
    device = Device.cpu();
    var w = device.allocateFloats(3).copyFrom(1, 2, -3);
    var g = device.allocateFloats(3).copyFrom(1, 0, -1);
    optimizer = Nero.withLearningRate(1e-6).over(device, Parameter.matrix("w", w, g, 1, 3));
    step = new NativeStep();
    stepAddress = nero_h.nero_optimizer_step$address();
  }

  /// Frees all.
  @TearDown
  public void close() {
    step.close();
    device.close();
  }

  /// A downcall to a function that does nothing, with the arguments of a step.
  @Benchmark
  public int emptyFfm() {
    return Floor.nothing(step.handle, step.args, step.report, step.error);
  }

  /// The same by JNA.
  @Benchmark
  public int emptyJna() {
    return NativeStep.JnaNothing.nero_floor_nothing4(
        step.jnaHandle, step.jnaArgs, step.jnaReport, step.jnaError);
  }

  /// C calls a function that does nothing, through a pointer.
  @Benchmark
  @OperationsPerInvocation(CALLS)
  public int emptyC() {
    return Floor.call(NOTHING, step.handle, step.args, step.report, step.error, CALLS);
  }

  /// `Optimizer.step()`.
  @Benchmark
  public void stepJava() {
    optimizer.step();
  }

  /// `nero_optimizer_step` through the generated bindings.
  @Benchmark
  public int stepFfm() {
    return nero_h.nero_optimizer_step(step.handle, step.args, step.report, step.error);
  }

  /// `nero_optimizer_step` through JNA's direct mapping.
  @Benchmark
  public int stepJna() {
    return NativeStep.Jna.nero_optimizer_step(
        step.jnaHandle, step.jnaArgs, step.jnaReport, step.jnaError);
  }

  /// `nero_optimizer_step`, called by C.
  @Benchmark
  @OperationsPerInvocation(CALLS)
  public int stepC() {
    return Floor.call(stepAddress, step.handle, step.args, step.report, step.error, CALLS);
  }
}
