package org.nero4j;

/// Two threads used one object at once; the second is refused.
public final class ConcurrentUseException extends NeroException {
  private static final long serialVersionUID = 1L;

  ConcurrentUseException(Status status, String message) {
    super(status, message);
  }
}
