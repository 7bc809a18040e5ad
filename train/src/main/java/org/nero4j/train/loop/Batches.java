package org.nero4j.train.loop;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.nero4j.train.data.Dataset;
import org.nero4j.train.nn.Model;

/// Deals a data set to a model in batches, shuffled anew for each epoch by a seed.
final class Batches {
  private final Dataset data;
  private final Model model;
  private final int[] order;
  private final RandomGenerator random;

  Batches(Dataset data, Model model, long seed) {
    this.data = data;
    this.model = model;
    order = new int[data.count()];
    for (int i = 0; i < order.length; i++) {
      order[i] = i;
    }
    random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
  }

  int count() {
    return (data.count() + model.batchSize() - 1) / model.batchSize();
  }

  void shuffle() {
    for (int i = order.length - 1; i > 0; i--) {
      int k = random.nextInt(i + 1);
      int kept = order[i];
      order[i] = order[k];
      order[k] = kept;
    }
  }

  /// Copies a batch into the model; gives its rows, fewer for the last.
  int load(int batch) {
    int first = batch * model.batchSize();
    int rows = Math.min(model.batchSize(), data.count() - first);
    int width = data.width();
    for (int row = 0; row < rows; row++) {
      int which = order[first + row];
      MemorySegment.copy(
          data.features(),
          which * width,
          model.inputs(),
          ValueLayout.JAVA_FLOAT,
          4L * row * width,
          width);
      model.labels().setAtIndex(ValueLayout.JAVA_INT, row, data.labels()[which]);
    }
    return rows;
  }
}
