package org.nero4j;

import java.lang.ref.Cleaner;
import java.util.concurrent.atomic.AtomicBoolean;

/// Says where a device was opened that was dropped without being closed. It frees nothing: memory
/// freed by the collector's thread, at a time of its choosing, would hide the mistake and trip over
/// threads.
final class LeakReport {
  /// The system property that asks for it; each report costs a stack trace when a device is opened.
  static final String PROPERTY = "org.nero4j.leaks";

  private static final class Reporter {
    private static final Cleaner CLEANER = Cleaner.create();
  }

  private final AtomicBoolean closed = new AtomicBoolean();

  private LeakReport() {}

  /// Watches an owner from now on; null where the property does not ask for it.
  static LeakReport watch(Object owner, String name) {
    if (!Boolean.getBoolean(PROPERTY)) {
      return null;
    }
    LeakReport report = new LeakReport();
    AtomicBoolean closed = report.closed;
    Throwable opened = new Throwable(name + " was opened here");
    Reporter.CLEANER.register(
        owner,
        () -> {
          if (!closed.get()) {
            System.getLogger("org.nero4j")
                .log(
                    System.Logger.Level.WARNING,
                    name + " was dropped without close(): its memory and optimisers are lost",
                    opened);
          }
        });
    return report;
  }

  void closed() {
    closed.set(true);
  }
}
