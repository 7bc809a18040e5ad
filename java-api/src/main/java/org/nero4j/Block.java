package org.nero4j;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Native memory that is freed while nobody uses it: neither a call between [#enter] and [#leave],
/// nor Java through [#segment].
final class Block {
  private final String name;
  private final long address;
  private final Arena lifetime = Arena.ofShared();
  private final MemorySegment segment;
  private final Uses uses = new Uses();

  /// @param name for messages
  /// @param readable bytes that Java may touch
  Block(String name, long address, long readable) {
    this.name = name;
    this.address = address;
    // The arena frees nothing; it makes every use after close an exception.
    this.segment = MemorySegment.ofAddress(address).reinterpret(readable, lifetime, null);
  }

  /// The memory; dies with the block.
  MemorySegment segment() {
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
      throw Errors.closed(name);
    }
  }

  void leave() {
    uses.leave();
  }

  boolean isClosed() {
    return uses.isClosed();
  }

  /// Ends all use; what is at the address may be freed then. To be called once.
  ///
  /// @throws ConcurrentUseException if somebody is using it, who may go on
  void close() {
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
  }

  private ConcurrentUseException inUse() {
    return new ConcurrentUseException(Status.BUSY, "another call is using " + name);
  }
}
