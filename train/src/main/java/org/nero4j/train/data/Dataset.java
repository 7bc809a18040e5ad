package org.nero4j.train.data;

/// Images as the bytes that they come in, with labels. What a network reads are floats, normalised
/// by channel; [#normalize] gives them.
///
/// @param name what to call it
/// @param pixels `count * channels * height * width` bytes, channel by channel, row by row
/// @param labels `count` classes
/// @param channels 1 for grey, 3 for red, green and blue
/// @param height rows of an image
/// @param width columns of an image
/// @param classes number of classes
/// @param normalization of the training set
public record Dataset(
    String name,
    byte[] pixels,
    int[] labels,
    int channels,
    int height,
    int width,
    int classes,
    Normalization normalization) {

  /// A training and a test set, both normalised by the training set's mean and standard deviation.
  public record Split(Dataset train, Dataset test) {
    /// The first images alone.
    ///
    /// @param trainImages at most so many for training; 0: all
    /// @param testImages at most so many for the test; 0: all
    public Split limited(int trainImages, int testImages) {
      return new Split(train.limited(trainImages), test.limited(testImages));
    }
  }

  /// Number of images.
  public int count() {
    return labels.length;
  }

  /// Floats of an image.
  public int features() {
    return channels * height * width;
  }

  /// Writes an image as floats.
  ///
  /// @param to at least `offset + features()` long
  public void normalize(int image, float[] to, int offset) {
    int plane = height * width;
    int from = image * features();
    for (int channel = 0; channel < channels; channel++) {
      float[] values = normalization.values(channel);
      for (int i = 0; i < plane; i++) {
        to[offset++] = values[pixels[from++] & 0xff];
      }
    }
  }

  private Dataset limited(int images) {
    if (images == 0 || images >= count()) {
      return this;
    }
    return new Dataset(
        name,
        java.util.Arrays.copyOf(pixels, images * features()),
        java.util.Arrays.copyOf(labels, images),
        channels,
        height,
        width,
        classes,
        normalization);
  }
}
