package org.nero4j.train.run;

import java.util.function.LongSupplier;

/// When to write the next checkpoint: after so many seconds, and after so long that writing costs a
/// fiftieth of the time at most. Of a run that is over before that, none is written.
final class CheckpointPace {
  private static final int SHARE = 50;

  private final long shortest;
  private final LongSupplier nanoTime;
  private long written;
  private long cost;

  /// @param seconds between two; 0: whenever it can be written, whatever that costs
  /// @param nanoTime as [System#nanoTime()]
  CheckpointPace(double seconds, LongSupplier nanoTime) {
    shortest = (long) (seconds * 1e9);
    this.nanoTime = nanoTime;
    written = nanoTime.getAsLong();
  }

  boolean due() {
    return shortest == 0 || nanoTime.getAsLong() - written >= Math.max(shortest, SHARE * cost);
  }

  void write(Runnable checkpoint) {
    long start = nanoTime.getAsLong();
    checkpoint.run();
    written = nanoTime.getAsLong();
    cost = written - start;
  }
}
