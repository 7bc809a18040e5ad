package org.nero4j;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.nero4j.bindings.nero_h;

/// Memory of the host, made by [Device#allocateHost], that its device copies from and to without
/// the host: with CUDA it is pinned, so that [DeviceMemory#copyFromAsync] and
/// [DeviceMemory#copyToAsync] run beside Java.
///
/// Java reads and writes it by [#segment]. While such a copy is queued the bytes are the device's:
/// they are Java's again when the device's stream, or an event recorded behind the copy, was waited
/// for.
public final class HostMemory implements AutoCloseable {
  private final Device device;
  private final long address;
  private final long bytes;
  private final Arena lifetime = Arena.ofShared();
  private final MemorySegment segment;
  private final Uses uses = new Uses();

  HostMemory(Device device, long address, long bytes) {
    this.device = device;
    this.address = address;
    this.bytes = bytes;
    // The arena frees nothing; it makes every use after close an exception.
    this.segment = MemorySegment.ofAddress(address).reinterpret(bytes, lifetime, null);
  }

  /// The device whose copies it is for.
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

  /// The address, for a call between [#enter] and [#leave].
  MemorySegment address() {
    return MemorySegment.ofAddress(address);
  }

  /// Keeps the memory until [#leave].
  ///
  /// @throws ClosedException if it is closed
  void enter() {
    if (!uses.enter()) {
      throw Errors.closed("host memory of %d bytes".formatted(bytes));
    }
  }

  void leave() {
    uses.leave();
  }

  /// Frees the memory, when copies from and to it are done. Closing twice does nothing.
  ///
  /// @throws ConcurrentUseException if another thread is using it
  @Override
  public synchronized void close() {
    if (uses.isClosed()) {
      return;
    }
    if (!uses.close()) {
      throw inUse();
    }
    try {
      // First of all, so that no thread of Java reads what is freed next.
      lifetime.close();
    } catch (IllegalStateException e) {
      uses.reopen();
      throw inUse();
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment error = Errors.allocate(arena);
      Errors.check(nero_h.nero_memory_free_host(device.handle(), address(), error), error);
    } finally {
      device.release(this);
    }
  }

  private ConcurrentUseException inUse() {
    return new ConcurrentUseException(
        Status.BUSY, "another thread is using this host memory of %d bytes".formatted(bytes));
  }
}
