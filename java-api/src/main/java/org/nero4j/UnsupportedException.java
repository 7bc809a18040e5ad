package org.nero4j;

/// Known to the library, but not offered by this build or device.
public final class UnsupportedException extends NeroException {
  private static final long serialVersionUID = 1L;

  UnsupportedException(Status status, String message) {
    super(status, message);
  }
}
