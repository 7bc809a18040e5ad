package org.nero4j.bench.peers;

import static org.bytedeco.pytorch.global.torch.dropout;
import static org.bytedeco.pytorch.global.torch.max_pool2d;
import static org.bytedeco.pytorch.global.torch.relu;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.pytorch.BatchNorm2dImpl;
import org.bytedeco.pytorch.BatchNormOptions;
import org.bytedeco.pytorch.Conv2dImpl;
import org.bytedeco.pytorch.Conv2dOptions;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;

/// The networks of `org.nero4j.bench.Networks`, of PyTorch's layers.
final class BytedecoNetworks {
  /// What is got from a vector of tensors points into it, and must not outlive it.
  private final List<TensorVector> owners = new ArrayList<>();

  private final List<Tensor> parameters = new ArrayList<>();

  /// Of all layers made so far.
  List<Tensor> parameters() {
    return parameters;
  }

  /// From a batch of images to its logits.
  UnaryOperator<Tensor> of(String network) {
    return switch (network) {
      case "mlp" -> mlp();
      case "lenet" -> lenet();
      case "vgg11" -> vgg11();
      case "resnet18" -> resnet18();
      default -> throw new IllegalArgumentException("no network " + network);
    };
  }

  private UnaryOperator<Tensor> mlp() {
    List<UnaryOperator<Tensor>> all = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      all.add(linear(784, 784));
      all.add(h -> relu(h));
    }
    all.add(linear(784, 10));
    return inOrder(all);
  }

  private UnaryOperator<Tensor> lenet() {
    return inOrder(
        List.of(
            convolution(1, 6, 5, 1, 2, true),
            h -> max_pool2d(relu(h), 2, 2),
            convolution(6, 16, 5, 1, 0, true),
            h -> max_pool2d(relu(h), 2, 2).flatten(1, -1),
            linear(400, 120),
            h -> relu(h),
            linear(120, 84),
            h -> relu(h),
            linear(84, 10)));
  }

  /// As "Learning by Turning" has it: no bias of convolutions, no batch norm.
  private UnaryOperator<Tensor> vgg11() {
    List<UnaryOperator<Tensor>> all = new ArrayList<>();
    int before = 3;
    for (int channels : new int[] {64, 0, 128, 0, 256, 256, 0, 512, 512, 0, 512, 512, 0}) {
      if (channels == 0) {
        all.add(h -> max_pool2d(h, 2, 2));
      } else {
        all.add(convolution(before, channels, 3, 1, 1, false));
        all.add(h -> relu(h));
        before = channels;
      }
    }
    all.add(h -> h.flatten(1, -1));
    all.add(linear(512, 4096));
    all.add(h -> dropout(relu(h), 0.5, true));
    all.add(linear(4096, 4096));
    all.add(h -> dropout(relu(h), 0.5, true));
    all.add(linear(4096, 10));
    return inOrder(all);
  }

  private UnaryOperator<Tensor> resnet18() {
    List<UnaryOperator<Tensor>> all = new ArrayList<>();
    all.add(normed(3, 64, 3, 1));
    all.add(h -> relu(h));
    int before = 64;
    for (int channels = 64; channels <= 512; channels *= 2) {
      all.add(block(before, channels));
      all.add(block(channels, channels));
      before = channels;
    }
    all.add(h -> h.mean(2, 3));
    all.add(linear(512, 10));
    return inOrder(all);
  }

  private UnaryOperator<Tensor> block(int in, int out) {
    int stride = in == out ? 1 : 2;
    UnaryOperator<Tensor> first = normed(in, out, 3, stride);
    UnaryOperator<Tensor> second = normed(out, out, 3, 1);
    UnaryOperator<Tensor> around = in == out ? h -> h : normed(in, out, 1, stride);
    return h -> relu(second.apply(relu(first.apply(h))).add_(around.apply(h)));
  }

  private static UnaryOperator<Tensor> inOrder(List<UnaryOperator<Tensor>> layers) {
    return images -> {
      Tensor h = images;
      for (UnaryOperator<Tensor> layer : layers) {
        h = layer.apply(h);
      }
      return h;
    };
  }

  private UnaryOperator<Tensor> normed(int in, int out, int kernel, int stride) {
    UnaryOperator<Tensor> convolution = convolution(in, out, kernel, stride, kernel / 2, false);
    BatchNorm2dImpl norm = new BatchNorm2dImpl(new BatchNormOptions(out));
    collect(norm);
    return h -> norm.forward(convolution.apply(h));
  }

  private UnaryOperator<Tensor> convolution(
      int in, int out, int kernel, int stride, int padding, boolean bias) {
    Conv2dOptions options = new Conv2dOptions(in, out, new LongPointer(kernel, kernel));
    options.stride().put(new LongPointer(stride, stride));
    options.padding().put(new LongPointer(padding, padding));
    options.bias().put(bias);
    Conv2dImpl layer = new Conv2dImpl(options);
    collect(layer);
    return layer::forward;
  }

  private UnaryOperator<Tensor> linear(int in, int out) {
    LinearImpl layer = new LinearImpl(in, out);
    collect(layer);
    return layer::forward;
  }

  private void collect(Module module) {
    TensorVector all = module.parameters();
    owners.add(all);
    for (long i = 0; i < all.size(); i++) {
      parameters.add(all.get(i));
    }
  }
}
