package org.nero4j;

/// An address is not a multiple of its element size.
public final class AlignmentException extends NeroException {
  private static final long serialVersionUID = 1L;

  AlignmentException(Status status, String message) {
    super(status, message);
  }
}
