package org.nero4j;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.nero4j.bindings.nero_h;

/// A point in the order of a device's work, made by [Device#event]: to measure time by, and to put
/// other work behind.
///
/// With CUDA it is reached when the device gets there, and Java does not wait. On the CPU, where
/// work is done before a call returns, it is reached as it is recorded, and keeps the time.
///
/// {@snippet class="org.nero4j.examples.Snippets" region="timing"}
///
/// Any thread may use an event. Closing it, or its device, leaves what waits for it as it is.
public final class Event implements AutoCloseable {
  private final Device device;
  private final MemorySegment handle;
  private final Uses uses = new Uses();

  Event(Device device, MemorySegment handle) {
    this.device = device;
    this.handle = handle;
  }

  /// What a native call does with the event.
  @FunctionalInterface
  interface Call {
    int on(MemorySegment event, MemorySegment error);
  }

  /// The device in whose order this event stands.
  public Device device() {
    return device;
  }

  /// Puts the event behind all work given to its device so far, and returns at once; once more
  /// moves it.
  public Event record() {
    call(nero_h::nero_event_record);
    return this;
  }

  /// Returns when the event is reached.
  ///
  /// @throws SequenceException if it was never recorded
  public void synchronize() {
    call(nero_h::nero_event_synchronize);
  }

  /// Milliseconds between the moments at which the two events were reached, each of which is waited
  /// for; below 0 where this one was first.
  ///
  /// @throws SequenceException if one of them was never recorded
  /// @throws DeviceException if they are of different devices, which have no clock in common
  public double millisecondsSince(Event from) {
    Errors.notNull(from, "from");
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment milliseconds = arena.allocate(ValueLayout.JAVA_DOUBLE);
      call(
          (to, error) -> {
            from.call((first, e) -> nero_h.nero_event_elapsed(first, to, milliseconds, e));
            return nero_h.NERO_OK();
          });
      return milliseconds.get(ValueLayout.JAVA_DOUBLE, 0);
    }
  }

  /// Makes a call while the event and its device stay open.
  ///
  /// @throws ClosedException if the event is closed
  void call(Call call) {
    if (!uses.enter()) {
      throw Errors.closed("this event");
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment error = Errors.allocate(arena);
      Errors.check(call.on(handle, error), error);
    } finally {
      uses.leave();
    }
  }

  /// Frees the event, reached or not. Closing twice does nothing.
  ///
  /// @throws ConcurrentUseException if another thread is using it
  @Override
  public void close() {
    if (!uses.close()) {
      if (uses.isClosed()) {
        return;
      }
      throw new ConcurrentUseException(Status.BUSY, "another thread is using this event");
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment error = Errors.allocate(arena);
      Errors.check(nero_h.nero_event_destroy(handle, error), error);
    } finally {
      device.release(this);
    }
  }
}
