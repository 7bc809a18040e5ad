package org.nero4j;

/// AdamW (Loshchilov and Hutter 2019): Adam whose weight decay is apart from the moments, `w <- w
/// (1 - lr wd)`. Its weight decay is 0.01 unless set.
///
/// {@snippet class="org.nero4j.examples.Snippets" region="decay"}
///
/// @see <a href="https://arxiv.org/abs/1711.05101">Decoupled Weight Decay Regularization</a>,
///   Algorithm 2
public final class AdamW {
  private AdamW() {}

  /// Starts a builder of an [Adam] with decoupled weight decay.
  ///
  /// @throws InvalidArgumentException if the learning rate is negative, NaN or above 1,000,000
  public static Adam.Builder withLearningRate(double learningRate) {
    return new Adam.Builder(learningRate, true).weightDecay(0.01);
  }
}
