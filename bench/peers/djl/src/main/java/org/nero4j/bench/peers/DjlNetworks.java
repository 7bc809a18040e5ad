package org.nero4j.bench.peers;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.ParallelBlock;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.norm.Dropout;
import ai.djl.nn.pooling.Pool;
import ai.djl.util.Pair;

/// The networks of `org.nero4j.bench.Networks`, of DJL's blocks.
final class DjlNetworks {
  private DjlNetworks() {}

  static Block of(String network) {
    return switch (network) {
      case "mlp" -> mlp();
      case "lenet" -> lenet();
      case "vgg11" -> vgg11();
      case "resnet18" -> resnet18();
      default -> throw new IllegalArgumentException("no network " + network);
    };
  }

  /// What the optimiser moves: a batch norm's running statistics are parameters here too.
  static long parameters(Block block) {
    return block.getParameters().stream()
        .map(Pair::getValue)
        .filter(Parameter::requiresGradient)
        .mapToLong(p -> p.getArray().size())
        .sum();
  }

  private static Block mlp() {
    SequentialBlock net = new SequentialBlock();
    for (int i = 0; i < 4; i++) {
      net.add(linear(784)).add(Activation.reluBlock());
    }
    return net.add(linear(10));
  }

  private static Block lenet() {
    return new SequentialBlock()
        .add(convolution(6, 5, 1, 2, true))
        .add(Activation.reluBlock())
        .add(pool())
        .add(convolution(16, 5, 1, 0, true))
        .add(Activation.reluBlock())
        .add(pool())
        .add(Blocks.batchFlattenBlock())
        .add(linear(120))
        .add(Activation.reluBlock())
        .add(linear(84))
        .add(Activation.reluBlock())
        .add(linear(10));
  }

  /// As "Learning by Turning" has it: no bias of convolutions, no batch norm.
  private static Block vgg11() {
    SequentialBlock net = new SequentialBlock();
    for (int channels : new int[] {64, 0, 128, 0, 256, 256, 0, 512, 512, 0, 512, 512, 0}) {
      if (channels == 0) {
        net.add(pool());
      } else {
        net.add(convolution(channels, 3, 1, 1, false)).add(Activation.reluBlock());
      }
    }
    return net.add(Blocks.batchFlattenBlock())
        .add(linear(4096))
        .add(Activation.reluBlock())
        .add(Dropout.builder().optRate(0.5f).build())
        .add(linear(4096))
        .add(Activation.reluBlock())
        .add(Dropout.builder().optRate(0.5f).build())
        .add(linear(10));
  }

  private static Block resnet18() {
    SequentialBlock net = new SequentialBlock().add(normed(64, 3, 1)).add(Activation.reluBlock());
    for (int channels = 64; channels <= 512; channels *= 2) {
      net.add(block(channels, channels > 64)).add(block(channels, false));
    }
    return net.add(Pool.globalAvgPool2dBlock()).add(Blocks.batchFlattenBlock()).add(linear(10));
  }

  private static Block block(int channels, boolean reshapes) {
    int stride = reshapes ? 2 : 1;
    SequentialBlock branch =
        normed(channels, 3, stride).add(Activation.reluBlock()).add(normed(channels, 3, 1));
    Block around = reshapes ? normed(channels, 1, stride) : Blocks.identityBlock();
    ParallelBlock both =
        new ParallelBlock(
            outputs ->
                new NDList(
                    outputs.get(0).singletonOrThrow().add(outputs.get(1).singletonOrThrow())));
    return new SequentialBlock().add(both.add(branch).add(around)).add(Activation.reluBlock());
  }

  private static SequentialBlock normed(int channels, int kernel, int stride) {
    return new SequentialBlock()
        .add(convolution(channels, kernel, stride, kernel / 2, false))
        .add(BatchNorm.builder().build());
  }

  private static Block convolution(
      int channels, int kernel, int stride, int padding, boolean bias) {
    return Conv2d.builder()
        .setKernelShape(new Shape(kernel, kernel))
        .optStride(new Shape(stride, stride))
        .optPadding(new Shape(padding, padding))
        .optBias(bias)
        .setFilters(channels)
        .build();
  }

  private static Block linear(int units) {
    return Linear.builder().setUnits(units).build();
  }

  private static Block pool() {
    return Pool.maxPool2dBlock(new Shape(2, 2), new Shape(2, 2));
  }
}
