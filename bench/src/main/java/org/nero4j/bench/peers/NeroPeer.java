package org.nero4j.bench.peers;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.nero4j.Adam;
import org.nero4j.CpuSettings;
import org.nero4j.Device;
import org.nero4j.DeviceMemory;
import org.nero4j.NativeRuntime;
import org.nero4j.Nero;
import org.nero4j.Optimizer;
import org.nero4j.OptimizerBuilder;
import org.nero4j.Parameter;
import org.nero4j.bench.Networks;
import org.nero4j.bench.TensorSet;
import org.nero4j.train.nn.Model;
import org.nero4j.train.nn.ModelParameter;

/// nero4j itself, in a process like the others'.
public final class NeroPeer implements Peer {
  private final int threads;

  NeroPeer(int threads) {
    this.threads = threads;
  }

  /// Arguments: threads, nanoseconds of a turn.
  public static void main(String... arguments) {
    Worker.serve(new NeroPeer(Integer.parseInt(arguments[0])), Long.parseLong(arguments[1]));
  }

  @Override
  public String version() {
    return "nero4j " + NativeRuntime.describe().version();
  }

  private static OptimizerBuilder<?, ?> builder(String name, double rate) {
    return switch (name) {
      case "nero" -> Nero.withLearningRate(rate);
      case "adam" -> Adam.withLearningRate(rate);
      default -> throw new IllegalArgumentException("no optimizer '%s'".formatted(name));
    };
  }

  @Override
  public Task step(String implementation, TensorSet set, double rate) {
    Device device = Device.cpu(CpuSettings.defaults().withThreads(threads));
    List<Parameter> parameters = new ArrayList<>();
    List<DeviceMemory> weights = new ArrayList<>();
    for (int i = 0; i < set.tensors().size(); i++) {
      TensorSet.Tensor t = set.tensors().get(i);
      DeviceMemory w = device.allocateFloats(t.count()).copyFrom(Values.weights(i, t.count()));
      DeviceMemory g = device.allocateFloats(t.count()).copyFrom(Values.gradients(i, t.count()));
      weights.add(w);
      parameters.add(t.parameter("p" + i, w.segment(), g.segment()));
    }
    Optimizer optimizer = builder(implementation, rate).over(device, parameters);
    return Task.of(optimizer::step, weights.getFirst()::toFloats, device::close);
  }

  @Override
  public Training train(String optimizer, String network, int batch, double rate) {
    Model model = Networks.build(network, batch, threads);
    Device device = Device.cpu(CpuSettings.defaults().withThreads(threads));
    Optimizer steps =
        builder(optimizer, rate)
            .over(device, model.parameters().stream().map(ModelParameter::toParameter).toList());
    float[][] images = new float[Values.POOL][];
    int[][] labels = new int[Values.POOL][];
    for (int i = 0; i < Values.POOL; i++) {
      images[i] = Values.images(i, batch * model.features());
      labels[i] = Values.labels(i, batch);
    }
    int[] next = {0};
    Task task =
        Task.of(
            () -> {
              int k = next[0]++ % Values.POOL;
              MemorySegment.copy(
                  images[k], 0, model.inputs(), ValueLayout.JAVA_FLOAT, 0, images[k].length);
              MemorySegment.copy(labels[k], 0, model.labels(), ValueLayout.JAVA_INT, 0, batch);
              model.train(batch);
              steps.step();
            },
            () -> new float[] {(float) model.loss()},
            () -> {
              device.close();
              model.close();
            });
    return Training.of(model.parameters().stream().mapToLong(ModelParameter::count).sum(), task);
  }
}
