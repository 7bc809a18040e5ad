package org.nero4j;

/// There is no parameter, state or level of that name.
public final class NotFoundException extends NeroException {
  private static final long serialVersionUID = 1L;

  NotFoundException(Status status, String message) {
    super(status, message);
  }
}
