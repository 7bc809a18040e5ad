package org.nero4j;

/// A defect of the library.
public final class InternalErrorException extends NeroException {
  private static final long serialVersionUID = 1L;

  InternalErrorException(Status status, String message) {
    super(status, message);
  }
}
