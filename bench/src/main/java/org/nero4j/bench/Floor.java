package org.nero4j.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import org.nero4j.NativeResources;

/// The yardstick loops of `native/bench/floor.cpp`, on a team of threads of their own.
public final class Floor implements AutoCloseable {
  /// A loop that moves memory; in the order of `nero_floor_kind`.
  public enum Loop {
    /// Reads weights.
    READ(4),
    /// Reads gradients, writes weights.
    COPY(8),
    /// `w -= c g`.
    AXPY(12),
    /// Reads w, g, m, writes w, m.
    MOMENTUM(20),
    /// Reads w, g, m, v, writes w, m, v.
    ADAM(28),
    /// Two norms, then axpy, layer by layer.
    NORMS_AXPY(20),
    /// Two norms, then momentum, layer by layer.
    NORMS_MOMENTUM(28),
    /// Moments, then weights, layer by layer.
    LAMB(40);

    /// Bytes moved an element.
    public final int bytes;

    Loop(int bytes) {
      this.bytes = bytes;
    }

    /// In lower case, as in results.
    public String id() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /// The library's file.
  static final Path LIBRARY = load();

  private static final MethodHandle TEAM =
      link("nero_floor_team", FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_INT));
  private static final MethodHandle CLOSE =
      link("nero_floor_close", FunctionDescriptor.ofVoid(ValueLayout.ADDRESS));
  private static final MethodHandle RUN =
      link(
          "nero_floor_run",
          FunctionDescriptor.ofVoid(
              ValueLayout.ADDRESS,
              ValueLayout.JAVA_INT,
              ValueLayout.ADDRESS,
              ValueLayout.ADDRESS,
              ValueLayout.JAVA_LONG));
  private static final MethodHandle NOTHING =
      link("nero_floor_nothing", FunctionDescriptor.ofVoid());
  private static final MethodHandle NOTHING4 = link("nero_floor_nothing4", four());
  private static final MethodHandle CALL =
      link(
          "nero_floor_call",
          four()
              .insertArgumentLayouts(0, ValueLayout.ADDRESS)
              .appendArgumentLayouts(ValueLayout.JAVA_INT));

  private final Arena arena = Arena.ofShared();
  private final MemorySegment team;

  /// @param threads of its team
  public Floor(int threads) {
    try {
      team = (MemorySegment) TEAM.invokeExact(threads);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  private static Path load() {
    String resource = "META-INF/native/" + NativeResources.platform() + "/libnero4j_floor.so";
    Path file = NativeResources.unpack(Floor.class.getClassLoader(), resource, "floor");
    System.load(file.toString());
    return file;
  }

  private static FunctionDescriptor four() {
    MemoryLayout address = ValueLayout.ADDRESS;
    return FunctionDescriptor.of(ValueLayout.JAVA_INT, address, address, address, address);
  }

  private static MethodHandle link(String name, FunctionDescriptor descriptor) {
    return Linker.nativeLinker().downcallHandle(symbol(name), descriptor);
  }

  static MemorySegment symbol(String name) {
    return SymbolLookup.loaderLookup().findOrThrow(name);
  }

  /// An empty downcall.
  static void nothing() {
    try {
      NOTHING.invokeExact();
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /// An empty downcall with the arguments of a step.
  static int nothing(MemorySegment a, MemorySegment b, MemorySegment c, MemorySegment d) {
    try {
      return (int) NOTHING4.invokeExact(a, b, c, d);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /// C calls a function of four pointers, so many times.
  static int call(
      MemorySegment function,
      MemorySegment a,
      MemorySegment b,
      MemorySegment c,
      MemorySegment d,
      int times) {
    try {
      return (int) CALL.invokeExact(function, a, b, c, d, times);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /// A yardstick over these buffers, ready to run; `m` and `v` may be NULL where the loop has no
  /// use for them.
  ///
  /// @param ends where each tensor ends, in elements
  public Runnable loop(
      Loop loop, MemorySegment w, MemorySegment g, MemorySegment m, MemorySegment v, long... ends) {
    MemorySegment buffers = arena.allocate(ValueLayout.ADDRESS, 4);
    MemorySegment[] all = {w, g, m, v};
    for (int i = 0; i < all.length; i++) {
      buffers.setAtIndex(ValueLayout.ADDRESS, i, all[i]);
    }
    MemorySegment table = arena.allocateFrom(ValueLayout.JAVA_LONG, ends);
    int kind = loop.ordinal();
    long tensors = ends.length;
    return () -> {
      try {
        RUN.invokeExact(team, kind, buffers, table, tensors);
      } catch (Throwable e) {
        throw new IllegalStateException(e);
      }
    };
  }

  @Override
  public void close() {
    try {
      CLOSE.invokeExact(team);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
    arena.close();
  }
}
