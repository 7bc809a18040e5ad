package org.nero4j;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.stream.IntStream;
import org.nero4j.bindings.nero_binding;
import org.nero4j.bindings.nero_h;
import org.nero4j.bindings.nero_parameter;
import org.nero4j.bindings.nero_step_args;
import org.nero4j.bindings.nero_step_report;

/// The native side of an optimiser: its handle and the structs of its calls, allocated once. Who
/// calls sees to it that one thread does at a time, and none after [#destroy].
final class NativeOptimizer {
  private final MemorySegment handle;
  private final MemorySegment error;
  private final MemorySegment args;
  private final MemorySegment report;
  private final MemorySegment observe;

  /// The device steps by itself: what a step did is asked for, and waited for, only by [#report].
  private final boolean queues;

  private boolean unread;

  private NativeOptimizer(MemorySegment handle, Arena arena, double learningRate, boolean queues) {
    this.handle = handle;
    this.queues = queues;
    error = Errors.allocate(arena);
    args = nero_step_args.allocate(arena);
    nero_step_args.struct_size(args, (int) nero_step_args.sizeof());
    nero_step_args.learning_rate(args, learningRate);
    nero_step_args.gradient_scale(args, 1);
    report = nero_step_report.allocate(arena);
    nero_step_report.struct_size(report, (int) nero_step_report.sizeof());
    nero_step_report.gradient_norm(report, Double.NaN);
    observe = arena.allocate(ValueLayout.JAVA_INT);
  }

  /// Makes the native optimiser. Java arrays are copied for it, projected there, and copied back.
  static NativeOptimizer create(OptimizerBuilder<?, ?> builder, Device device, Bindings bindings) {
    List<Parameter> parameters = bindings.parameters();
    int count = parameters.size();
    try (Arena temporary = Arena.ofConfined()) {
      MemorySegment table = nero_parameter.allocateArray(Math.max(1, count), temporary);
      MemorySegment[] weights = new MemorySegment[count];
      for (int i = 0; i < count; i++) {
        weights[i] = bindings.weights(i);
        if (!weights[i].isNative()) {
          weights[i] = temporary.allocate(weights[i].byteSize(), 64).copyFrom(weights[i]);
        }
        describe(parameters.get(i), weights[i], nero_parameter.asSlice(table, i), temporary);
      }
      MemorySegment out = temporary.allocate(ValueLayout.ADDRESS);
      MemorySegment error = Errors.allocate(temporary);
      Errors.check(
          nero_h.nero_optimizer_create(
              device.handle(),
              builder.kind,
              builder.hyper,
              builder.options,
              table,
              count,
              out,
              error),
          error,
          parameters);
      NativeOptimizer made =
          new NativeOptimizer(
              out.get(ValueLayout.ADDRESS, 0),
              Arena.ofAuto(),
              builder.learningRate,
              device.kind() != DeviceKind.CPU);
      try {
        for (int i = 0; i < count; i++) {
          if (Bindings.isHeap(bindings.weights(i))) {
            bindings.weights(i).copyFrom(weights[i]);
          }
        }
        if (bindings.heap()) {
          made.rebind(bindings, IntStream.range(0, count).toArray());
        }
      } catch (RuntimeException e) {
        made.destroy();
        throw e;
      }
      return made;
    }
  }

  private static void describe(
      Parameter p, MemorySegment weights, MemorySegment entry, Arena arena) {
    MemorySegment gradients = reachable(p.gradients());
    nero_parameter.struct_size(entry, (int) nero_parameter.sizeof());
    nero_parameter.dtype(entry, nero_h.NERO_F32());
    nero_parameter.layout(entry, p.layout().ordinal());
    nero_parameter.unconstrained(entry, p.isUnconstrained() ? 1 : 0);
    nero_parameter.neurons(entry, p.neurons());
    nero_parameter.fan_in(entry, p.fanIn());
    nero_parameter.weights(entry, weights);
    nero_parameter.weights_bytes(entry, p.elements() * 4);
    nero_parameter.gradients(entry, gradients);
    nero_parameter.gradients_bytes(entry, bytes(gradients, p));
    nero_parameter.name(entry, arena.allocateFrom(p.name()));
    nero_parameter.learning_rate_factor(entry, p.learningRateFactor());
    nero_parameter.weight_decay_factor(entry, p.weightDecayFactor());
    nero_parameter.scale(entry, p.scale());
  }

  /// NULL for an array, whose address holds only during a call.
  private static MemorySegment reachable(MemorySegment segment) {
    return segment == null || !segment.isNative() ? MemorySegment.NULL : segment;
  }

  /// Tells the library where these parameters lie; all or none.
  void rebind(Bindings bindings, int[] changed) {
    List<Parameter> parameters = bindings.parameters();
    try (Arena temporary = Arena.ofConfined()) {
      MemorySegment table = nero_binding.allocateArray(Math.max(1, changed.length), temporary);
      for (int k = 0; k < changed.length; k++) {
        Parameter p = parameters.get(changed[k]);
        MemorySegment weights = reachable(p.weights());
        MemorySegment gradients = reachable(p.gradients());
        MemorySegment entry = nero_binding.asSlice(table, k);
        nero_binding.struct_size(entry, (int) nero_binding.sizeof());
        nero_binding.parameter(entry, changed[k]);
        nero_binding.weights(entry, weights);
        nero_binding.weights_bytes(entry, bytes(weights, p));
        nero_binding.gradients(entry, gradients);
        nero_binding.gradients_bytes(entry, bytes(gradients, p));
      }
      Errors.check(
          nero_h.nero_optimizer_rebind(handle, table, changed.length, error), error, parameters);
    }
  }

  private static long bytes(MemorySegment segment, Parameter p) {
    return segment.equals(MemorySegment.NULL) ? 0 : p.elements() * 4;
  }

  MemorySegment args() {
    return args;
  }

  MemorySegment report() {
    if (unread) {
      Errors.check(nero_h.nero_optimizer_report(handle, report, error), error);
      unread = false;
    }
    return report;
  }

  /// Records a step; the caller destroys what it gets.
  MemorySegment capture() {
    try (Arena temporary = Arena.ofConfined()) {
      MemorySegment out = temporary.allocate(ValueLayout.ADDRESS);
      Errors.check(nero_h.nero_optimizer_capture(handle, out, error), error);
      return out.get(ValueLayout.ADDRESS, 0);
    }
  }

  void replay(MemorySegment graph, List<Parameter> parameters) {
    Errors.check(nero_h.nero_graph_replay(graph, args, error), error, parameters);
    unread = true;
  }

  void destroyGraph(MemorySegment graph) {
    Errors.check(nero_h.nero_graph_destroy(graph, error), error);
  }

  /// One downcall, no allocation.
  void step(Bindings bindings) {
    if (bindings.heap()) {
      stepInParts(bindings);
    } else {
      MemorySegment wanted = queues ? MemorySegment.NULL : report;
      int status = nero_h.nero_optimizer_step(handle, args, wanted, error);
      Errors.check(status, error, bindings.parameters());
      unread = queues;
    }
  }

  private void stepInParts(Bindings bindings) {
    List<Parameter> parameters = bindings.parameters();
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
        // An empty parameter has nothing to be absent.
        if (g != null || parameters.get(i).elements() == 0) {
          MemorySegment gradients = g == null ? MemorySegment.NULL : g;
          Errors.check(
              HeapCalls.apply(handle, i, bindings.weights(i), gradients, error), error, parameters);
        }
      }
      Errors.check(nero_h.nero_optimizer_end(handle, report, error), error);
      done = true;
    } finally {
      if (!done) {
        nero_h.nero_optimizer_abandon(handle, MemorySegment.NULL);
      }
    }
  }

  NativeState state(List<Parameter> parameters) {
    return new NativeState(handle, error, parameters);
  }

  void destroy() {
    Errors.check(nero_h.nero_optimizer_destroy(handle, error), error);
  }
}
