package org.nero4j.bench.peers;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.initializer.XavierInitializer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import org.nero4j.bench.TensorSet;

/// Deep Java Library with its PyTorch engine.
public final class DjlPeer implements Peer {
  private DjlPeer() {}

  /// Arguments: threads, nanoseconds of a turn.
  public static void main(String... arguments) {
    System.setProperty("ai.djl.pytorch.num_threads", arguments[0]);
    System.setProperty("ai.djl.pytorch.num_interop_threads", "1");
    Engine.getInstance();
    Worker.serve(new DjlPeer(), Long.parseLong(arguments[1]));
  }

  @Override
  public String version() {
    return "DJL %s, PyTorch %s"
        .formatted(Engine.getDjlVersion(), Engine.getInstance().getVersion());
  }

  private static Optimizer optimizer(String name, double rate) {
    if (!name.equals("adam")) {
      throw new IllegalArgumentException("no optimizer " + name);
    }
    return Optimizer.adam().optLearningRateTracker(Tracker.fixed((float) rate)).build();
  }

  @Override
  public Task step(String implementation, TensorSet set, double rate) {
    Optimizer optimizer = optimizer(implementation, rate);
    NDManager manager = NDManager.newBaseManager();
    int count = set.tensors().size();
    NDArray[] p = new NDArray[count];
    NDArray[] g = new NDArray[count];
    String[] names = new String[count];
    for (int i = 0; i < count; i++) {
      TensorSet.Tensor t = set.tensors().get(i);
      Shape shape = t.fanIn() == 0 ? new Shape(t.neurons()) : new Shape(t.neurons(), t.fanIn());
      p[i] = manager.create(Values.weights(i, t.count()), shape);
      g[i] = manager.create(Values.gradients(i, t.count()), shape);
      names[i] = "p" + i;
    }
    return Task.of(
        () -> {
          for (int i = 0; i < count; i++) {
            optimizer.update(names[i], p[i], g[i]);
          }
        },
        p[0]::toFloatArray,
        manager::close);
  }

  @Override
  public Training train(String optimizer, String network, int batch, double rate) {
    Model model = Model.newInstance(network);
    Block block = DjlNetworks.of(network);
    // PyTorch's own; with DJL's, the loss of a network that has no batch norm starts far from ln
    // 10.
    block.setInitializer(
        new XavierInitializer(
            XavierInitializer.RandomType.UNIFORM, XavierInitializer.FactorType.IN, 1),
        Parameter.Type.WEIGHT);
    model.setBlock(block);
    Loss loss = Loss.softmaxCrossEntropyLoss();
    Trainer trainer =
        model.newTrainer(
            new DefaultTrainingConfig(loss)
                .optOptimizer(optimizer(optimizer, rate))
                .optDevices(new Device[] {Device.cpu()}));
    Shape shape = new Shape(Values.shape(network, batch));
    trainer.initialize(shape);
    NDManager manager = trainer.getManager();
    NDArray[] images = new NDArray[Values.POOL];
    NDArray[] labels = new NDArray[Values.POOL];
    for (int i = 0; i < Values.POOL; i++) {
      images[i] = manager.create(Values.images(i, Math.toIntExact(shape.size())), shape);
      int[] drawn = Values.labels(i, batch);
      long[] digits = new long[batch];
      for (int k = 0; k < batch; k++) {
        digits[k] = drawn[k];
      }
      labels[i] = manager.create(digits);
    }
    int[] next = {0};
    float[] last = {Float.NaN};
    Task task =
        Task.of(
            () -> {
              int k = next[0]++ % Values.POOL;
              try (NDManager inner = manager.newSubManager()) {
                NDArray x = images[k].duplicate();
                x.attach(inner);
                try (GradientCollector collector = trainer.newGradientCollector()) {
                  NDList outputs = trainer.forward(new NDList(x));
                  NDArray l = loss.evaluate(new NDList(labels[k]), outputs);
                  collector.backward(l);
                  last[0] = l.getFloat();
                  outputs.attach(inner);
                  l.attach(inner);
                }
              }
              trainer.step();
            },
            () -> last,
            () -> {
              trainer.close();
              model.close();
            });
    return Training.of(DjlNetworks.parameters(block), task);
  }
}
