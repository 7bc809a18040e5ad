package org.nero4j.bench;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.nero4j.NativeRuntime;
import org.nero4j.bindings.nero_context_options;
import org.nero4j.bindings.nero_error;
import org.nero4j.bindings.nero_h;
import org.nero4j.bindings.nero_nero_hyper;
import org.nero4j.bindings.nero_optimizer_options;
import org.nero4j.bindings.nero_parameter;
import org.nero4j.bindings.nero_step_args;
import org.nero4j.bindings.nero_step_report;

/// The smallest step, made by hand from the C functions, so that it can be called in any way.
final class NativeStep implements AutoCloseable {
  /// The same C function, and one that does nothing, mapped directly by JNA.
  static final class Jna {
    static {
      Native.register(
          Jna.class, NativeLibrary.getInstance(NativeRuntime.describe().library().toString()));
    }

    private Jna() {}

    static native int nero_optimizer_step(
        Pointer optimizer, Pointer args, Pointer report, Pointer error);
  }

  /// What does nothing, by JNA.
  static final class JnaNothing {
    static {
      Native.register(JnaNothing.class, NativeLibrary.getInstance(Floor.LIBRARY.toString()));
    }

    private JnaNothing() {}

    static native int nero_floor_nothing4(Pointer a, Pointer b, Pointer c, Pointer d);
  }

  private final Arena arena = Arena.ofShared();
  private final MemorySegment context;
  final MemorySegment handle;
  final MemorySegment args;
  final MemorySegment report;
  final MemorySegment error;
  final Pointer jnaHandle;
  final Pointer jnaArgs;
  final Pointer jnaReport;
  final Pointer jnaError;

  /// Nero over one neuron of three weights.
  NativeStep() {
    NativeRuntime.describe();
    error = nero_error.allocate(arena);
    nero_error.struct_size(error, (int) nero_error.sizeof());
    context = context();
    handle = optimizer();
    args = nero_step_args.allocate(arena);
    nero_step_args.struct_size(args, (int) nero_step_args.sizeof());
    nero_step_args.learning_rate(args, 1e-6);
    nero_step_args.gradient_scale(args, 1);
    report = nero_step_report.allocate(arena);
    nero_step_report.struct_size(report, (int) nero_step_report.sizeof());
    jnaHandle = new Pointer(handle.address());
    jnaArgs = new Pointer(args.address());
    jnaReport = new Pointer(report.address());
    jnaError = new Pointer(error.address());
  }

  private MemorySegment context() {
    MemorySegment options = nero_context_options.allocate(arena);
    nero_context_options.struct_size(options, (int) nero_context_options.sizeof());
    nero_context_options.threads(options, 1);
    MemorySegment out = arena.allocate(ValueLayout.ADDRESS);
    check(nero_h.nero_context_create(options, out, error));
    return out.get(ValueLayout.ADDRESS, 0);
  }

  private MemorySegment optimizer() {
    MemorySegment hyper = nero_nero_hyper.allocate(arena);
    check(nero_h.nero_nero_defaults(hyper, error));
    MemorySegment options = nero_optimizer_options.allocate(arena);
    check(nero_h.nero_optimizer_options_defaults(nero_h.NERO_KIND_NERO(), options, error));
    MemorySegment p = nero_parameter.allocate(arena);
    nero_parameter.struct_size(p, (int) nero_parameter.sizeof());
    nero_parameter.dtype(p, nero_h.NERO_F32());
    nero_parameter.layout(p, nero_h.NERO_ROWS());
    nero_parameter.neurons(p, 1);
    nero_parameter.fan_in(p, 3);
    nero_parameter.weights(p, arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1, 2, -3));
    nero_parameter.weights_bytes(p, 12);
    nero_parameter.gradients(p, arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1, 0, -1));
    nero_parameter.gradients_bytes(p, 12);
    nero_parameter.name(p, arena.allocateFrom("w"));
    nero_parameter.learning_rate_factor(p, 1);
    nero_parameter.weight_decay_factor(p, 1);
    nero_parameter.scale(p, 0);
    MemorySegment out = arena.allocate(ValueLayout.ADDRESS);
    check(
        nero_h.nero_optimizer_create(
            context, nero_h.NERO_KIND_NERO(), hyper, options, p, 1, out, error));
    return out.get(ValueLayout.ADDRESS, 0);
  }

  private void check(int status) {
    if (status != 0) {
      throw new IllegalStateException(nero_error.message(error).getString(0));
    }
  }

  @Override
  public void close() {
    check(nero_h.nero_optimizer_destroy(handle, error));
    check(nero_h.nero_context_destroy(context, error));
    arena.close();
  }
}
