package org.nero4j.bench;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.nero4j.NativeResources;

/// The yardstick loops of `native/bench/floor.cpp`.
final class Floor implements AutoCloseable {
  private static final MethodHandle TEAM;
  private static final MethodHandle CLOSE;
  private static final MethodHandle NOTHING;
  private static final MethodHandle AXPY;
  private static final MethodHandle ADAM;

  static {
    String resource = "META-INF/native/" + NativeResources.platform() + "/libnero4j_floor.so";
    System.load(NativeResources.unpack(Floor.class.getClassLoader(), resource, "floor").toString());
    var address = ValueLayout.ADDRESS;
    var count = ValueLayout.JAVA_LONG;
    TEAM = link("nero_floor_team", FunctionDescriptor.of(address, ValueLayout.JAVA_INT));
    CLOSE = link("nero_floor_close", FunctionDescriptor.ofVoid(address));
    NOTHING = link("nero_floor_nothing", FunctionDescriptor.ofVoid());
    AXPY = link("nero_floor_axpy", FunctionDescriptor.ofVoid(address, address, address, count));
    ADAM =
        link(
            "nero_floor_adam",
            FunctionDescriptor.ofVoid(address, address, address, address, address, count));
  }

  private final MemorySegment team;

  Floor(int threads) {
    try {
      team = (MemorySegment) TEAM.invokeExact(threads);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  private static MethodHandle link(String name, FunctionDescriptor descriptor) {
    return Linker.nativeLinker()
        .downcallHandle(SymbolLookup.loaderLookup().findOrThrow(name), descriptor);
  }

  /// An empty downcall.
  static void nothing() {
    try {
      NOTHING.invokeExact();
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /// `w -= c g`: 12 bytes a weight.
  void axpy(MemorySegment w, MemorySegment g, long count) {
    try {
      AXPY.invokeExact(team, w, g, count);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /// Adam's traffic: 28 bytes a weight.
  void adam(MemorySegment w, MemorySegment g, MemorySegment m, MemorySegment v, long count) {
    try {
      ADAM.invokeExact(team, w, g, m, v, count);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    try {
      CLOSE.invokeExact(team);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }
}
