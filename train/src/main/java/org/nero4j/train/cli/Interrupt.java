package org.nero4j.train.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jline.utils.Signals;

/// Ctrl-C (SIGINT) and SIGTERM as a request to stop after the work at hand; a second one kills the
/// process as it would without this class.
final class Interrupt implements BooleanSupplier, AutoCloseable {
  private static final Map<String, Integer> NUMBERS = Map.of("INT", 2, "TERM", 15);

  private final Map<String, Object> before = new LinkedHashMap<>();
  private final AtomicInteger received = new AtomicInteger();

  /// Listens from now on.
  Interrupt() {
    NUMBERS.forEach(
        (name, number) ->
            before.put(
                name,
                Signals.register(
                    name,
                    () -> {
                      received.compareAndSet(0, number);
                      Signals.registerDefault(name);
                    })));
  }

  /// Whether to stop.
  @Override
  public boolean getAsBoolean() {
    return received.get() != 0;
  }

  /// What a shell expects of a process that was stopped: 128 and the signal's number; 0 if it was
  /// not stopped.
  int exitCode() {
    return getAsBoolean() ? 128 + received.get() : 0;
  }

  @Override
  public void close() {
    before.forEach(Signals::unregister);
  }
}
