package org.nero4j;

/// The machine, or this build of the library, has no such device; the message says why.
public final class DeviceUnavailableException extends DeviceException {
  private static final long serialVersionUID = 1L;

  DeviceUnavailableException(Status status, String message) {
    super(status, message);
  }
}
