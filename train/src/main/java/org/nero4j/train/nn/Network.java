package org.nero4j.train.nn;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.nero4j.NativeErrors;
import org.nero4j.NeroException;
import org.nero4j.Status;
import org.nero4j.bindings.nn.nero_nn_buffers;
import org.nero4j.bindings.nn.nero_nn_h;
import org.nero4j.bindings.nn.nero_nn_options;
import org.nero4j.bindings.nn.nero_nn_parameter;
import org.nero4j.bindings.nn.nero_nn_result;
import org.nero4j.bindings.nn.nero_nn_state;

/// A graph of layers over oneDNN that ends in softmax cross-entropy. The same inputs, weights,
/// machine and number of threads give the same bits; another number of threads may give others.
///
/// ```java
/// NetworkBuilder layers = Network.of(784, 250).linear(256).relu();
/// Tensor skip = layers.tensor();
/// Network network = layers.linear(256).add(skip).relu().linear(10).build();
/// Initialization.KAIMING_NORMAL.fill(network, seed);
/// ```
public final class Network implements Model {
  private static final int OPEN = 0;
  private static final int BUSY = 1;
  private static final int CLOSED = 2;

  /// Of the segments that are handed out; closed before their memory is freed.
  private final Arena memory = Arena.ofShared();

  /// Of what only this class reads, so that a late reader finds it alive.
  private final Arena own = Arena.ofAuto();

  private final MemorySegment error = NativeErrors.allocate(own);
  private final MemorySegment result = nero_nn_result.allocate(own);
  private final MemorySegment step = own.allocate(ValueLayout.JAVA_LONG);
  private final AtomicInteger state = new AtomicInteger(OPEN);
  private final MemorySegment handle;
  private final int batchSize;
  private final int features;
  private final int threads;
  private final int classes;
  private final MemorySegment inputs;
  private final MemorySegment labels;
  private final MemorySegment outputs;
  private final List<ModelParameter> parameters;
  private final List<ModelBuffer> buffers;

  /// Starts a network whose inputs are vectors.
  ///
  /// @param features floats of an input
  /// @param batchSize rows of a batch
  public static NetworkBuilder of(int features, int batchSize) {
    return new NetworkBuilder(features, 0, 0, batchSize);
  }

  /// Starts a network whose inputs are images, channel after channel, row after row.
  ///
  /// @throws org.nero4j.InvalidArgumentException if a side is below 1 or all are too much
  public static NetworkBuilder ofImages(int channels, int height, int width, int batchSize) {
    for (int side : new int[] {channels, height, width}) {
      if (side < 1) {
        throw NativeErrors.of(
            Status.ARGUMENT,
            "an image is %d x %d x %d, each must be 1 or more".formatted(channels, height, width));
      }
    }
    long features = (long) channels * height * width;
    if (features > 1 << 24) {
      throw NativeErrors.of(
          Status.ARGUMENT,
          "an image is %d x %d x %d, %d floats, at most %d are"
              .formatted(channels, height, width, features, 1 << 24));
    }
    return new NetworkBuilder((int) features, height, width, batchSize);
  }

  Network(NetworkBuilder builder) {
    batchSize = builder.batchSize;
    features = builder.features;
    nero_nn_result.struct_size(result, (int) nero_nn_result.sizeof());
    nero_nn_result.loss(result, Double.NaN);
    handle = create(builder);
    try {
      MemorySegment tensor = own.allocate(ValueLayout.JAVA_INT);
      for (NetworkBuilder.Layer layer : builder.layers) {
        NativeErrors.check(layer.add(handle, tensor, error), error);
      }
      NativeErrors.check(
          nero_nn_h.nero_nn_add_softmax_cross_entropy(handle, builder.last, error), error);
      NativeErrors.check(nero_nn_h.nero_nn_network_plan(handle, error), error);
      MemorySegment buffers = nero_nn_buffers.allocate(own);
      nero_nn_buffers.struct_size(buffers, (int) nero_nn_buffers.sizeof());
      NativeErrors.check(nero_nn_h.nero_nn_network_describe(handle, buffers, error), error);
      threads = nero_nn_buffers.threads(buffers);
      classes = Math.toIntExact(nero_nn_buffers.classes(buffers));
      inputs = view(nero_nn_buffers.inputs(buffers), 4L * batchSize * features);
      labels = view(nero_nn_buffers.labels(buffers), 4L * batchSize);
      outputs = view(nero_nn_buffers.outputs(buffers), 4L * batchSize * classes).asReadOnly();
      parameters = parameters(nero_nn_buffers.parameters(buffers), builder.names);
      this.buffers = states(nero_nn_buffers.states(buffers), builder.names);
    } catch (RuntimeException e) {
      memory.close();
      nero_nn_h.nero_nn_network_destroy(handle, MemorySegment.NULL);
      throw e;
    }
  }

  private MemorySegment create(NetworkBuilder builder) {
    MemorySegment options = nero_nn_options.allocate(own);
    nero_nn_options.struct_size(options, (int) nero_nn_options.sizeof());
    nero_nn_options.threads(options, builder.threads);
    nero_nn_options.batch(options, builder.batchSize);
    nero_nn_options.features(options, builder.features);
    nero_nn_options.height(options, builder.height);
    nero_nn_options.width(options, builder.width);
    nero_nn_options.bfloat16(options, builder.bfloat16 ? 1 : 0);
    MemorySegment out = own.allocate(ValueLayout.ADDRESS);
    try {
      NativeErrors.check(nero_nn_h.nero_nn_network_create(options, out, error), error);
    } catch (RuntimeException e) {
      memory.close();
      throw e;
    }
    return out.get(ValueLayout.ADDRESS, 0);
  }

  private MemorySegment view(MemorySegment address, long bytes) {
    return address.reinterpret(bytes, memory, null);
  }

  private List<ModelParameter> parameters(long count, List<String> names) {
    List<ModelParameter> all = new ArrayList<>();
    MemorySegment p = nero_nn_parameter.allocate(own);
    nero_nn_parameter.struct_size(p, (int) nero_nn_parameter.sizeof());
    for (long i = 0; i < count; i++) {
      NativeErrors.check(nero_nn_h.nero_nn_parameter_describe(handle, i, p, error), error);
      var role = ModelParameter.Role.values()[nero_nn_parameter.role(p)];
      List<Long> shape = new ArrayList<>();
      long floats = 1;
      for (int k = 0; k < nero_nn_parameter.rank(p); k++) {
        shape.add(nero_nn_parameter.shape(p, k));
        floats *= shape.getLast();
      }
      all.add(
          new ModelParameter(
              names.get((int) nero_nn_parameter.layer(p))
                  + (role == ModelParameter.Role.BIAS ? ".bias" : ".weight"),
              role,
              shape,
              view(nero_nn_parameter.weights(p), 4 * floats),
              view(nero_nn_parameter.gradients(p), 4 * floats)));
    }
    return List.copyOf(all);
  }

  private List<ModelBuffer> states(long count, List<String> names) {
    List<ModelBuffer> all = new ArrayList<>();
    MemorySegment s = nero_nn_state.allocate(own);
    nero_nn_state.struct_size(s, (int) nero_nn_state.sizeof());
    for (long i = 0; i < count; i++) {
      NativeErrors.check(nero_nn_h.nero_nn_state_describe(handle, i, s, error), error);
      boolean mean = nero_nn_state.kind(s) == nero_nn_h.NERO_NN_STATE_RUNNING_MEAN();
      all.add(
          new ModelBuffer(
              names.get((int) nero_nn_state.layer(s)) + (mean ? ".running_mean" : ".running_var"),
              view(nero_nn_state.values(s), 4 * nero_nn_state.count(s))));
    }
    return List.copyOf(all);
  }

  @Override
  public List<ModelParameter> parameters() {
    requireOpen();
    return parameters;
  }

  @Override
  public List<ModelBuffer> buffers() {
    requireOpen();
    return buffers;
  }

  @Override
  public long step() {
    enter();
    try {
      NativeErrors.check(nero_nn_h.nero_nn_step(handle, step, error), error);
      return step.get(ValueLayout.JAVA_LONG, 0);
    } finally {
      state.set(OPEN);
    }
  }

  @Override
  public void setStep(long step) {
    enter();
    try {
      NativeErrors.check(nero_nn_h.nero_nn_set_step(handle, step, error), error);
    } finally {
      state.set(OPEN);
    }
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

  /// Threads that it runs on.
  public int threads() {
    return threads;
  }

  @Override
  public MemorySegment inputs() {
    requireOpen();
    return inputs;
  }

  @Override
  public MemorySegment labels() {
    requireOpen();
    return labels;
  }

  /// `[batchSize, classes]` floats: the logits of the last call, to be read.
  public MemorySegment outputs() {
    requireOpen();
    return outputs;
  }

  @Override
  public void train(int rows) {
    enter();
    try {
      NativeErrors.check(nero_nn_h.nero_nn_train(handle, rows, result, error), error);
    } finally {
      state.set(OPEN);
    }
  }

  @Override
  public void evaluate(int rows) {
    enter();
    try {
      NativeErrors.check(nero_nn_h.nero_nn_evaluate(handle, rows, result, error), error);
    } finally {
      state.set(OPEN);
    }
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

  private void enter() {
    if (!state.compareAndSet(OPEN, BUSY)) {
      throw refusal();
    }
  }

  private void requireOpen() {
    if (state.get() == CLOSED) {
      throw refusal();
    }
  }

  private NeroException refusal() {
    return state.get() == CLOSED
        ? NativeErrors.closed("this network")
        : NativeErrors.of(Status.BUSY, "another thread is using this network");
  }

  @Override
  public void close() {
    if (!state.compareAndSet(OPEN, BUSY)) {
      if (state.get() == CLOSED) {
        return;
      }
      throw refusal();
    }
    try {
      // From here on nobody reads the buffers; only then are they freed.
      memory.close();
    } catch (IllegalStateException e) {
      state.set(OPEN);
      NeroException busy =
          NativeErrors.of(Status.BUSY, "another thread is using a buffer of this network");
      busy.initCause(e);
      throw busy;
    }
    state.set(CLOSED);
    NativeErrors.check(nero_nn_h.nero_nn_network_destroy(handle, error), error);
  }
}
