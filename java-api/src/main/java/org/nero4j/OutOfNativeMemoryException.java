package org.nero4j;

/// The system gave no native memory.
public final class OutOfNativeMemoryException extends NeroException {
  private static final long serialVersionUID = 1L;

  OutOfNativeMemoryException(Status status, String message) {
    super(status, message);
  }
}
