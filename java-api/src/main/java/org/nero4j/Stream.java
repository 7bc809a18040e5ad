package org.nero4j;

/// The order in which a device does its work. On the CPU, work is done before a call returns.
public final class Stream {
  private final Device device;

  Stream(Device device) {
    this.device = device;
  }

  /// The device whose stream this is.
  public Device device() {
    return device;
  }

  /// Returns when all work given to the device so far is done.
  ///
  /// @throws ClosedException if the device is closed
  public void synchronize() {
    device.synchronize();
  }
}
