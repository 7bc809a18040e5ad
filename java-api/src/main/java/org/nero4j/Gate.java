package org.nero4j;

import java.util.concurrent.atomic.AtomicInteger;

/// Lets one thread in at a time, for the price of a compare-and-set. A second one is refused, not
/// made to wait: two threads in one optimiser are a mistake, and waiting would hide it.
final class Gate {
  private static final int OPEN = 0;
  private static final int BUSY = 1;
  private static final int CLOSED = 2;

  private final AtomicInteger state = new AtomicInteger(OPEN);
  private final String what;

  Gate(String what) {
    this.what = what;
  }

  /// @throws ConcurrentUseException if another thread is inside
  /// @throws ClosedException if the gate is closed
  void enter() {
    int found = state.compareAndExchange(OPEN, BUSY);
    if (found != OPEN) {
      throw refusal(found);
    }
  }

  void leave() {
    state.set(OPEN);
  }

  /// Enters, but for where the gate is closed: false then.
  ///
  /// @throws ConcurrentUseException if another thread is inside
  boolean enterUnlessClosed() {
    int found = state.compareAndExchange(OPEN, BUSY);
    if (found == BUSY) {
      throw refusal(found);
    }
    return found == OPEN;
  }

  void close() {
    state.set(CLOSED);
  }

  boolean isClosed() {
    return state.get() == CLOSED;
  }

  /// From what was found, not from what is so by now: the other thread may be through meanwhile.
  private NeroException refusal(int found) {
    return found == CLOSED
        ? Errors.closed(what)
        : new ConcurrentUseException(Status.BUSY, "another thread is using " + what);
  }
}
