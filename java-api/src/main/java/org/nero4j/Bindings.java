package org.nero4j;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Where the parameters of one optimiser lie now, and whether that memory may still be used.
/// Immutable.
final class Bindings {
  private final List<Parameter> parameters;
  private final MemorySegment[] weights;
  private final MemorySegment[] gradients;
  private final boolean heap;

  /// One segment of each arena that could be closed, or used from a wrong thread, under our feet.
  /// Device memory is not among them: it refuses to be freed while it is bound.
  private final MemorySegment[] mortal;

  Bindings(List<Parameter> parameters) {
    this.parameters = List.copyOf(parameters);
    int count = parameters.size();
    weights = new MemorySegment[count];
    gradients = new MemorySegment[count];
    boolean anyHeap = false;
    Set<MemorySegment.Scope> seen = new HashSet<>();
    seen.add(MemorySegment.NULL.scope());
    List<MemorySegment> found = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Parameter p = parameters.get(i);
      weights[i] = p.weights();
      gradients[i] = p.gradients();
      anyHeap |= isHeap(weights[i]) || isHeap(gradients[i]);
      collect(weights[i], p.weightsMemory(), seen, found);
      collect(gradients[i], p.gradientsMemory(), seen, found);
    }
    heap = anyHeap;
    mortal = found.toArray(MemorySegment[]::new);
  }

  private static void collect(
      MemorySegment s,
      DeviceMemory held,
      Set<MemorySegment.Scope> seen,
      List<MemorySegment> found) {
    if (s != null && s.isNative() && held == null && seen.add(s.scope())) {
      found.add(s);
    }
  }

  static boolean isHeap(MemorySegment segment) {
    return segment != null && !segment.isNative();
  }

  List<Parameter> parameters() {
    return parameters;
  }

  MemorySegment weights(int parameter) {
    return weights[parameter];
  }

  /// Null: absent.
  MemorySegment gradients(int parameter) {
    return gradients[parameter];
  }

  /// Whether some parameter is a Java array, which only the step in parts can reach.
  boolean heap() {
    return heap;
  }

  /// Keeps device memory from being freed.
  ///
  /// @throws ClosedException if some is freed already; nothing is held then
  void hold() {
    for (int i = 0; i < weights.length; i++) {
      Parameter p = parameters.get(i);
      try {
        hold(p.weightsMemory());
        try {
          hold(p.gradientsMemory());
        } catch (RuntimeException e) {
          letGo(p.weightsMemory());
          throw e;
        }
      } catch (RuntimeException e) {
        letGo(i);
        throw e;
      }
    }
  }

  void letGo() {
    letGo(weights.length);
  }

  private void letGo(int count) {
    for (int i = 0; i < count; i++) {
      letGo(parameters.get(i).weightsMemory());
      letGo(parameters.get(i).gradientsMemory());
    }
  }

  private static void hold(DeviceMemory memory) {
    if (memory != null) {
      memory.hold();
    }
  }

  private static void letGo(DeviceMemory memory) {
    if (memory != null) {
      memory.letGo();
    }
  }

  /// Throws if memory is gone, or is another thread's. Allocates nothing unless it throws.
  void requireUsable() {
    for (MemorySegment segment : mortal) {
      if (!Segments.isUsable(segment)) {
        throw unusable();
      }
    }
  }

  private NeroException unusable() {
    for (int i = 0; i < weights.length; i++) {
      Parameter p = parameters.get(i);
      Segments.requireUsable("weights '%s'".formatted(p.name()), weights[i]);
      if (gradients[i] != null) {
        Segments.requireUsable("gradients '%s'".formatted(p.name()), gradients[i]);
      }
    }
    return Errors.closed("the arena of a parameter");
  }

  /// Refuses what can be told from one parameter alone, and the native library could not see or
  /// would misread.
  static void check(Parameter p, Device device) {
    long elements = p.elements();
    check("weights '%s'".formatted(p.name()), p.weights(), p.weightsMemory(), elements, device);
    Segments.requireWritable("weights '%s'".formatted(p.name()), p.weights());
    if (p.gradients() != null) {
      check(
          "gradients '%s'".formatted(p.name()),
          p.gradients(),
          p.gradientsMemory(),
          elements,
          device);
    }
  }

  private static void check(
      String what, MemorySegment s, DeviceMemory memory, long elements, Device device) {
    if (memory != null && memory.device() != device) {
      throw new DeviceException(
          Status.DEVICE,
          "%s: memory of another device (%s) than the optimiser's (%s)"
              .formatted(what, memory.device(), device));
    }
    Segments.requireUsable(what, s);
    if (!s.isNative()) {
      if (device.kind() != DeviceKind.CPU) {
        throw new DeviceException(
            Status.DEVICE,
            "%s: a Java array, which only the CPU steps, not %s".formatted(what, device));
      }
      Segments.requireFloatArray(what, s);
    }
    Segments.requireSize(what, elements, memory != null ? memory.byteSize() : s.byteSize());
    Segments.requireAligned(what, s);
    // Native code would take it for absent, and let the parameter rest.
    if (elements > 0 && s.isNative() && s.address() == 0) {
      throw new InvalidArgumentException(
          Status.NULL, "%s: address 0 for %d elements".formatted(what, elements));
    }
  }

  /// Java arrays that overlap; the native library sees to native memory.
  void requireHeapApart() {
    if (!heap) {
      return;
    }
    for (int i = 0; i < weights.length; i++) {
      for (int k = 0; isHeap(weights[i]) && k < weights.length; k++) {
        if (k > i) {
          requireApart(i, k, "weights", weights[k]);
        }
        requireApart(i, k, "gradients", gradients[k]);
      }
    }
  }

  private void requireApart(int i, int k, String what, MemorySegment other) {
    if (!isHeap(other)) {
      return;
    }
    long shared = weights[i].asOverlappingSlice(other).map(MemorySegment::byteSize).orElse(0L);
    if (shared > 0) {
      throw new OverlapException(
          Status.OVERLAP,
          "weights '%s' and %s '%s' share %d bytes"
              .formatted(parameters.get(i).name(), what, parameters.get(k).name(), shared));
    }
  }
}
