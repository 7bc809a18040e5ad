package org.nero4j;

/// A buffer and a shape do not agree; the message names the parameter and both sizes.
public final class SizeMismatchException extends NeroException {
  private static final long serialVersionUID = 1L;

  SizeMismatchException(Status status, String message) {
    super(status, message);
  }
}
