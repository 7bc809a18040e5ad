package org.nero4j.train.run;

/// A run's folder cannot be made, written or read; the message names it.
public class RunException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// With a message that names what is in the way.
  public RunException(String message) {
    super(message);
  }

  /// With a message that names what is in the way.
  public RunException(String message, Throwable cause) {
    super(message, cause);
  }
}
