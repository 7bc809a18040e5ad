package org.nero4j.bench.peers;

import static org.bytedeco.pytorch.global.torch.cross_entropy_loss;
import static org.bytedeco.pytorch.global.torch.manual_seed;
import static org.bytedeco.pytorch.global.torch.max_pool2d;
import static org.bytedeco.pytorch.global.torch.relu;
import static org.bytedeco.pytorch.global.torch.set_num_threads;
import static org.bytedeco.pytorch.global.torch.tensor;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Adam;
import org.bytedeco.pytorch.AdamOptions;
import org.bytedeco.pytorch.Conv2dImpl;
import org.bytedeco.pytorch.Conv2dOptions;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.Optimizer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.nero4j.bench.TensorSet;

/// PyTorch by its JavaCPP presets: `torch::optim::Adam`, and `aten::_fused_adam_`.
public final class BytedecoPeer implements Peer {
  /// Tensors go when nobody refers to them; the worker asks the collector to look.
  private static final Runnable LEFT_TO_THE_COLLECTOR = () -> {};

  /// Vectors of tensors: what is got from one points into it, and must not outlive it.
  private final List<TensorVector> owners = new ArrayList<>();

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
          case "fused_adam" -> new FusedAdam(p, g, rate);
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

  /// The layers of a network, and what it makes of a batch.
  private interface Network {
    Tensor forward(Tensor images);
  }

  @Override
  public Task train(String optimizer, String network, int batch, double rate) {
    if (!optimizer.equals("adam")) {
      throw new IllegalArgumentException("no optimizer " + optimizer);
    }
    List<Tensor> parameters = new ArrayList<>();
    Network net =
        switch (network) {
          case "mlp" -> mlp(parameters);
          case "lenet" -> lenet(parameters);
          default -> throw new IllegalArgumentException("no network " + network);
        };
    Tensor[] images = new Tensor[Values.POOL];
    Tensor[] labels = new Tensor[Values.POOL];
    for (int i = 0; i < Values.POOL; i++) {
      long[] shape =
          network.equals("mlp") ? new long[] {batch, 784} : new long[] {batch, 1, 28, 28};
      images[i] = of(Values.images(i, batch * 784), shape);
      long[] digits = new long[batch];
      int[] drawn = Values.labels(i, batch);
      for (int k = 0; k < batch; k++) {
        digits[k] = drawn[k];
      }
      labels[i] = tensor(digits);
    }
    TensorVector all = new TensorVector();
    parameters.forEach(all::push_back);
    Optimizer adam = new Adam(all, new AdamOptions(rate));
    int[] next = {0};
    float[] loss = {Float.NaN};
    Runnable step =
        () -> {
          try (PointerScope inner = new PointerScope()) {
            int k = next[0]++ % Values.POOL;
            for (Tensor p : parameters) {
              p.mutable_grad().reset();
            }
            Tensor l = cross_entropy_loss(net.forward(images[k]), labels[k]);
            l.backward();
            loss[0] = l.item_float();
            adam.step();
          }
        };
    return Task.of(step, () -> loss, LEFT_TO_THE_COLLECTOR);
  }

  private Network mlp(List<Tensor> parameters) {
    LinearImpl[] layers = new LinearImpl[5];
    for (int i = 0; i < layers.length; i++) {
      layers[i] = new LinearImpl(784, i == 4 ? 10 : 784);
      collect(layers[i], parameters);
    }
    return images -> {
      Tensor h = images;
      for (int i = 0; i < layers.length; i++) {
        h = layers[i].forward(h);
        h = i == 4 ? h : relu(h);
      }
      return h;
    };
  }

  private Network lenet(List<Tensor> parameters) {
    Conv2dImpl first = convolution(1, 6, 2);
    Conv2dImpl second = convolution(6, 16, 0);
    LinearImpl[] layers = {
      new LinearImpl(400, 120), new LinearImpl(120, 84), new LinearImpl(84, 10)
    };
    collect(first, parameters);
    collect(second, parameters);
    for (LinearImpl layer : layers) {
      collect(layer, parameters);
    }
    return images -> {
      Tensor h = max_pool2d(relu(first.forward(images)), new long[] {2, 2});
      h = max_pool2d(relu(second.forward(h)), new long[] {2, 2}).flatten(1, -1);
      h = relu(layers[1].forward(relu(layers[0].forward(h))));
      return layers[2].forward(h);
    };
  }

  private static Conv2dImpl convolution(long in, long out, long padding) {
    Conv2dOptions options = new Conv2dOptions(in, out, new LongPointer(5, 5));
    options.padding().put(new LongPointer(padding, padding));
    return new Conv2dImpl(options);
  }

  private void collect(Module module, List<Tensor> parameters) {
    TensorVector all = module.parameters();
    owners.add(all);
    for (long i = 0; i < all.size(); i++) {
      parameters.add(all.get(i));
    }
  }
}
