package org.nero4j.train.run;

/// A run cannot go on from its checkpoint, which is damaged or another run's; the message names it.
public final class CheckpointException extends RunException {
  private static final long serialVersionUID = 1L;

  CheckpointException(String message) {
    super(message);
  }

  CheckpointException(String message, Throwable cause) {
    super(message, cause);
  }
}
