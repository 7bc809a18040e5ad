package org.nero4j;

import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import org.nero4j.bindings.nero_h;

/// The two calls that take addresses of Java arrays. They are critical: the array stays in place,
/// and the garbage collector waits, until they return. jextract cannot emit such, so they are
/// linked here from its descriptors.
final class HeapCalls {
  private static final Linker.Option CRITICAL = Linker.Option.critical(true);
  private static final MethodHandle OBSERVE =
      Linker.nativeLinker()
          .downcallHandle(
              nero_h.nero_optimizer_observe$address(),
              nero_h.nero_optimizer_observe$descriptor(),
              CRITICAL);
  private static final MethodHandle APPLY =
      Linker.nativeLinker()
          .downcallHandle(
              nero_h.nero_optimizer_apply$address(),
              nero_h.nero_optimizer_apply$descriptor(),
              CRITICAL);

  private HeapCalls() {}

  static int observe(MemorySegment handle, long i, MemorySegment gradients, MemorySegment error) {
    try {
      return (int) OBSERVE.invokeExact(handle, i, gradients, gradients.byteSize(), error);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static int apply(
      MemorySegment handle,
      long i,
      MemorySegment weights,
      MemorySegment gradients,
      MemorySegment error) {
    try {
      return (int)
          APPLY.invokeExact(
              handle, i, weights, weights.byteSize(), gradients, gradients.byteSize(), error);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  private static RuntimeException unexpected(Throwable e) {
    return e instanceof RuntimeException unchecked
        ? unchecked
        : new IllegalStateException("a downcall threw", e);
  }
}
