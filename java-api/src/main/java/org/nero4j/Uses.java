package org.nero4j;

import java.util.concurrent.atomic.AtomicInteger;

/// Counts the calls inside an object that any number of threads may use. It closes only while there
/// are none, so that nothing native is freed under a call.
final class Uses {
  private static final int CLOSED = -1;

  private final AtomicInteger users = new AtomicInteger();

  /// False where it is closed.
  boolean enter() {
    for (int now = users.get(); now != CLOSED; now = users.get()) {
      if (users.compareAndSet(now, now + 1)) {
        return true;
      }
    }
    return false;
  }

  void leave() {
    users.decrementAndGet();
  }

  /// Closes if nobody is inside.
  boolean close() {
    return users.compareAndSet(0, CLOSED);
  }

  /// Takes a [#close] back.
  void reopen() {
    users.set(0);
  }

  boolean isClosed() {
    return users.get() == CLOSED;
  }
}
