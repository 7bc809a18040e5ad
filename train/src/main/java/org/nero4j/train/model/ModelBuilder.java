package org.nero4j.train.model;

import org.nero4j.NativeErrors;
import org.nero4j.Status;
import org.nero4j.train.nn.Initialization;
import org.nero4j.train.nn.Network;
import org.nero4j.train.nn.NetworkBuilder;

/// What every model is told, whatever its layers are.
///
/// @param <B> the model's own builder
public abstract sealed class ModelBuilder<B extends ModelBuilder<B>>
    permits ImageModelBuilder, Mlp.Builder {
  private int classes;
  private int batchSize;
  private int threads;
  private long seed;
  private boolean bfloat16;
  private Initialization initialization;

  ModelBuilder(Initialization initialization) {
    this.initialization = initialization;
  }

  /// Neurons of the last layer; must be set.
  public B classes(int classes) {
    this.classes = classes;
    return self();
  }

  /// Rows of a batch; must be set.
  public B batchSize(int batchSize) {
    this.batchSize = batchSize;
    return self();
  }

  /// Threads of oneDNN; 0: all processors.
  public B threads(int threads) {
    this.threads = threads;
    return self();
  }

  /// Of the weights, the same bits on every machine, and of what dropout drops.
  public B seed(long seed) {
    this.seed = seed;
    return self();
  }

  /// Whether layers may multiply in bfloat16; see [NetworkBuilder#bfloat16(boolean)].
  public B bfloat16(boolean bfloat16) {
    this.bfloat16 = bfloat16;
    return self();
  }

  /// How the weights start; the model's own way unless told otherwise.
  public B initialization(Initialization initialization) {
    this.initialization = initialization;
    return self();
  }

  abstract NetworkBuilder input(int batchSize);

  abstract void add(NetworkBuilder layers, int classes);

  /// Makes the network and its first weights.
  ///
  /// @throws org.nero4j.InvalidArgumentException naming what is out of its range
  /// @throws org.nero4j.SizeMismatchException if an image is too small for the model
  /// @throws org.nero4j.UnsupportedException if bfloat16 is asked for and this processor has none
  public Network build() {
    requireNotNull("initialization", initialization);
    NetworkBuilder layers = input(batchSize).threads(threads).seed(seed).bfloat16(bfloat16);
    add(layers, classes);
    Network network = layers.build();
    initialization.fill(network, seed);
    return network;
  }

  static void requireNotNull(String name, Object value) {
    if (value == null) {
      throw NativeErrors.of(Status.NULL, name + " is null");
    }
  }

  @SuppressWarnings("unchecked")
  final B self() {
    return (B) this;
  }
}
