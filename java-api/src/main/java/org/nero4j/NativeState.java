package org.nero4j;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.nero4j.bindings.nero_h;
import org.nero4j.bindings.nero_state_info;

/// Reads and writes an optimiser's state by name.
record NativeState(MemorySegment handle, MemorySegment error, List<Parameter> parameters) {
  private static final DType[] DTYPES = DType.values();

  List<StateInfo> list(int parameter) {
    try (Arena temporary = Arena.ofConfined()) {
      MemorySegment count = temporary.allocate(ValueLayout.JAVA_LONG);
      check(nero_h.nero_optimizer_state_count(handle, parameter, count, error));
      MemorySegment info = nero_state_info.allocate(temporary);
      nero_state_info.struct_size(info, (int) nero_state_info.sizeof());
      List<StateInfo> all = new ArrayList<>();
      for (long k = 0; k < count.get(ValueLayout.JAVA_LONG, 0); k++) {
        check(nero_h.nero_optimizer_state_describe(handle, parameter, k, info, error));
        all.add(
            new StateInfo(
                nero_state_info.name(info).getString(0),
                DTYPES[nero_state_info.dtype(info)],
                nero_state_info.count(info),
                nero_state_info.bytes(info)));
      }
      return List.copyOf(all);
    }
  }

  void read(int parameter, String state, MemorySegment to) {
    Segments.requireUsable("to", to);
    Segments.requireWritable("to", to);
    try (Arena temporary = Arena.ofConfined()) {
      // An array is reached through a copy; the library refuses a wrong size before it writes.
      MemorySegment host = to.isNative() ? to : temporary.allocate(Math.max(1, to.byteSize()));
      MemorySegment name = temporary.allocateFrom(state);
      check(nero_h.nero_optimizer_state_read(handle, parameter, name, host, to.byteSize(), error));
      if (!to.isNative()) {
        to.copyFrom(host.asSlice(0, to.byteSize()));
      }
    }
  }

  void write(int parameter, String state, MemorySegment from) {
    Segments.requireUsable("from", from);
    try (Arena temporary = Arena.ofConfined()) {
      MemorySegment host = from;
      if (!from.isNative()) {
        host = temporary.allocate(Math.max(1, from.byteSize()));
        host.asSlice(0, from.byteSize()).copyFrom(from);
      }
      MemorySegment name = temporary.allocateFrom(state);
      check(
          nero_h.nero_optimizer_state_write(handle, parameter, name, host, from.byteSize(), error));
    }
  }

  /// Steps of the parameter that has taken most.
  long steps() {
    try (Arena temporary = Arena.ofConfined()) {
      MemorySegment name = temporary.allocateFrom("step");
      MemorySegment step = temporary.allocate(ValueLayout.JAVA_LONG);
      long most = 0;
      for (int i = 0; i < parameters.size(); i++) {
        check(nero_h.nero_optimizer_state_read(handle, i, name, step, 8, error));
        most = Math.max(most, step.get(ValueLayout.JAVA_LONG, 0));
      }
      return most;
    }
  }

  long bytes() {
    try (Arena temporary = Arena.ofConfined()) {
      MemorySegment bytes = temporary.allocate(ValueLayout.JAVA_LONG);
      check(nero_h.nero_optimizer_state_bytes(handle, bytes, error));
      return bytes.get(ValueLayout.JAVA_LONG, 0);
    }
  }

  private void check(int status) {
    Errors.check(status, error, parameters);
  }
}
