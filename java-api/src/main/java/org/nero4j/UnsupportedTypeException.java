package org.nero4j;

/// A type of memory or of number that the library does not step.
public final class UnsupportedTypeException extends NeroException {
  private static final long serialVersionUID = 1L;

  UnsupportedTypeException(Status status, String message) {
    super(status, message);
  }
}
