package org.nero4j;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// Where the parameters of one optimiser lie now, and whether that memory may still be used.
final class Bindings {
  /// Never started: memory that it may use is not confined to a thread.
  private static final Thread NOBODY = Thread.ofPlatform().unstarted(() -> {});

  private final List<Parameter> parameters;
  private final MemorySegment[] weights;
  private final MemorySegment[] gradients;
  private final DeviceMemory[] held;
  private boolean heap;

  /// One segment of each arena that could be closed, or used from a wrong thread, under our feet.
  private MemorySegment[] mortal = {};

  Bindings(List<Parameter> parameters) {
    this.parameters = parameters;
    weights = new MemorySegment[parameters.size()];
    gradients = new MemorySegment[parameters.size()];
    held = new DeviceMemory[2 * parameters.size()];
  }

  MemorySegment weights(int parameter) {
    return weights[parameter];
  }

  MemorySegment gradients(int parameter) {
    return gradients[parameter];
  }

  /// Whether some parameter is a Java array, which only the step in parts can reach.
  boolean heap() {
    return heap;
  }

  void bind(int i, MemorySegment w, MemorySegment g, DeviceMemory wm, DeviceMemory gm) {
    if (wm != null) {
      wm.hold();
    }
    if (gm != null) {
      try {
        gm.hold();
      } catch (RuntimeException e) {
        letGo(wm);
        throw e;
      }
    }
    letGo(held[2 * i]);
    letGo(held[2 * i + 1]);
    held[2 * i] = wm;
    held[2 * i + 1] = gm;
    weights[i] = w;
    gradients[i] = g;
    refresh();
  }

  private static void letGo(DeviceMemory memory) {
    if (memory != null) {
      memory.letGo();
    }
  }

  void releaseAll() {
    for (int i = 0; i < held.length; i++) {
      letGo(held[i]);
      held[i] = null;
    }
  }

  private void refresh() {
    List<MemorySegment> found = new ArrayList<>();
    heap = false;
    for (MemorySegment[] side : List.of(weights, gradients)) {
      for (MemorySegment s : side) {
        if (s == null) {
          continue;
        }
        heap |= !s.isNative();
        boolean known = found.stream().anyMatch(f -> f.scope().equals(s.scope()));
        boolean eternal = !s.isNative() || s.scope().equals(MemorySegment.NULL.scope());
        if (!known && !eternal) {
          found.add(s);
        }
      }
    }
    mortal = found.toArray(MemorySegment[]::new);
  }

  /// Throws if memory is gone, or is another thread's. Allocates nothing unless it throws.
  void requireUsable() {
    for (MemorySegment segment : mortal) {
      if (!segment.scope().isAlive() || !segment.isAccessibleBy(Thread.currentThread())) {
        throw unusable();
      }
    }
  }

  private NeroException unusable() {
    for (int i = 0; i < weights.length; i++) {
      requireUsable("weights", parameters.get(i).name(), weights[i]);
      requireUsable("gradient", parameters.get(i).name(), gradients[i]);
    }
    return Errors.closed("memory of a parameter");
  }

  private static void requireUsable(String what, String name, MemorySegment segment) {
    if (segment == null) {
      return;
    }
    if (!segment.scope().isAlive()) {
      throw Errors.closed("the arena of %s '%s'".formatted(what, name));
    }
    if (!segment.isAccessibleBy(Thread.currentThread())) {
      throw new ConcurrentUseException(
          Status.BUSY,
          "%s '%s' is confined to another thread than %s"
              .formatted(what, name, Thread.currentThread().getName()));
    }
  }

  /// What can be wrong with a segment whatever its parameter is.
  static void check(String what, Parameter p, MemorySegment s, boolean written, Device device) {
    if (s == null) {
      return;
    }
    requireUsable(what, p.name(), s);
    if (written && s.isReadOnly()) {
      throw Errors.argument("%s '%s' are read-only memory".formatted(what, p.name()));
    }
    if (s.isNative()) {
      return;
    }
    if (device.kind() != DeviceKind.CPU) {
      throw new DeviceException(
          Status.DEVICE,
          "%s '%s' are a Java array, which only the CPU steps, not %s"
              .formatted(what, p.name(), device));
    }
    Object array = s.heapBase().orElse(null);
    if (array != null && !(array instanceof float[])) {
      throw new UnsupportedTypeException(
          Status.DTYPE,
          "%s '%s' are a %s, only float[] is stepped"
              .formatted(what, p.name(), array.getClass().getSimpleName()));
    }
    if (s.address() % 4 != 0) {
      throw new AlignmentException(
          Status.ALIGNMENT,
          "%s '%s': offset %d in the array is %d past a multiple of 4"
              .formatted(what, p.name(), s.address(), s.address() % 4));
    }
    long needed = needed(p);
    if (s.byteSize() != needed) {
      throw new SizeMismatchException(
          Status.SIZE,
          "%s '%s': %d elements of f32 need %d bytes, the segment has %d"
              .formatted(what, p.name(), needed / 4, needed, s.byteSize()));
    }
  }

  private static long needed(Parameter p) {
    try {
      return Math.multiplyExact(Math.multiplyExact(p.neurons(), p.fanIn()), 4L);
    } catch (ArithmeticException e) {
      throw new SizeMismatchException(
          Status.SIZE,
          "parameter '%s': %d x %d elements are too many"
              .formatted(p.name(), p.neurons(), p.fanIn()));
    }
  }

  static void checkDevice(String what, Parameter p, DeviceMemory memory, Device device) {
    if (memory != null && memory.device() != device) {
      throw new DeviceException(
          Status.DEVICE,
          "%s '%s' lie on %s, the optimiser is on %s"
              .formatted(what, p.name(), memory.device(), device));
    }
  }

  /// Java arrays that overlap; the native library sees to native memory.
  static void checkHeapOverlaps(List<Parameter> parameters, MemorySegment[] w, MemorySegment[] g) {
    for (int i = 0; i < w.length; i++) {
      for (int k = 0; k < w.length; k++) {
        if (k > i) {
          requireApart("weights", parameters.get(i), w[i], "weights", parameters.get(k), w[k]);
        }
        requireApart("weights", parameters.get(i), w[i], "gradient", parameters.get(k), g[k]);
      }
    }
  }

  private static void requireApart(
      String a, Parameter p, MemorySegment x, String b, Parameter q, MemorySegment y) {
    if (x == null || y == null || x.isNative() || y.isNative()) {
      return;
    }
    x.asOverlappingSlice(y)
        .filter(shared -> shared.byteSize() > 0)
        .ifPresent(
            shared -> {
              throw new OverlapException(
                  Status.OVERLAP,
                  "%s '%s' and %s '%s' share %d bytes"
                      .formatted(a, p.name(), b, q.name(), shared.byteSize()));
            });
  }

  MemorySegment[] allWeights() {
    return weights.clone();
  }

  MemorySegment[] allGradients() {
    return gradients.clone();
  }
}
