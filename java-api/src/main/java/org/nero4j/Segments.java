package org.nero4j;

import java.lang.foreign.MemorySegment;

/// What can be wrong with a segment that a caller hands in.
final class Segments {
  private Segments() {}

  /// Whether native code may be given the segment's address now, from this thread.
  static boolean isUsable(MemorySegment segment) {
    return segment.scope().isAlive() && segment.isAccessibleBy(Thread.currentThread());
  }

  /// @throws ClosedException if its arena is closed
  /// @throws ConcurrentUseException if its arena is confined to another thread
  static void requireUsable(String what, MemorySegment segment) {
    if (!segment.scope().isAlive()) {
      throw Errors.closed("the arena of " + what);
    }
    if (!segment.isAccessibleBy(Thread.currentThread())) {
      throw new ConcurrentUseException(
          Status.BUSY,
          "the arena of %s is confined to another thread than '%s'"
              .formatted(what, Thread.currentThread().getName()));
    }
  }

  /// @throws InvalidArgumentException if it is read-only
  static void requireWritable(String what, MemorySegment segment) {
    if (segment.isReadOnly()) {
      throw Errors.argument("%s: the segment is read-only, but is written to".formatted(what));
    }
  }

  static void requireSize(String what, long elements, long given) {
    if (given != elements * 4) {
      throw new SizeMismatchException(
          Status.SIZE,
          "%s: %d elements of f32 need %d bytes, the segment has %d"
              .formatted(what, elements, elements * 4, given));
    }
  }

  static void requireAligned(String what, MemorySegment segment) {
    if (segment.address() % 4 != 0) {
      throw new AlignmentException(
          Status.ALIGNMENT,
          "%s: %s %d is %d past a multiple of 4"
              .formatted(
                  what,
                  segment.isNative() ? "address" : "offset",
                  segment.address(),
                  segment.address() % 4));
    }
  }

  /// @throws UnsupportedTypeException if a heap segment is of another array than `float[]`
  static void requireFloatArray(String what, MemorySegment segment) {
    Object array = segment.heapBase().orElse(null);
    // A read-only segment does not give its array away; what it may be aligned to tells the
    // element's size.
    boolean other = array != null ? !(array instanceof float[]) : elementSize(segment) != 4;
    if (other) {
      throw new UnsupportedTypeException(
          Status.DTYPE,
          "%s: the segment is of a %s, only float[] is stepped"
              .formatted(
                  what,
                  array != null
                      ? array.getClass().getSimpleName()
                      : "Java array of %d-byte elements".formatted(elementSize(segment))));
    }
  }

  /// A lower bound of the element's size where the offset is odd, which then is no whole float
  /// either.
  private static long elementSize(MemorySegment heap) {
    long aligned = heap.maxByteAlignment();
    return aligned == 8 || aligned < 4 ? aligned : 4;
  }
}
