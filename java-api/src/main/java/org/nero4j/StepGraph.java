package org.nero4j;

import java.lang.foreign.MemorySegment;

/// A step of an optimiser, recorded by [Optimizer#capture].
///
/// A replay takes the optimiser's learning rate, gradient scale and step counts of that moment, and
/// finds parameters where they have been rebound to. It is used like its optimiser: by any thread,
/// one at a time.
public final class StepGraph implements AutoCloseable {
  private final Optimizer optimizer;
  private final MemorySegment handle;

  StepGraph(Optimizer optimizer, MemorySegment handle) {
    this.optimizer = optimizer;
    this.handle = handle;
  }

  /// The native graph; there as long as the optimiser has this recording among its own.
  MemorySegment handle() {
    return handle;
  }

  /// One step, as [Optimizer#step] would take it.
  ///
  /// @throws ClosedException if this recording, its optimiser or the arena of a parameter is closed
  /// @throws ConcurrentUseException if another thread is using the optimiser
  public void replay() {
    optimizer.replay(this);
  }

  /// Forgets the recording. Closing twice does nothing.
  ///
  /// @throws ConcurrentUseException if another thread is using the optimiser
  @Override
  public void close() {
    optimizer.close(this);
  }
}
