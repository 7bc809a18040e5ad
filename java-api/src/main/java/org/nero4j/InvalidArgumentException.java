package org.nero4j;

/// A value is missing or out of its range; the message names it and both numbers.
public final class InvalidArgumentException extends NeroException {
  private static final long serialVersionUID = 1L;

  InvalidArgumentException(Status status, String message) {
    super(status, message);
  }
}
