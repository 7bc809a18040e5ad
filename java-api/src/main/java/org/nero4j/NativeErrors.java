package org.nero4j;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/// Makes this library's exceptions, for modules that bring a native library of their own under the
/// rules of `nero.h`: a status, and a `nero_error` that the caller owns.
public final class NativeErrors {
  private NativeErrors() {}

  /// A `nero_error` to give to native calls.
  public static MemorySegment allocate(SegmentAllocator allocator) {
    return Errors.allocate(allocator);
  }

  /// Throws what a status and its error say, if that is a failure. Allocates nothing otherwise.
  public static void check(int status, MemorySegment error) {
    Errors.check(status, error);
  }

  /// The exception of a kind of failure.
  public static NeroException of(Status status, String message) {
    return Errors.of(status, message);
  }

  /// Something was used after it was closed.
  ///
  /// @param what as in "this network"
  public static ClosedException closed(String what) {
    return Errors.closed(what);
  }

  /// A library, or a part of one, could not be loaded.
  public static LibraryLoadException notLoaded(String message, Throwable cause) {
    return new LibraryLoadException(message, cause);
  }
}
