package org.nero4j;

import java.lang.foreign.MemorySegment;

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

  /// Work given to the device from now on begins when the event, of this or another device, is
  /// reached as it was recorded last. Between CUDA devices Java does not wait.
  ///
  /// @throws SequenceException if the event was never recorded
  /// @throws ClosedException if the device or the event is closed
  public void waitFor(Event event) {
    device.waitFor(event);
  }

  /// Work given to the device from now on begins when all is done that was queued so far on a CUDA
  /// stream of the caller's: gradients made there are then seen by the next step. Java does not
  /// wait.
  ///
  /// @param stream a `cudaStream_t` of the same device; NULL: the legacy default stream
  /// @throws InvalidArgumentException on the CPU, if the stream is not NULL
  /// @throws ClosedException if the device is closed
  public void waitForStream(MemorySegment stream) {
    device.waitForStream(stream);
  }
}
