package org.nero4j.train.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.nero4j.Device;
import org.nero4j.NativeResources;
import org.nero4j.NativeRuntime;
import org.nero4j.Nero;
import org.nero4j.NeroException;
import org.nero4j.Optimizer;
import org.nero4j.Parameter;
import org.nero4j.train.nn.LayersLibrary;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `nero doctor`
@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    description = "Says what was found on this machine: paste it into an issue report.")
final class DoctorCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  private PrintWriter out;

  @Override
  public Integer call() {
    out = spec.commandLine().getOut();
    line("system", NativeResources.platform() + ", " + System.getProperty("os.version"));
    line("java", Runtime.version() + ", " + System.getProperty("java.vendor"));
    NativeRuntime runtime;
    try {
      runtime = NativeRuntime.describe();
    } catch (NeroException e) {
      line("library", e.getMessage());
      return 1;
    }
    line("library", runtime.library() + " (" + runtime.foundBy() + ")");
    line(
        "version",
        "%s, ABI %d, layout %016x"
            .formatted(runtime.version(), runtime.abiVersion(), runtime.layoutHash()));
    line("built with", runtime.build());
    line("SIMD level", runtime.cpuLevel() + " of " + String.join(", ", runtime.cpuLevels()));
    line("threads", String.valueOf(runtime.threads()));
    Device.list().forEach(d -> line(d.kind() + " " + d.index(), d.name()));
    line("CUDA", runtime.cuda());
    try {
      line(
          "layers",
          "oneDNN %s, bfloat16 in tiles (AMX): %s"
              .formatted(LayersLibrary.backend(), LayersLibrary.hasBfloat16() ? "yes" : "no"));
    } catch (NeroException | UnsatisfiedLinkError e) {
      line("layers", "not available: " + e.getMessage());
    }
    boolean right = selfCheck();
    line(
        "self-check",
        right ? "a step of Nero gave what it should" : "a step of Nero gave WRONG weights");
    return right ? 0 : 1;
  }

  private void line(String what, String found) {
    out.printf("%-11s %s%n", what, found);
    out.flush();
  }

  /// Two neurons whose first step can be done by hand: after it a neuron lies at (w - lr g / |g|),
  /// centred and normalised.
  private static boolean selfCheck() {
    float[] weights = {3, -1, -2, 1, 0, -1};
    float[] gradients = {1, 0, -1, 2, -2, 0};
    double[] expected = new double[6];
    for (int n = 0; n < 2; n++) {
      double[] w = balanced(weights[3 * n], weights[3 * n + 1], weights[3 * n + 2]);
      double norm =
          Math.hypot(Math.hypot(gradients[3 * n], gradients[3 * n + 1]), gradients[3 * n + 2]);
      for (int i = 0; i < 3; i++) {
        w[i] -= 0.1 * gradients[3 * n + i] / norm;
      }
      System.arraycopy(balanced(w[0], w[1], w[2]), 0, expected, 3 * n, 3);
    }
    try (Device device = Device.cpu();
        Optimizer nero =
            Nero.withLearningRate(0.1)
                .over(device, Parameter.matrix("check", weights, gradients, 2, 3))) {
      nero.step();
    }
    boolean right = true;
    for (int i = 0; i < 6; i++) {
      right &= Math.abs(weights[i] - expected[i]) < 1e-6;
    }
    return right;
  }

  private static double[] balanced(double a, double b, double c) {
    double mean = (a + b + c) / 3;
    double norm = Math.hypot(Math.hypot(a - mean, b - mean), c - mean);
    return new double[] {(a - mean) / norm, (b - mean) / norm, (c - mean) / norm};
  }
}
