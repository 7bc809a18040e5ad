package org.nero4j.train.data;

import java.util.List;

/// Zero mean and unit deviation for each channel of a training set.
///
/// A byte has 256 values, so the floats that they become are looked up.
public final class Normalization {
  private final double[] mean;
  private final double[] deviation;
  private final float[][] values;

  private Normalization(double[] mean, double[] deviation) {
    this.mean = mean;
    this.deviation = deviation;
    values = new float[mean.length][256];
    for (int channel = 0; channel < mean.length; channel++) {
      for (int b = 0; b < 256; b++) {
        values[channel][b] = (float) ((b / 255.0 - mean[channel]) / deviation[channel]);
      }
    }
  }

  /// Measures images.
  ///
  /// @param pixels whole images of `channels` planes of `plane` bytes
  static Normalization of(byte[] pixels, int channels, int plane) {
    double[] sum = new double[channels];
    double[] squares = new double[channels];
    for (int i = 0; i < pixels.length; i++) {
      double x = (pixels[i] & 0xff) / 255.0;
      int channel = i / plane % channels;
      sum[channel] += x;
      squares[channel] += x * x;
    }
    double count = (double) pixels.length / channels;
    double[] mean = new double[channels];
    double[] deviation = new double[channels];
    for (int channel = 0; channel < channels; channel++) {
      mean[channel] = sum[channel] / count;
      double variance = squares[channel] / count - mean[channel] * mean[channel];
      // Images of one colour are left where they are.
      deviation[channel] = variance > 0 ? Math.sqrt(variance) : 1;
    }
    return new Normalization(mean, deviation);
  }

  /// What each byte of a channel becomes.
  float[] values(int channel) {
    return values[channel];
  }

  /// Means by channel, of pixels from 0 to 1.
  public List<Double> means() {
    return java.util.Arrays.stream(mean).boxed().toList();
  }

  /// Standard deviations by channel.
  public List<Double> deviations() {
    return java.util.Arrays.stream(deviation).boxed().toList();
  }
}
