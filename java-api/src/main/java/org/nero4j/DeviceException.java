package org.nero4j;

/// Memory or an object of another device, or a device that does not exist
/// ([DeviceUnavailableException]).
public sealed class DeviceException extends NeroException permits DeviceUnavailableException {
  private static final long serialVersionUID = 1L;

  DeviceException(Status status, String message) {
    super(status, message);
  }
}
