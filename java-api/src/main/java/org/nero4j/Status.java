package org.nero4j;

/// What a failure is; the numbers are those of `nero_status` in `nero.h`.
public enum Status {
  /// Success.
  OK,
  /// Something required is missing.
  NULL,
  /// Library and caller do not know the same struct.
  STRUCT_SIZE,
  /// A value is out of its range, NaN included.
  ARGUMENT,
  /// A buffer and a shape do not agree, or a shape overflows.
  SIZE,
  /// An address is no multiple of its element's size.
  ALIGNMENT,
  /// Two buffers that must be apart share bytes.
  OVERLAP,
  /// A type of number that is not taken.
  DTYPE,
  /// No such device, or memory of another one.
  DEVICE,
  /// A neuron cannot be balanced.
  DEGENERATE_NEURON,
  /// No state, parameter or level of that name.
  NOT_FOUND,
  /// Another thread is using the object.
  BUSY,
  /// A call out of order.
  SEQUENCE,
  /// There is not so much memory.
  OUT_OF_MEMORY,
  /// Known, but not by this build or device.
  UNSUPPORTED,
  /// A defect of the library.
  INTERNAL;

  private static final Status[] ALL = values();

  static Status of(int code) {
    return code >= 0 && code < ALL.length ? ALL[code] : INTERNAL;
  }
}
