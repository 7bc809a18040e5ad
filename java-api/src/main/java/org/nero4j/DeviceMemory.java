package org.nero4j;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.nero4j.bindings.nero_h;

/// Memory of a device: made by [Device#allocate], or another library's, wrapped by [#ofAddress].
///
/// On the CPU [#segment] can be read and written by Java; on other devices it has no bytes that
/// Java could touch.
public final class DeviceMemory implements AutoCloseable {
  private final Device device;
  private final long bytes;
  private final boolean owned;
  private final Block block;
  private int bound;

  private DeviceMemory(Device device, long address, long bytes, boolean owned) {
    this.device = device;
    this.bytes = bytes;
    this.owned = owned;
    this.block =
        new Block(
            "memory of %d bytes".formatted(bytes),
            address,
            device.kind() == DeviceKind.CPU ? bytes : 0);
  }

  static DeviceMemory owned(Device device, long address, long bytes) {
    return new DeviceMemory(device, address, bytes, true);
  }

  /// Memory that somebody else owns and frees, later than this object is used.
  ///
  /// {@snippet class="org.nero4j.examples.Snippets" region="foreign"}
  ///
  /// @param address a device pointer
  /// @param bytes its size
  /// @throws InvalidArgumentException if the address is 0 and the size is not, or the size is
  ///   negative
  public static DeviceMemory ofAddress(Device device, long address, long bytes) {
    Errors.notNull(device, "device");
    if (bytes < 0 || (address == 0 && bytes > 0)) {
      throw Errors.argument("%d bytes at address %d are no memory".formatted(bytes, address));
    }
    device.enter();
    try {
      DeviceMemory memory = new DeviceMemory(device, address, bytes, false);
      device.adopt(memory);
      return memory;
    } finally {
      device.leave();
    }
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
    return block.segment();
  }

  /// Copies from host memory of the same size.
  ///
  /// @throws SizeMismatchException if the sizes differ
  public DeviceMemory copyFrom(MemorySegment host) {
    Errors.notNull(host, "host");
    block.enter();
    try {
      requireSize(host.byteSize());
      Segments.requireUsable("host", host);
      if (device.kind() == DeviceKind.CPU) {
        block.segment().copyFrom(host);
      } else if (host.isNative()) {
        copy(block.address(), host, nero_h.NERO_COPY_HOST_TO_DEVICE());
      } else {
        try (Arena arena = Arena.ofConfined()) {
          MemorySegment staged = arena.allocate(Math.max(1, bytes), 64);
          copy(block.address(), staged.copyFrom(host), nero_h.NERO_COPY_HOST_TO_DEVICE());
        }
      }
      return this;
    } finally {
      block.leave();
    }
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
    block.enter();
    try {
      requireSize(host.byteSize());
      Segments.requireUsable("host", host);
      Segments.requireWritable("host", host);
      if (device.kind() == DeviceKind.CPU) {
        host.copyFrom(block.segment());
      } else if (host.isNative()) {
        copy(host, block.address(), nero_h.NERO_COPY_DEVICE_TO_HOST());
      } else {
        try (Arena arena = Arena.ofConfined()) {
          MemorySegment staged = arena.allocate(Math.max(1, bytes), 64);
          copy(staged, block.address(), nero_h.NERO_COPY_DEVICE_TO_HOST());
          host.copyFrom(staged.asSlice(0, bytes));
        }
      }
    } finally {
      block.leave();
    }
  }

  /// Copies from host memory of the same size, after all work given to the device before, and does
  /// not wait: on the CPU it is done when the call returns. Closing either memory meanwhile is
  /// legal: it is freed behind the copy.
  ///
  /// @throws SizeMismatchException if the sizes differ
  /// @throws DeviceException if the host memory is another device's
  public DeviceMemory copyFromAsync(HostMemory host) {
    copyAsync(host, nero_h.NERO_COPY_HOST_TO_DEVICE());
    return this;
  }

  /// Copies to host memory of the same size, after all work given to the device before, and does
  /// not wait: Java may read the bytes when the device's stream, or an event behind the copy, was
  /// waited for. Closing either memory meanwhile is legal: it is freed behind the copy.
  ///
  /// @throws SizeMismatchException if the sizes differ
  /// @throws DeviceException if the host memory is another device's
  public void copyToAsync(HostMemory host) {
    copyAsync(host, nero_h.NERO_COPY_DEVICE_TO_HOST());
  }

  private void copyAsync(HostMemory host, int direction) {
    Errors.notNull(host, "host");
    block.enter();
    try {
      host.block().enter();
      try {
        requireSize(host.byteSize());
        if (host.device() != device) {
          throw new DeviceException(
              Status.DEVICE,
              "the host memory is for copies of %s, this memory is of %s"
                  .formatted(host.device(), device));
        }
        MemorySegment own = block.address();
        MemorySegment its = host.block().address();
        boolean in = direction == nero_h.NERO_COPY_HOST_TO_DEVICE();
        queue(in ? own : its, in ? its : own, direction);
      } finally {
        host.block().leave();
      }
    } finally {
      block.leave();
    }
  }

  private void queue(MemorySegment to, MemorySegment from, int direction) {
    device.enter();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment error = Errors.allocate(arena);
      Errors.check(
          nero_h.nero_memory_copy_async(device.handle(), to, from, bytes, direction, error), error);
    } finally {
      device.leave();
    }
  }

  /// A copy of all floats.
  ///
  /// @throws SizeMismatchException if these are no whole floats, or more than an array can hold
  public float[] toFloats() {
    block.enter();
    try {
      if (requireFloats() > Integer.MAX_VALUE - 8) {
        throw new SizeMismatchException(
            Status.SIZE,
            "%d floats do not fit an array, which has %d at most"
                .formatted(bytes / 4, Integer.MAX_VALUE - 8));
      }
      if (device.kind() == DeviceKind.CPU) {
        return block.segment().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
      }
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment staged = arena.allocate(Math.max(1, bytes), 64);
        copy(staged, block.address(), nero_h.NERO_COPY_DEVICE_TO_HOST());
        return staged.asSlice(0, bytes).toArray(ValueLayout.JAVA_FLOAT);
      }
    } finally {
      block.leave();
    }
  }

  /// Sets every float to a value.
  ///
  /// @throws SizeMismatchException if these are no whole floats
  /// @throws AlignmentException if the address is no multiple of 4
  public DeviceMemory fill(float value) {
    block.enter();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment error = Errors.allocate(arena);
      MemorySegment address = block.address();
      long count = requireFloats();
      Errors.check(
          nero_h.nero_memory_fill_f32(device.handle(), address, count, value, error), error);
      return this;
    } finally {
      block.leave();
    }
  }

  /// After all work given to the device before; done when it returns.
  private void copy(MemorySegment to, MemorySegment from, int direction) {
    device.enter();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment error = Errors.allocate(arena);
      MemorySegment target = MemorySegment.ofAddress(to.address());
      MemorySegment source = MemorySegment.ofAddress(from.address());
      Errors.check(
          nero_h.nero_memory_copy(device.handle(), target, source, bytes, direction, error), error);
    } finally {
      device.leave();
    }
  }

  private long requireFloats() {
    if (bytes % 4 != 0) {
      throw new SizeMismatchException(
          Status.SIZE, "%d bytes are no floats: %d are left over".formatted(bytes, bytes % 4));
    }
    return bytes / 4;
  }

  private void requireSize(long given) {
    if (given != bytes) {
      throw new SizeMismatchException(
          Status.SIZE, "this memory has %d bytes, the other has %d".formatted(bytes, given));
    }
  }

  /// An optimiser steps this memory from now on.
  synchronized void hold() {
    if (block.isClosed()) {
      throw Errors.closed("memory of %d bytes".formatted(bytes));
    }
    bound++;
  }

  synchronized void letGo() {
    bound--;
  }

  /// Frees the memory if it is this library's. Closing twice does nothing.
  ///
  /// @throws SequenceException if an open optimiser steps it: close or rebind that first
  /// @throws ConcurrentUseException if another thread is copying it
  @Override
  public synchronized void close() {
    if (block.isClosed()) {
      return;
    }
    if (bound > 0) {
      throw new SequenceException(
          Status.SEQUENCE,
          "memory of %d bytes is bound to an open optimiser: close or rebind that first"
              .formatted(bytes));
    }
    block.close();
    try {
      if (owned) {
        free();
      }
    } finally {
      device.release(this);
    }
  }

  private void free() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment error = Errors.allocate(arena);
      MemorySegment address = block.address();
      Errors.check(nero_h.nero_memory_free(device.handle(), address, error), error);
    }
  }
}
