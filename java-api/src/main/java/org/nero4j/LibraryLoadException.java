package org.nero4j;

/// The native library could not be loaded. Each attempt, with its reason, is a suppressed
/// exception.
public final class LibraryLoadException extends NeroException {
  private static final long serialVersionUID = 1L;

  LibraryLoadException(String message) {
    super(Status.UNSUPPORTED, message);
  }

  LibraryLoadException(String message, Throwable cause) {
    super(Status.UNSUPPORTED, message, cause);
  }
}
