package org.nero4j.examples;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.nero4j.AdamW;
import org.nero4j.Device;
import org.nero4j.DeviceMemory;
import org.nero4j.Event;
import org.nero4j.HostMemory;
import org.nero4j.Nero;
import org.nero4j.Optimizer;
import org.nero4j.Parameter;
import org.nero4j.Sgd;
import org.nero4j.StepReport;

/// The examples of the documentation: javadoc takes them from here, and a test runs them.
public final class Snippets {
  private Snippets() {}

  /// Runs all and prints what they come to.
  public static void main(String[] arguments) {
    System.out.println("arrays " + arrays());
    System.out.println("segments " + segments());
    System.out.println("columns " + columns());
    System.out.println("decay " + decay());
    System.out.println("moving " + moving());
    System.out.println("resumed " + resumed());
    System.out.println("foreign " + foreign());
    System.out.println("timed " + timing());
  }

  static float arrays() {
    // @start region="arrays"
    float[] weights = {3, -1, 2, 0.5f, 1, -4}; // two neurons of three inputs
    float[] gradients = {0.1f, 0.2f, -0.3f, 1, 0, -1};
    try (Device device = Device.cpu();
        Optimizer nero =
            Nero.withLearningRate(0.01)
                .over(device, Parameter.matrix("fc1.weight", weights, gradients, 2, 3))) {
      nero.step();
    }
    // @end
    return weights[0];
  }

  static StepReport segments() {
    // @start region="segments"
    try (Device device = Device.cpu();
        Arena arena = Arena.ofConfined()) {
      MemorySegment weights = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1, 2, 3, 5);
      MemorySegment gradients = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1, 0, Float.NaN, 1);
      Optimizer nero =
          Nero.withLearningRate(0.01).over(device, Parameter.matrix("w", weights, gradients, 2, 2));
      nero.setLearningRate(0.005);
      nero.step();
      return nero.report(); // one neuron had a gradient that is not finite, and rested
    }
    // @end
  }

  static float columns() {
    float[] kernel = {1, 4, 2, -1, 3, 0.5f};
    float[] gradients = {1, 0, 0, 1, 0, 0};
    try (Device device = Device.cpu()) {
      // @start region="columns"
      // Keras keeps a dense layer's kernel as [inputs, outputs]: here three inputs, two neurons.
      Parameter dense = Parameter.matrix("kernel", kernel, gradients, 2, 3).inColumns();
      // @end
      Nero.withLearningRate(0.01).over(device, dense).step();
    }
    return kernel[0];
  }

  static float decay() {
    float[] weights = {1, 2};
    float[] bias = {1};
    float[] zeros = {0, 0};
    float[] zero = {0};
    try (Device device = Device.cpu()) {
      // @start region="decay"
      Optimizer adam =
          AdamW.withLearningRate(1e-3)
              .weightDecay(0.1)
              .over(
                  device,
                  Parameter.matrix("fc.weight", weights, zeros, 1, 2),
                  Parameter.vector("fc.bias", bias, zero).withWeightDecayFactor(0));
      // @end
      adam.step();
    }
    return bias[0];
  }

  static float moving() {
    try (Device device = Device.cpu();
        Arena arena = Arena.ofConfined()) {
      MemorySegment weights = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1, 1);
      Optimizer sgd = Sgd.withLearningRate(0.5).over(device, Parameter.vector("b", weights, null));
      // @start region="moving"
      for (int batch = 0; batch < 2; batch++) {
        // A framework that allocates gradients anew for each batch.
        MemorySegment gradients = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1, 1);
        sgd.rebindGradients("b", gradients);
        sgd.step();
      }
      // @end
      return weights.getAtIndex(ValueLayout.JAVA_FLOAT, 0);
    }
  }

  static long resumed() {
    float[] weights = {1, 2, 3, 5};
    float[] gradients = {1, 0, 0, 1};
    try (Device device = Device.cpu()) {
      Parameter w = Parameter.matrix("w", weights, gradients, 2, 2);
      Optimizer before = Nero.withLearningRate(0.01).over(device, w);
      before.step();
      Optimizer after = Nero.withLearningRate(0.01).over(device, w);
      // @start region="state"
      for (Parameter p : before.parameters()) {
        for (var state : before.states(p.name())) {
          MemorySegment bytes = MemorySegment.ofArray(new byte[(int) state.bytes()]);
          before.readState(p.name(), state.name(), bytes); // ... to a file, and back from it ...
          after.writeState(p.name(), state.name(), bytes);
        }
      }
      // @end
      return after.steps();
    }
  }

  static boolean timing() {
    try (Device device = Device.cpu()) {
      DeviceMemory weights = device.allocateFloats(1024).fill(1);
      DeviceMemory gradients = device.allocateFloats(1024);
      Optimizer sgd =
          Sgd.withLearningRate(0.1).over(device, Parameter.vector("w", weights, gradients));
      // @start region="timing"
      try (HostMemory batch = device.allocateHost(4096);
          Event start = device.event();
          Event end = device.event()) {
        start.record();
        gradients.copyFromAsync(batch);
        sgd.step();
        end.record();
        // ... Java is free for other work; only this waits:
        double milliseconds = end.millisecondsSince(start);
        // @end
        return milliseconds > 0;
      }
    }
  }

  static String foreign() {
    try (Device device = Device.cpu();
        Arena arena = Arena.ofConfined()) {
      long address = arena.allocate(16, 4).address();
      // @start region="foreign"
      // An address that another library gave out: 16 bytes that stay its own.
      DeviceMemory weights = DeviceMemory.ofAddress(device, address, 16);
      weights.fill(0.5f);
      // @end
      return java.util.Arrays.toString(weights.toFloats());
    }
  }
}
