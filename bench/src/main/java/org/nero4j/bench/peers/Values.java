package org.nero4j.bench.peers;

import java.util.SplittableRandom;
import java.util.stream.LongStream;

/// The same numbers for every peer.
public final class Values {
  /// Batches of a pool: one alone would be fitted to a loss of zero, whose gradients are denormal.
  public static final int POOL = 16;

  private Values() {}

  /// Weights of the i-th tensor, within +-0.5.
  public static float[] weights(int i, long count) {
    return uniform(2L * i, count);
  }

  /// Its gradients, within +-0.5.
  public static float[] gradients(int i, long count) {
    return uniform(2L * i + 1, count);
  }

  private static float[] uniform(long seed, long count) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] all = new float[Math.toIntExact(count)];
    for (int k = 0; k < all.length; k++) {
      all[k] = (float) (random.nextDouble() - 0.5);
    }
    return all;
  }

  /// What a network reads, without the batch: channels, height and width, or a vector's length.
  ///
  /// @throws IllegalArgumentException if it is unknown
  public static long[] shape(String network) {
    return switch (network) {
      case "mlp" -> new long[] {784};
      case "lenet" -> new long[] {1, 28, 28};
      case "vgg11", "resnet18" -> new long[] {3, 32, 32};
      default -> throw new IllegalArgumentException("no network '%s'".formatted(network));
    };
  }

  /// The same with the batch in front.
  public static long[] shape(String network, int batch) {
    return LongStream.concat(LongStream.of(batch), LongStream.of(shape(network))).toArray();
  }

  /// Numbers of a shape.
  public static int count(long... shape) {
    return Math.toIntExact(LongStream.of(shape).reduce(1, Math::multiplyExact));
  }

  /// Pixels of the i-th batch, of unit variance.
  public static float[] images(int i, int count) {
    SplittableRandom random = new SplittableRandom(1000L + i);
    float[] all = new float[count];
    for (int k = 0; k < count; k++) {
      all[k] = (float) ((random.nextDouble() - 0.5) * Math.sqrt(12));
    }
    return all;
  }

  /// Labels of the i-th batch, 0 to 9.
  public static int[] labels(int i, int count) {
    SplittableRandom random = new SplittableRandom(2000L + i);
    int[] all = new int[count];
    for (int k = 0; k < count; k++) {
      all[k] = random.nextInt(10);
    }
    return all;
  }
}
