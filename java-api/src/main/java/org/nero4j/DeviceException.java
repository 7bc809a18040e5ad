package org.nero4j;

/// Memory or an object of another device, or a device that does not exist.
public final class DeviceException extends NeroException {
  private static final long serialVersionUID = 1L;

  DeviceException(Status status, String message) {
    super(status, message);
  }
}
