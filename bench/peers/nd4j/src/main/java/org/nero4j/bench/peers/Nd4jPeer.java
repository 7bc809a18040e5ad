package org.nero4j.bench.peers;

import java.util.Arrays;
import java.util.Properties;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.Adam;
import org.nero4j.bench.TensorSet;

/// ND4J's updaters, Nero written with its array operations, and Deeplearning4j's training.
public final class Nd4jPeer implements Peer {
  private Nd4jPeer() {}

  /// Arguments: threads (as OMP_NUM_THREADS has them too), nanoseconds of a turn.
  public static void main(String... arguments) {
    Nd4j.getEnvironment().setMaxThreads(Integer.parseInt(arguments[0]));
    Worker.serve(new Nd4jPeer(), Long.parseLong(arguments[1]));
  }

  @Override
  public String version() {
    Properties environment = Nd4j.getExecutioner().getEnvironmentInformation();
    return "ND4J 1.0.0-M2.1, " + environment.getProperty("blas.vendor");
  }

  @Override
  public Task step(String implementation, TensorSet set, double rate) {
    int count = set.tensors().size();
    INDArray[] p = new INDArray[count];
    INDArray[] g = new INDArray[count];
    for (int i = 0; i < count; i++) {
      TensorSet.Tensor t = set.tensors().get(i);
      long[] shape = {t.neurons(), Math.max(1, t.fanIn())};
      p[i] = Nd4j.create(Values.weights(i, t.count()), shape, 'c');
      g[i] = Nd4j.create(Values.gradients(i, t.count()), shape, 'c');
    }
    INDArray[] fresh = Arrays.stream(g).map(INDArray::dup).toArray(INDArray[]::new);
    Runnable step =
        switch (implementation) {
          case "adam" -> adam(p, g, rate);
          case "nero" -> new ArrayNero(p, g, rate);
          default -> throw new IllegalArgumentException("no optimizer " + implementation);
        };
    return Task.of(
        step, () -> refresh(g, fresh), () -> p[0].dup().data().asFloat(), () -> free(p, g, fresh));
  }

  /// Adam leaves updates where the gradients were. Stepped on these again and again, it would
  /// shrink them into denormals, which are many times as slow.
  private static void refresh(INDArray[] g, INDArray[] fresh) {
    for (int i = 0; i < g.length; i++) {
      g[i].assign(fresh[i].reshape(g[i].shape()));
    }
  }

  /// An updater turns the gradient into the update, in place; the caller subtracts it.
  private static Runnable adam(INDArray[] p, INDArray[] g, double rate) {
    GradientUpdater<?>[] updaters = new GradientUpdater<?>[p.length];
    for (int i = 0; i < p.length; i++) {
      p[i] = p[i].reshape(1, p[i].length());
      g[i] = g[i].reshape(1, g[i].length());
      Adam adam = new Adam(rate);
      INDArray state = Nd4j.zeros(DataType.FLOAT, 1, adam.stateSize(p[i].length()));
      updaters[i] = adam.instantiate(state, true);
      updaters[i].setStateViewArray(state, new long[] {1, p[i].length()}, 'c', true);
    }
    int[] step = {0};
    return () -> {
      for (int i = 0; i < updaters.length; i++) {
        updaters[i].applyUpdater(g[i], step[0], 0);
        p[i].subi(g[i]);
      }
      step[0]++;
    };
  }

  private static void free(INDArray[]... all) {
    for (INDArray[] arrays : all) {
      for (INDArray array : arrays) {
        if (array.closeable()) {
          array.close();
        }
      }
    }
  }

  @Override
  public Training train(String optimizer, String network, int batch, double rate) {
    if (!optimizer.equals("adam")) {
      throw new IllegalArgumentException("no optimizer " + optimizer);
    }
    ComputationGraph net = Dl4jNetworks.of(network, rate);
    INDArray[] images = new INDArray[Values.POOL];
    INDArray[] labels = new INDArray[Values.POOL];
    long[] shape = Values.shape(network, batch);
    for (int i = 0; i < Values.POOL; i++) {
      images[i] = Nd4j.create(Values.images(i, Values.count(shape)), shape, 'c');
      labels[i] = Nd4j.zeros(DataType.FLOAT, batch, 10);
      int[] drawn = Values.labels(i, batch);
      for (int k = 0; k < batch; k++) {
        labels[i].putScalar(k, drawn[k], 1f);
      }
    }
    int[] next = {0};
    Task task =
        Task.of(
            () -> {
              int k = next[0]++ % Values.POOL;
              net.fit(new INDArray[] {images[k]}, new INDArray[] {labels[k]});
            },
            () -> new float[] {(float) net.score()},
            () -> free(images, labels));
    return Training.of(Dl4jNetworks.parameters(net), task);
  }
}
