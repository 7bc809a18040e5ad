package org.nero4j;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.nero4j.bindings.nero_binding;
import org.nero4j.bindings.nero_h;
import org.nero4j.bindings.nero_optimizer_options;
import org.nero4j.bindings.nero_parameter;
import org.nero4j.bindings.nero_state_info;
import org.nero4j.bindings.nero_step_args;
import org.nero4j.bindings.nero_step_report;

/// Steps the parameters of a model; owns its state, none of the weights or gradients.
///
/// A step is one downcall for the whole table and allocates nothing. Parameters in Java arrays take a downcall each,
/// during which the garbage collector waits: they are meant for small models.
///
/// Any thread may use an optimiser, one at a time; a second one gets [ConcurrentUseException]. Memory that is stepped
/// must not be freed meanwhile: a closed arena is noticed when a step begins, not while it runs.
public abstract sealed class Optimizer implements AutoCloseable
    permits Nero, Sgd, Adam, Lamb, Madam, Fromage, Lars {
  private static final int IDLE = 0;
  private static final int BUSY = 1;
  private static final int CLOSED = 2;
  private static final VarHandle USE;

  static {
    try {
      USE = MethodHandles.lookup().findVarHandle(Optimizer.class, "use", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private volatile int use;

  private final Device device;
  private final List<Parameter> parameters;
  private final Map<String, Integer> indices = new HashMap<>();
  private final Bindings bindings;
  private final Arena arena = Arena.ofAuto();
  private final MemorySegment error = Errors.allocate(arena);
  private final MemorySegment args = nero_step_args.allocate(arena);
  private final MemorySegment report = nero_step_report.allocate(arena);
  private final MemorySegment observe = arena.allocate(ValueLayout.JAVA_INT);
  private final MemorySegment handle;

  Optimizer(OptimizerBuilder<?> builder, Device device, List<Parameter> parameters) {
    this.device = device;
    this.parameters = List.copyOf(parameters);
    bindings = new Bindings(this.parameters);
    nero_step_args.struct_size(args, (int) nero_step_args.sizeof());
    nero_step_args.learning_rate(args, builder.learningRate);
    nero_step_args.gradient_scale(args, 1);
    nero_step_report.struct_size(report, (int) nero_step_report.sizeof());
    handle = create(builder);
    try {
      device.adopt(this);
    } catch (RuntimeException e) {
      bindings.releaseAll();
      nero_h.nero_optimizer_destroy(handle, error);
      throw e;
    }
  }

  private MemorySegment create(OptimizerBuilder<?> builder) {
    int count = parameters.size();
    MemorySegment context = device.handle();
    MemorySegment[] weights = new MemorySegment[count];
    MemorySegment[] gradients = new MemorySegment[count];
    for (int i = 0; i < count; i++) {
      Parameter p = parameters.get(i);
      if (indices.put(p.name(), i) != null) {
        throw Errors.argument("two parameters have the name '%s'".formatted(p.name()));
      }
      weights[i] = p.weights();
      gradients[i] = p.gradients();
      Bindings.checkDevice("weights", p, p.weightsMemory(), device);
      Bindings.checkDevice("gradient", p, p.gradientsMemory(), device);
      Bindings.check("weights", p, weights[i], true, device);
      Bindings.check("gradient", p, gradients[i], false, device);
    }
    Bindings.checkHeapOverlaps(parameters, weights, gradients);
    try (Arena temporary = Arena.ofConfined()) {
      MemorySegment table = nero_parameter.allocateArray(Math.max(1, count), temporary);
      MemorySegment[] copies = new MemorySegment[count];
      for (int i = 0; i < count; i++) {
        Parameter p = parameters.get(i);
        MemorySegment entry = nero_parameter.asSlice(table, i);
        copies[i] = weights[i];
        if (!weights[i].isNative()) {
          copies[i] = temporary.allocate(Math.max(4, weights[i].byteSize()), 64);
          copies[i] = copies[i].asSlice(0, weights[i].byteSize()).copyFrom(weights[i]);
        }
        boolean present = gradients[i] != null && gradients[i].isNative();
        nero_parameter.struct_size(entry, (int) nero_parameter.sizeof());
        nero_parameter.dtype(entry, nero_h.NERO_F32());
        nero_parameter.layout(entry, p.layout().ordinal());
        nero_parameter.unconstrained(entry, p.isUnconstrained() ? 1 : 0);
        nero_parameter.neurons(entry, p.neurons());
        nero_parameter.fan_in(entry, p.fanIn());
        nero_parameter.weights(entry, address(copies[i]));
        nero_parameter.weights_bytes(entry, copies[i].byteSize());
        nero_parameter.gradients(entry, present ? address(gradients[i]) : MemorySegment.NULL);
        nero_parameter.gradients_bytes(entry, present ? gradients[i].byteSize() : 0);
        nero_parameter.name(entry, temporary.allocateFrom(p.name()));
        nero_parameter.learning_rate_factor(entry, p.learningRateFactor());
        nero_parameter.weight_decay_factor(entry, p.weightDecayFactor());
        nero_parameter.scale(entry, p.scale());
      }
      MemorySegment out = temporary.allocate(ValueLayout.ADDRESS);
      Errors.check(
          nero_h.nero_optimizer_create(
              context, builder.kind, builder.hyper, builder.options, table, count, out, error),
          error,
          parameters);
      MemorySegment made = out.get(ValueLayout.ADDRESS, 0);
      try {
        for (int i = 0; i < count; i++) {
          Parameter p = parameters.get(i);
          if (!weights[i].isNative()) {
            weights[i].copyFrom(copies[i]);
          }
          bindings.bind(i, weights[i], gradients[i], p.weightsMemory(), p.gradientsMemory());
          if (!weights[i].isNative()) {
            rebindNative(made, i, null, null);
          }
        }
      } catch (RuntimeException e) {
        bindings.releaseAll();
        nero_h.nero_optimizer_destroy(made, error);
        throw e;
      }
      return made;
    }
  }

  /// An empty segment may have any address, but only NULL is sure to be one that nothing minds.
  private static MemorySegment address(MemorySegment segment) {
    return segment == null || segment.byteSize() == 0 ? MemorySegment.NULL : segment;
  }

  private void enter() {
    if (!USE.compareAndSet(this, IDLE, BUSY)) {
      throw (int) USE.getVolatile(this) == CLOSED
          ? Errors.closed("this optimiser")
          : new ConcurrentUseException(Status.BUSY, "another thread is using this optimiser");
    }
  }

  private void leave() {
    USE.setVolatile(this, IDLE);
  }

  /// One step of every parameter that has a gradient.
  ///
  /// @throws ConcurrentUseException if another thread is using this optimiser, or memory is confined to another
  /// @throws ClosedException if this optimiser, its device, or the arena of a parameter is closed
  public final void step() {
    enter();
    try {
      bindings.requireUsable();
      if (bindings.heap()) {
        stepInParts();
      } else {
        Errors.check(nero_h.nero_optimizer_step(handle, args, report, error), error, parameters);
      }
    } finally {
      leave();
    }
  }

  private void stepInParts() {
    Errors.check(nero_h.nero_optimizer_begin(handle, args, observe, error), error);
    boolean done = false;
    try {
      if (observe.get(ValueLayout.JAVA_INT, 0) != 0) {
        for (int i = 0; i < parameters.size(); i++) {
          MemorySegment g = bindings.gradients(i);
          if (g != null) {
            Errors.check(HeapCalls.observe(handle, i, g, error), error, parameters);
          }
        }
      }
      for (int i = 0; i < parameters.size(); i++) {
        MemorySegment g = bindings.gradients(i);
        if (g != null) {
          Errors.check(
              HeapCalls.apply(handle, i, bindings.weights(i), g, error), error, parameters);
        }
      }
      Errors.check(nero_h.nero_optimizer_end(handle, report, error), error);
      done = true;
    } finally {
      if (!done) {
        nero_h.nero_optimizer_abandon(handle, error);
      }
    }
  }

  /// What the last step did; all zero before the first.
  public final StepReport report() {
    enter();
    try {
      return new StepReport(
          nero_step_report.skipped(report) != 0,
          nero_step_report.step(report),
          nero_step_report.parameters_stepped(report),
          nero_step_report.parameters_absent(report),
          nero_step_report.neurons_non_finite(report),
          nero_step_report.neurons_unbalanced(report),
          nero_step_report.neurons_exempt(report),
          nero_step_report.gradient_norm(report));
    } finally {
      leave();
    }
  }

  /// Steps that the most advanced parameter has taken.
  public final long steps() {
    long most = 0;
    for (Parameter p : parameters) {
      MemorySegment step = MemorySegment.ofArray(new long[1]);
      readState(p.name(), "step", step);
      most = Math.max(most, step.get(ValueLayout.JAVA_LONG, 0));
    }
    return most;
  }

  /// The learning rate of the next step.
  public final double learningRate() {
    return nero_step_args.learning_rate(args);
  }

  /// Sets the learning rate from the next step on; 0 moves no weight.
  ///
  /// @throws InvalidArgumentException if it is negative, NaN or above 1,000,000
  public final void setLearningRate(double learningRate) {
    OptimizerBuilder.requireLearningRate(learningRate);
    enter();
    try {
      nero_step_args.learning_rate(args, learningRate);
    } finally {
      leave();
    }
  }

  /// What gradients are multiplied by.
  public final double gradientScale() {
    return nero_step_args.gradient_scale(args);
  }

  /// Multiplies gradients from the next step on, such as by 1 / loss scale.
  ///
  /// @throws InvalidArgumentException if its magnitude is not within 1e-30 and 1e30
  public final void setGradientScale(double gradientScale) {
    if (!(Math.abs(gradientScale) >= 1e-30 && Math.abs(gradientScale) <= 1e30)) {
      throw Errors.argument(
          "gradient scale is %s, its magnitude must be within 1e-30 and 1e30"
              .formatted(gradientScale));
    }
    enter();
    try {
      nero_step_args.gradient_scale(args, gradientScale);
    } finally {
      leave();
    }
  }

  /// The parameters as they were given; [#rebind] does not change these.
  public final List<Parameter> parameters() {
    return parameters;
  }

  /// The device that this optimiser steps on.
  public final Device device() {
    return device;
  }

  private int index(String parameter) {
    Integer index = indices.get(Errors.notNull(parameter, "parameter"));
    if (index == null) {
      throw new NotFoundException(
          Status.NOT_FOUND,
          "there is no parameter '%s', there are: %s"
              .formatted(parameter, String.join(", ", indices.keySet().stream().sorted().toList())));
    }
    return index;
  }

  /// Moves a parameter to other memory; its state stays.
  ///
  /// @param gradients null: absent, the parameter rests until gradients are bound
  public final void rebind(String parameter, MemorySegment weights, MemorySegment gradients) {
    enter();
    try {
      int i = index(parameter);
      Parameter p = parameters.get(i);
      Errors.notNull(weights, "weights of '" + parameter + "'");
      Bindings.check("weights", p, weights, true, device);
      Bindings.check("gradient", p, gradients, false, device);
      MemorySegment[] allWeights = bindings.allWeights();
      MemorySegment[] allGradients = bindings.allGradients();
      allWeights[i] = weights;
      allGradients[i] = gradients;
      Bindings.checkHeapOverlaps(parameters, allWeights, allGradients);
      rebindNative(handle, i, weights, gradients);
      bindings.bind(i, weights, gradients, null, null);
    } finally {
      leave();
    }
  }

  /// Moves a parameter's gradients; null: absent, the parameter rests.
  public final void rebindGradients(String parameter, MemorySegment gradients) {
    rebind(parameter, bindings.weights(index(parameter)), gradients);
  }

  private void rebindNative(MemorySegment optimizer, int i, MemorySegment w, MemorySegment g) {
    try (Arena temporary = Arena.ofConfined()) {
      MemorySegment binding = nero_binding.allocate(temporary);
      boolean weightsHere = w != null && w.isNative();
      boolean gradientsHere = g != null && g.isNative();
      nero_binding.struct_size(binding, (int) nero_binding.sizeof());
      nero_binding.parameter(binding, i);
      nero_binding.weights(binding, weightsHere ? address(w) : MemorySegment.NULL);
      nero_binding.weights_bytes(binding, weightsHere ? w.byteSize() : 0);
      nero_binding.gradients(binding, gradientsHere ? address(g) : MemorySegment.NULL);
      nero_binding.gradients_bytes(binding, gradientsHere ? g.byteSize() : 0);
      Errors.check(nero_h.nero_optimizer_rebind(optimizer, binding, 1, error), error, parameters);
    }
  }

  /// The named buffers of a parameter's state.
  public final List<StateInfo> states(String parameter) {
    enter();
    try (Arena temporary = Arena.ofConfined()) {
      int i = index(parameter);
      MemorySegment count = temporary.allocate(ValueLayout.JAVA_LONG);
      Errors.check(nero_h.nero_optimizer_state_count(handle, i, count, error), error);
      List<StateInfo> all = new ArrayList<>();
      MemorySegment info = nero_state_info.allocate(temporary);
      nero_state_info.struct_size(info, (int) nero_state_info.sizeof());
      for (long k = 0; k < count.get(ValueLayout.JAVA_LONG, 0); k++) {
        Errors.check(nero_h.nero_optimizer_state_describe(handle, i, k, info, error), error);
        all.add(
            new StateInfo(
                nero_state_info.name(info).getString(0),
                DType.values()[nero_state_info.dtype(info)],
                nero_state_info.count(info),
                nero_state_info.bytes(info)));
      }
      return List.copyOf(all);
    } finally {
      leave();
    }
  }

  /// Bytes of all state that grows with the parameters; each has besides its step count and a number or two.
  public final long stateBytes() {
    enter();
    try (Arena temporary = Arena.ofConfined()) {
      MemorySegment bytes = temporary.allocate(ValueLayout.JAVA_LONG);
      Errors.check(nero_h.nero_optimizer_state_bytes(handle, bytes, error), error);
      return bytes.get(ValueLayout.JAVA_LONG, 0);
    } finally {
      leave();
    }
  }

  /// Copies a state out, neither rounded nor cast.
  ///
  /// @param to memory of exactly the state's size, native or of a Java array
  /// @throws NotFoundException if the parameter has no such state
  /// @throws SizeMismatchException if the sizes differ
  public final void readState(String parameter, String state, MemorySegment to) {
    transferState(parameter, state, Errors.notNull(to, "to"), false);
  }

  /// Copies a state in. To resume a run: make the optimiser, then restore weights and every state.
  ///
  /// @param from memory of exactly the state's size, native or of a Java array
  /// @throws NotFoundException if the parameter has no such state
  /// @throws SizeMismatchException if the sizes differ
  public final void writeState(String parameter, String state, MemorySegment from) {
    transferState(parameter, state, Errors.notNull(from, "from"), true);
  }

  private void transferState(String parameter, String state, MemorySegment host, boolean write) {
    enter();
    try (Arena temporary = Arena.ofConfined()) {
      int i = index(parameter);
      MemorySegment name = temporary.allocateFrom(Errors.notNull(state, "state"));
      MemorySegment buffer =
          temporary.allocate(Math.max(8, host.byteSize()), 64).asSlice(0, host.byteSize());
      if (write) {
        buffer.copyFrom(host);
        Errors.check(
            nero_h.nero_optimizer_state_write(handle, i, name, buffer, host.byteSize(), error),
            error,
            parameters);
      } else {
        Errors.check(
            nero_h.nero_optimizer_state_read(handle, i, name, buffer, host.byteSize(), error),
            error,
            parameters);
        host.copyFrom(buffer);
      }
    } finally {
      leave();
    }
  }

  /// Whether this optimiser is closed.
  public final boolean isClosed() {
    return (int) USE.getVolatile(this) == CLOSED;
  }

  /// Frees the state. Closing twice does nothing.
  ///
  /// @throws ConcurrentUseException if another thread is using this optimiser
  @Override
  public final void close() {
    if (isClosed()) {
      return;
    }
    enter();
    try {
      Errors.check(nero_h.nero_optimizer_destroy(handle, error), error);
    } catch (RuntimeException e) {
      leave();
      throw e;
    }
    USE.setVolatile(this, CLOSED);
    bindings.releaseAll();
    device.release(this);
  }
}
