package org.nero4j.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.nero4j.CpuSettings;
import org.nero4j.Device;
import org.nero4j.Optimizer;
import org.nero4j.train.nn.Model;
import org.nero4j.train.nn.ModelParameter;

/// A network that trains on random images, batch after batch from a pool: one batch alone would be
/// fitted to a loss of zero, whose gradients are denormal and slow.
final class TrainingLoop implements AutoCloseable {
  private static final int POOL = 16;

  private final Model model;
  private final Device device;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment[] images = new MemorySegment[POOL];
  private final MemorySegment[] labels = new MemorySegment[POOL];
  private int next;

  TrainingLoop(String network, int batch, int threads) {
    model = Networks.build(network, batch, threads);
    device = Device.cpu(CpuSettings.defaults().withThreads(threads));
    SplittableRandom random = new SplittableRandom(1);
    for (int k = 0; k < POOL; k++) {
      images[k] = arena.allocate(model.inputs().byteSize(), 64);
      labels[k] = arena.allocate(model.labels().byteSize(), 64);
      for (long i = 0; i < images[k].byteSize() / 4; i++) {
        images[k].setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
      }
      for (long i = 0; i < labels[k].byteSize() / 4; i++) {
        labels[k].setAtIndex(ValueLayout.JAVA_INT, i, random.nextInt(model.classes()));
      }
    }
  }

  long weights() {
    return model.parameters().stream().mapToLong(ModelParameter::count).sum();
  }

  Optimizer optimizer(OptimizerKind kind) {
    return kind.builder()
        .over(device, model.parameters().stream().map(ModelParameter::toParameter).toList());
  }

  /// Forward and backward of the next batch.
  void gradients() {
    int batch = next++ % POOL;
    model.inputs().copyFrom(images[batch]);
    model.labels().copyFrom(labels[batch]);
    model.train(model.batchSize());
    if (!(model.loss() < 1e3)) {
      throw new IllegalStateException("the loss is " + model.loss());
    }
  }

  @Override
  public void close() {
    device.close();
    model.close();
    arena.close();
  }
}
