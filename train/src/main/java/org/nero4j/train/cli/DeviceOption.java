package org.nero4j.train.cli;

import java.util.Locale;
import org.nero4j.Device;

/// What `--device` takes.
final class DeviceOption {
  private DeviceOption() {}

  /// The CPU is where layers run; a CUDA device is refused, by the library if there is none.
  ///
  /// @throws IllegalArgumentException if it is no device, or one that layers do not run on
  /// @throws org.nero4j.NeroException if there is no such CUDA device, saying why
  static void require(String text) {
    String device = text.toLowerCase(Locale.ROOT);
    if (device.equals("cpu")) {
      return;
    }
    if (!device.matches("cuda(:\\d{1,4})?")) {
      throw new IllegalArgumentException(
          "--device is '%s', it must be cpu or cuda:N".formatted(text));
    }
    int index = device.equals("cuda") ? 0 : Integer.parseInt(device.substring(5));
    try (Device cuda = Device.cuda(index)) {
      throw new IllegalArgumentException(
          "--device %s: the layers run on the CPU alone, so a network is trained with --device cpu;"
                  .formatted(text)
              + " %s is there for optimisers over your own device memory".formatted(cuda));
    }
  }
}
