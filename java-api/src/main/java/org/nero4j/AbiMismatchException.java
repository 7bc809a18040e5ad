package org.nero4j;

/// The native library and the bindings were made from different headers.
public final class AbiMismatchException extends NeroException {
  private static final long serialVersionUID = 1L;

  AbiMismatchException(String message) {
    super(Status.STRUCT_SIZE, message);
  }
}
