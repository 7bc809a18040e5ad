package org.nero4j;

/// An object, or the arena behind a segment, was used after it was closed.
public final class ClosedException extends NeroException {
  private static final long serialVersionUID = 1L;

  ClosedException(Status status, String message) {
    super(status, message);
  }
}
