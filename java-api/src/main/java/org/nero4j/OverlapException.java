package org.nero4j;

/// Two buffers that must be apart share bytes.
public final class OverlapException extends NeroException {
  private static final long serialVersionUID = 1L;

  OverlapException(Status status, String message) {
    super(status, message);
  }
}
