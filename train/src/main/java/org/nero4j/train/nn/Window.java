package org.nero4j.train.nn;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.nero4j.bindings.nn.nero_nn_window;

/// What a convolution or a pool sees at once, how far it moves, and how much lies around the image.
/// It makes `(size + 2 padding - kernel) / stride + 1`, rounded down, of each side.
///
/// ```java
/// Window.of(3).stride(2).padding(1)
/// ```
public record Window(
    int kernelHeight,
    int kernelWidth,
    int strideHeight,
    int strideWidth,
    int paddingHeight,
    int paddingWidth) {

  /// A square that moves by one pixel, without padding.
  public static Window of(int kernel) {
    return of(kernel, kernel);
  }

  /// A rectangle that moves by one pixel, without padding.
  public static Window of(int kernelHeight, int kernelWidth) {
    return new Window(kernelHeight, kernelWidth, 1, 1, 0, 0);
  }

  /// One that moves so far, down and across.
  public Window stride(int stride) {
    return new Window(kernelHeight, kernelWidth, stride, stride, paddingHeight, paddingWidth);
  }

  /// One that sees as many pixels around the image, on each side.
  public Window padding(int padding) {
    return new Window(kernelHeight, kernelWidth, strideHeight, strideWidth, padding, padding);
  }

  MemorySegment toNative(Arena arena) {
    MemorySegment w = nero_nn_window.allocate(arena);
    nero_nn_window.struct_size(w, (int) nero_nn_window.sizeof());
    nero_nn_window.kernel_height(w, kernelHeight);
    nero_nn_window.kernel_width(w, kernelWidth);
    nero_nn_window.stride_height(w, strideHeight);
    nero_nn_window.stride_width(w, strideWidth);
    nero_nn_window.padding_height(w, paddingHeight);
    nero_nn_window.padding_width(w, paddingWidth);
    return w;
  }
}
