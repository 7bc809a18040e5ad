package org.nero4j;

/// What a failure is; the numbers are those of `nero_status` in `nero.h`.
public enum Status {
  OK,
  NULL,
  STRUCT_SIZE,
  ARGUMENT,
  SIZE,
  ALIGNMENT,
  OVERLAP,
  DTYPE,
  DEVICE,
  DEGENERATE_NEURON,
  NOT_FOUND,
  BUSY,
  SEQUENCE,
  OUT_OF_MEMORY,
  UNSUPPORTED,
  INTERNAL;

  private static final Status[] ALL = values();

  static Status of(int code) {
    return code >= 0 && code < ALL.length ? ALL[code] : INTERNAL;
  }
}
