package org.nero4j.train.data;

/// Images as normalised floats, with labels.
///
/// @param name what to call it
/// @param features `count * width` floats
/// @param labels `count` classes
/// @param width floats of an image
/// @param classes number of classes
public record Dataset(String name, float[] features, int[] labels, int width, int classes) {
  /// Number of images.
  public int count() {
    return labels.length;
  }

  /// A training and a test set, both normalised by the training set's mean and standard deviation.
  public record Split(Dataset train, Dataset test) {}

  static Split normalized(
      String name,
      IdxFile trainImages,
      IdxFile trainLabels,
      IdxFile testImages,
      IdxFile testLabels) {
    double sum = 0;
    double squares = 0;
    for (byte b : trainImages.values()) {
      double x = (b & 0xff) / 255.0;
      sum += x;
      squares += x * x;
    }
    double mean = sum / trainImages.values().length;
    double deviation = Math.sqrt(squares / trainImages.values().length - mean * mean);
    return new Split(
        of(name, trainImages, trainLabels, mean, deviation),
        of(name + " test", testImages, testLabels, mean, deviation));
  }

  private static Dataset of(
      String name, IdxFile images, IdxFile labels, double mean, double deviation) {
    float[] features = new float[images.values().length];
    for (int i = 0; i < features.length; i++) {
      features[i] = (float) (((images.values()[i] & 0xff) / 255.0 - mean) / deviation);
    }
    int[] classes = new int[labels.values().length];
    int most = 0;
    for (int i = 0; i < classes.length; i++) {
      classes[i] = labels.values()[i] & 0xff;
      most = Math.max(most, classes[i]);
    }
    return new Dataset(name, features, classes, images.itemSize(), Math.max(10, most + 1));
  }
}
