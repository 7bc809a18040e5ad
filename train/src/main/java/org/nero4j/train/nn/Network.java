package org.nero4j.train.nn;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.nero4j.bindings.nero_error;
import org.nero4j.bindings.nn.nero_nn_buffers;
import org.nero4j.bindings.nn.nero_nn_h;
import org.nero4j.bindings.nn.nero_nn_options;
import org.nero4j.bindings.nn.nero_nn_parameter;
import org.nero4j.bindings.nn.nero_nn_result;

/// A feed-forward network over oneDNN: layers one after another, then softmax cross-entropy.
public final class Network implements Model {
  private static final int OK = 0;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment error = newError(arena);
  private final MemorySegment result = nero_nn_result.allocate(arena);
  private final MemorySegment handle;
  private final int batchSize;
  private final int features;
  private final int classes;
  private final MemorySegment inputs;
  private final MemorySegment labels;
  private final List<ModelParameter> parameters;
  private boolean closed;

  private Network(Builder builder) {
    batchSize = builder.batchSize;
    features = builder.features;
    nero_nn_result.struct_size(result, (int) nero_nn_result.sizeof());
    handle = create(builder);
    try {
      for (Builder.Step step : builder.layers) {
        check(step.add(handle, error));
      }
      check(nero_nn_h.nero_nn_plan(handle, error));
      MemorySegment buffers = nero_nn_buffers.allocate(arena);
      nero_nn_buffers.struct_size(buffers, (int) nero_nn_buffers.sizeof());
      check(nero_nn_h.nero_nn_describe(handle, buffers, error));
      classes = Math.toIntExact(nero_nn_buffers.classes(buffers));
      inputs = view(nero_nn_buffers.inputs(buffers), 4L * batchSize * features);
      labels = view(nero_nn_buffers.labels(buffers), 4L * batchSize);
      parameters = describe(nero_nn_buffers.parameters(buffers));
    } catch (RuntimeException e) {
      nero_nn_h.nero_nn_network_destroy(handle, error);
      arena.close();
      throw e;
    }
  }

  private MemorySegment create(Builder builder) {
    MemorySegment options = nero_nn_options.allocate(arena);
    nero_nn_options.struct_size(options, (int) nero_nn_options.sizeof());
    nero_nn_options.threads(options, builder.threads);
    nero_nn_options.batch(options, builder.batchSize);
    nero_nn_options.features(options, builder.features);
    MemorySegment out = arena.allocate(ValueLayout.ADDRESS);
    try {
      check(nero_nn_h.nero_nn_network_create(options, out, error));
    } catch (RuntimeException e) {
      arena.close();
      throw e;
    }
    return out.get(ValueLayout.ADDRESS, 0);
  }

  private static MemorySegment newError(Arena arena) {
    MemorySegment error = nero_error.allocate(arena);
    nero_error.struct_size(error, (int) nero_error.sizeof());
    return error;
  }

  private MemorySegment view(MemorySegment address, long bytes) {
    return address.reinterpret(bytes, arena, null);
  }

  private List<ModelParameter> describe(long count) {
    List<ModelParameter> all = new ArrayList<>();
    MemorySegment p = nero_nn_parameter.allocate(arena);
    nero_nn_parameter.struct_size(p, (int) nero_nn_parameter.sizeof());
    for (long i = 0; i < count; i++) {
      check(nero_nn_h.nero_nn_parameter_describe(handle, i, p, error));
      boolean matrix = nero_nn_parameter.is_matrix(p) != 0;
      long neurons = nero_nn_parameter.neurons(p);
      long fanIn = nero_nn_parameter.fan_in(p);
      all.add(
          new ModelParameter(
              "layers.%d.%s".formatted(nero_nn_parameter.layer(p), matrix ? "weight" : "bias"),
              matrix,
              neurons,
              fanIn,
              view(nero_nn_parameter.weights(p), 4 * neurons * fanIn),
              view(nero_nn_parameter.gradients(p), 4 * neurons * fanIn)));
    }
    return List.copyOf(all);
  }

  private void check(int status) {
    if (status != OK) {
      throw new IllegalArgumentException(nero_error.message(error).getString(0));
    }
  }



  /// Starts a network.
  ///
  /// @param features floats of an input
  /// @param batchSize rows of a batch
  public static Builder of(int features, int batchSize) {
    return new Builder(features, batchSize);
  }

  @Override
  public List<ModelParameter> parameters() {
    return parameters;
  }

  @Override
  public int batchSize() {
    return batchSize;
  }

  @Override
  public int features() {
    return features;
  }

  @Override
  public int classes() {
    return classes;
  }

  @Override
  public MemorySegment inputs() {
    return inputs;
  }

  @Override
  public MemorySegment labels() {
    return labels;
  }

  @Override
  public void train(int rows) {
    requireOpen();
    check(nero_nn_h.nero_nn_train(handle, rows, result, error));
  }

  @Override
  public void evaluate(int rows) {
    requireOpen();
    check(nero_nn_h.nero_nn_evaluate(handle, rows, result, error));
  }

  @Override
  public double loss() {
    requireOpen();
    return nero_nn_result.loss(result);
  }

  @Override
  public int correct() {
    requireOpen();
    return (int) nero_nn_result.correct(result);
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("this network is closed");
    }
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    check(nero_nn_h.nero_nn_network_destroy(handle, error));
    closed = true;
    arena.close();
  }

  /// Adds layers one by one.
  public static final class Builder {
    private interface Step {
      int add(MemorySegment network, MemorySegment error);
    }

    private final int features;
    private final int batchSize;
    private final List<Step> layers = new ArrayList<>();
    private int threads;

    private Builder(int features, int batchSize) {
      this.features = features;
      this.batchSize = batchSize;
    }

    /// Threads of oneDNN; 0: all processors.
    public Builder threads(int threads) {
      this.threads = threads;
      return this;
    }

    /// `y = x W^T + b`.
    public Builder linear(int outputs, boolean bias) {
      layers.add((n, e) -> nero_nn_h.nero_nn_add_linear(n, outputs, bias ? 1 : 0, e));
      return this;
    }

    /// `y = scale * max(x, 0)`.
    public Builder relu(double scale) {
      layers.add((n, e) -> nero_nn_h.nero_nn_add_relu(n, scale, e));
      return this;
    }

    /// Makes the network.
    ///
    /// @throws IllegalArgumentException naming what is out of its range
    public Network build() {
      LayersLibrary.require();
      return new Network(this);
    }
  }
}
