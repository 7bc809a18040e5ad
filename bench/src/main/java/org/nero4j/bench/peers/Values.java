package org.nero4j.bench.peers;

import java.util.SplittableRandom;

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
