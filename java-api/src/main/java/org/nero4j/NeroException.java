package org.nero4j;

/// What every exception of this library extends.
public abstract class NeroException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// What kind of failure this is.
  private final Status status;

  NeroException(Status status, String message) {
    super(message);
    this.status = status;
  }

  NeroException(Status status, String message, Throwable cause) {
    super(message, cause);
    this.status = status;
  }

  /// The kind of failure.
  public final Status status() {
    return status;
  }
}
