package org.nero4j;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.nero4j.bindings.nero_h;

/// Memory of a device: made by [Device#allocate], or another library's, wrapped by [#ofAddress].
///
/// On the CPU [#segment] can be read and written by Java; on other devices it has no bytes that Java could touch.
public final class DeviceMemory implements AutoCloseable {
  private final Device device;
  private final long bytes;
  private final boolean owned;
  private final Arena lifetime = Arena.ofShared();
  private final MemorySegment segment;
  private int users;
  private boolean closed;

  private DeviceMemory(Device device, long address, long bytes, boolean owned) {
    this.device = device;
    this.bytes = bytes;
    this.owned = owned;
    // The arena frees nothing; it makes every use after close an exception.
    this.segment =
        MemorySegment.ofAddress(address)
            .reinterpret(device.kind() == DeviceKind.CPU ? bytes : 0, lifetime, null);
  }

  static DeviceMemory owned(Device device, long address, long bytes) {
    return new DeviceMemory(device, address, bytes, true);
  }

  /// Memory that somebody else owns and frees, later than this object is used.
  ///
  /// @param address a device pointer
  /// @param bytes its size
  /// @throws InvalidArgumentException if the address is 0 and the size is not, or the size is negative
  public static DeviceMemory ofAddress(Device device, long address, long bytes) {
    Errors.notNull(device, "device");
    if (bytes < 0 || (address == 0 && bytes > 0)) {
      throw Errors.argument(
          "%d bytes at address %d are no memory".formatted(bytes, address));
    }
    DeviceMemory memory = new DeviceMemory(device, address, bytes, false);
    device.adopt(memory);
    return memory;
  }

  /// The device that it belongs to.
  public Device device() {
    return device;
  }

  /// Its size in bytes.
  public long byteSize() {
    return bytes;
  }

  /// The memory as a segment; dies with this object.
  public MemorySegment segment() {
    return segment;
  }

  /// Copies from host memory of the same size.
  ///
  /// @throws SizeMismatchException if the sizes differ
  public DeviceMemory copyFrom(MemorySegment host) {
    Errors.notNull(host, "host");
    requireOpen();
    requireSize(host.byteSize());
    hostView().copyFrom(host);
    return this;
  }

  /// Copies floats in.
  ///
  /// @throws SizeMismatchException if there are more or fewer than fit
  public DeviceMemory copyFrom(float... values) {
    Errors.notNull(values, "values");
    return copyFrom(MemorySegment.ofArray(values));
  }

  /// Copies to host memory of the same size.
  ///
  /// @throws SizeMismatchException if the sizes differ
  public void copyTo(MemorySegment host) {
    Errors.notNull(host, "host");
    requireOpen();
    requireSize(host.byteSize());
    host.copyFrom(hostView());
  }

  /// A copy of all floats.
  public float[] toFloats() {
    requireOpen();
    return hostView().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
  }

  /// Sets every float to a value.
  public DeviceMemory fill(float value) {
    requireOpen();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment error = Errors.allocate(arena);
      Errors.check(
          nero_h.nero_memory_fill_f32(device.handle(), segment, bytes / 4, value, error), error);
    }
    return this;
  }

  private MemorySegment hostView() {
    return segment;
  }

  private void requireSize(long given) {
    if (given != bytes) {
      throw new SizeMismatchException(
          Status.SIZE, "this memory has %d bytes, the other has %d".formatted(bytes, given));
    }
  }

  private synchronized void requireOpen() {
    if (closed) {
      throw Errors.closed("memory of %d bytes".formatted(bytes));
    }
  }

  /// An optimiser steps this memory from now on.
  synchronized void hold() {
    requireOpen();
    users++;
  }

  synchronized void letGo() {
    users--;
  }

  /// Frees the memory if it is this library's. Closing twice does nothing.
  ///
  /// @throws SequenceException if an open optimiser steps it: close or rebind that first
  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      if (users > 0) {
        throw new SequenceException(
            Status.SEQUENCE,
            "memory of %d bytes is bound to an open optimiser: close or rebind that first"
                .formatted(bytes));
      }
      if (owned) {
        try (Arena arena = Arena.ofConfined()) {
          MemorySegment error = Errors.allocate(arena);
          MemorySegment address = MemorySegment.ofAddress(segment.address());
          Errors.check(nero_h.nero_memory_free(device.handle(), address, error), error);
        }
      }
      lifetime.close();
      closed = true;
    }
    device.release(this);
  }
}
