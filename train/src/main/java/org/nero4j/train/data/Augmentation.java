package org.nero4j.train.data;

import java.util.random.RandomGenerator;

/// What is done to a training image each time that it is dealt.
public enum Augmentation {
  /// Nothing.
  NONE(0, false),
  /// A window of the image's size, anywhere within the image with 4 black pixels around it.
  CROP(4, false),
  /// Left and right swapped, every other time.
  FLIP(0, true),
  /// Both, as is usual for CIFAR-10.
  CROP_FLIP(4, true);

  private final int padding;
  private final boolean flip;

  Augmentation(int padding, boolean flip) {
    this.padding = padding;
    this.flip = flip;
  }

  @Override
  public String toString() {
    return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
  }

  /// Writes an image as floats, moved and turned by `random`.
  public void apply(Dataset data, int image, RandomGenerator random, float[] to, int offset) {
    if (this == NONE) {
      data.normalize(image, to, offset);
      return;
    }
    int down = padding == 0 ? 0 : random.nextInt(2 * padding + 1) - padding;
    int right = padding == 0 ? 0 : random.nextInt(2 * padding + 1) - padding;
    boolean mirrored = flip && random.nextBoolean();
    int height = data.height();
    int width = data.width();
    byte[] pixels = data.pixels();
    int plane = image * data.features();
    for (int channel = 0; channel < data.channels(); channel++, plane += height * width) {
      float[] values = data.normalization().values(channel);
      for (int y = 0; y < height; y++) {
        int row = y + down;
        for (int x = 0; x < width; x++) {
          int column = (mirrored ? width - 1 - x : x) + right;
          boolean inside = row >= 0 && row < height && column >= 0 && column < width;
          to[offset++] = values[inside ? pixels[plane + row * width + column] & 0xff : 0];
        }
      }
    }
  }
}
