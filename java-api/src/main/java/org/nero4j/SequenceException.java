package org.nero4j;

/// A call out of order, such as freeing memory that an open optimiser steps.
public final class SequenceException extends NeroException {
  private static final long serialVersionUID = 1L;

  SequenceException(Status status, String message) {
    super(status, message);
  }
}
