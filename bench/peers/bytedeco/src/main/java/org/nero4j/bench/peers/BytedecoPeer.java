package org.nero4j.bench.peers;

import static org.bytedeco.pytorch.global.torch.cross_entropy_loss;
import static org.bytedeco.pytorch.global.torch.manual_seed;
import static org.bytedeco.pytorch.global.torch.set_num_threads;
import static org.bytedeco.pytorch.global.torch.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Adam;
import org.bytedeco.pytorch.AdamOptions;
import org.bytedeco.pytorch.Optimizer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.nero4j.bench.TensorSet;

/// PyTorch by its JavaCPP presets: `torch::optim::Adam`, and `aten::_fused_adam_`.
public final class BytedecoPeer implements Peer {
  /// Tensors go when nobody refers to them; the worker asks the collector to look.
  private static final Runnable LEFT_TO_THE_COLLECTOR = () -> {};

  /// Networks that are trained: tensors must not outlive them.
  private final List<BytedecoNetworks> owners = new ArrayList<>();

  private BytedecoPeer() {}

  /// Arguments: threads, nanoseconds of a turn.
  public static void main(String... arguments) {
    set_num_threads(Integer.parseInt(arguments[0]));
    manual_seed(1);
    Worker.serve(new BytedecoPeer(), Long.parseLong(arguments[1]));
  }

  @Override
  public String version() {
    try {
      return "bytedeco PyTorch " + Loader.getVersion("org.bytedeco", "pytorch");
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static Tensor of(float[] values, long... shape) {
    return tensor(values).reshape(shape).contiguous();
  }

  @Override
  public Task step(String implementation, TensorSet set, double rate) {
    int count = set.tensors().size();
    Tensor[] p = new Tensor[count];
    Tensor[] g = new Tensor[count];
    for (int i = 0; i < count; i++) {
      TensorSet.Tensor t = set.tensors().get(i);
      long[] shape =
          t.fanIn() == 0 ? new long[] {t.neurons()} : new long[] {t.neurons(), t.fanIn()};
      p[i] = of(Values.weights(i, t.count()), shape);
      g[i] = of(Values.gradients(i, t.count()), shape);
    }
    Runnable step =
        switch (implementation) {
          case "fused_adam" -> {
            FusedAdam adam = new FusedAdam(p, rate);
            yield () -> adam.step(g);
          }
          case "adam" -> optim(p, g, rate);
          default -> throw new IllegalArgumentException("no optimizer " + implementation);
        };
    return Task.of(step, () -> floats(p[0]), LEFT_TO_THE_COLLECTOR);
  }

  private static Runnable optim(Tensor[] p, Tensor[] g, double rate) {
    TensorVector all = new TensorVector();
    for (int i = 0; i < p.length; i++) {
      p[i].set_requires_grad(true);
      p[i].mutable_grad().put(g[i]);
      all.push_back(p[i]);
    }
    Optimizer adam = new Adam(all, new AdamOptions(rate));
    return () -> {
      try (PointerScope inner = new PointerScope()) {
        adam.step();
      }
    };
  }

  private static float[] floats(Tensor t) {
    try (PointerScope inner = new PointerScope()) {
      float[] values = new float[Math.toIntExact(t.numel())];
      new FloatPointer(t.detach().contiguous().data_ptr_float()).get(values);
      return values;
    }
  }

  @Override
  public Training train(String optimizer, String network, int batch, double rate) {
    BytedecoNetworks networks = new BytedecoNetworks();
    UnaryOperator<Tensor> net = networks.of(network);
    owners.add(networks);
    List<Tensor> parameters = networks.parameters();
    Tensor[] images = new Tensor[Values.POOL];
    Tensor[] labels = new Tensor[Values.POOL];
    long[] shape = Values.shape(network, batch);
    for (int i = 0; i < Values.POOL; i++) {
      images[i] = of(Values.images(i, Values.count(shape)), shape);
      long[] digits = new long[batch];
      int[] drawn = Values.labels(i, batch);
      for (int k = 0; k < batch; k++) {
        digits[k] = drawn[k];
      }
      labels[i] = tensor(digits);
    }
    Runnable move = step(optimizer, parameters, rate);
    int[] next = {0};
    float[] loss = {Float.NaN};
    Runnable step =
        () -> {
          try (PointerScope inner = new PointerScope()) {
            int k = next[0]++ % Values.POOL;
            for (Tensor p : parameters) {
              p.mutable_grad().reset();
            }
            Tensor l = cross_entropy_loss(net.apply(images[k]), labels[k]);
            l.backward();
            loss[0] = l.item_float();
            move.run();
          }
        };
    return Training.of(
        parameters.stream().mapToLong(Tensor::numel).sum(),
        Task.of(step, () -> loss, LEFT_TO_THE_COLLECTOR));
  }

  private static Runnable step(String optimizer, List<Tensor> parameters, double rate) {
    switch (optimizer) {
      case "adam" -> {
        TensorVector all = new TensorVector();
        parameters.forEach(all::push_back);
        Optimizer adam = new Adam(all, new AdamOptions(rate));
        return adam::step;
      }
      case "fused_adam" -> {
        Tensor[] p = parameters.stream().map(Tensor::detach).toArray(Tensor[]::new);
        FusedAdam adam = new FusedAdam(p, rate);
        // Each pass has gradients of its own.
        return () -> adam.step(parameters.stream().map(Tensor::grad).toArray(Tensor[]::new));
      }
      default -> throw new IllegalArgumentException("no optimizer " + optimizer);
    }
  }
}
