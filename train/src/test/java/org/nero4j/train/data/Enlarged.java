package org.nero4j.train.data;

/// Grey images made larger and given channels, for networks that read no smaller ones.
public final class Enlarged {
  private Enlarged() {}

  /// With a black margin at the right and below, and the same in every channel.
  public static Dataset.Split of(Dataset.Split data, int side, int channels) {
    return new Dataset.Split(of(data.train(), side, channels), of(data.test(), side, channels));
  }

  private static Dataset of(Dataset data, int side, int channels) {
    byte[] pixels = new byte[data.count() * channels * side * side];
    for (int image = 0; image < data.count(); image++) {
      for (int channel = 0; channel < channels; channel++) {
        for (int row = 0; row < data.height(); row++) {
          System.arraycopy(
              data.pixels(),
              (image * data.height() + row) * data.width(),
              pixels,
              ((image * channels + channel) * side + row) * side,
              data.width());
        }
      }
    }
    return new Dataset(
        data.name(),
        pixels,
        data.labels(),
        channels,
        side,
        side,
        data.classes(),
        Normalization.of(pixels, channels, side * side));
  }
}
