package org.nero4j.train.loop;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.nero4j.train.data.Augmentation;
import org.nero4j.train.data.Dataset;
import org.nero4j.train.nn.Model;

/// Deals a data set to a model in batches, shuffled anew for each epoch by a seed.
///
/// While a model trains on a batch, another thread makes the next one. What a batch holds depends
/// on the seed, the epoch and the place in it alone, so results are the same without that thread.
final class Batches implements AutoCloseable {
  /// A batch, ready to be copied into a model.
  private static final class Made {
    final float[] features;
    final int[] labels;
    int rows;

    Made(int features, int labels) {
      this.features = new float[features];
      this.labels = new int[labels];
    }
  }

  private final Dataset data;
  private final int batchSize;
  private final Augmentation augmentation;
  private final long seed;
  private final int[] order;
  private final RandomGenerator random;
  private final Made[] slots;
  private final ExecutorService ahead;
  private Future<Made> next;
  private int nextBatch = -1;
  private int epoch;

  /// @param prefetch whether another thread makes the next batch
  Batches(Dataset data, int batchSize, Augmentation augmentation, long seed, boolean prefetch) {
    this.data = data;
    this.batchSize = batchSize;
    this.augmentation = augmentation;
    this.seed = seed;
    order = new int[data.count()];
    for (int i = 0; i < order.length; i++) {
      order[i] = i;
    }
    random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    slots = new Made[prefetch ? 2 : 1];
    for (int i = 0; i < slots.length; i++) {
      slots[i] = new Made(batchSize * data.features(), batchSize);
    }
    ahead =
        prefetch
            ? Executors.newSingleThreadExecutor(
                Thread.ofPlatform().daemon().name("nero-batches").factory())
            : null;
  }

  int count() {
    return (data.count() + batchSize - 1) / batchSize;
  }

  int images() {
    return data.count();
  }

  /// Starts the next epoch.
  void shuffle() {
    await();
    epoch++;
    for (int i = order.length - 1; i > 0; i--) {
      int k = random.nextInt(i + 1);
      int kept = order[i];
      order[i] = order[k];
      order[k] = kept;
    }
  }

  /// Copies a batch into the model; gives its rows, fewer for the last.
  int load(int batch, Model model) {
    Made made = take(batch);
    int floats = made.rows * data.features();
    MemorySegment.copy(made.features, 0, model.inputs(), ValueLayout.JAVA_FLOAT, 0, floats);
    MemorySegment.copy(made.labels, 0, model.labels(), ValueLayout.JAVA_INT, 0, made.rows);
    return made.rows;
  }

  private Made take(int batch) {
    if (ahead == null) {
      return make(batch, slots[0]);
    }
    Made made = nextBatch == batch ? await() : null;
    if (made == null) {
      await();
      made = make(batch, slots[batch % 2]);
    }
    if (batch + 1 < count()) {
      nextBatch = batch + 1;
      next = ahead.submit(() -> make(batch + 1, slots[(batch + 1) % 2]));
    }
    return made;
  }

  /// What the other thread is making, once it is made; null if it is making nothing.
  private Made await() {
    if (next == null) {
      return null;
    }
    try {
      return next.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for a batch", e);
    } finally {
      next = null;
      nextBatch = -1;
    }
  }

  private Made make(int batch, Made made) {
    int first = batch * batchSize;
    made.rows = Math.min(batchSize, data.count() - first);
    SplittableRandom moves =
        augmentation == Augmentation.NONE
            ? null
            : new SplittableRandom(seed * 0x9E3779B97F4A7C15L + ((long) epoch << 32) + batch);
    for (int row = 0; row < made.rows; row++) {
      int which = order[first + row];
      augmentation.apply(data, which, moves, made.features, row * data.features());
      made.labels[row] = data.labels()[which];
    }
    return made;
  }

  @Override
  public void close() {
    if (ahead != null) {
      ahead.shutdownNow();
    }
  }
}
