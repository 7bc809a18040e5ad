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
  private final long bytes;
  private final Block block;

  HostMemory(Device device, long address, long bytes) {
    this.device = device;
    this.bytes = bytes;
    this.block = new Block("host memory of %d bytes".formatted(bytes), address, bytes);
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
    return block.segment();
  }

  Block block() {
    return block;
  }

  /// Frees the memory, when copies from and to it are done. Closing twice does nothing.
  ///
  /// @throws ConcurrentUseException if another thread is using it
  @Override
  public synchronized void close() {
    if (block.isClosed()) {
      return;
    }
    block.close();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment error = Errors.allocate(arena);
      Errors.check(nero_h.nero_memory_free_host(device.handle(), block.address(), error), error);
    } finally {
      device.release(this);
    }
  }
}
