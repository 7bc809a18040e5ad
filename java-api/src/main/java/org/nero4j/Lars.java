package org.nero4j;

import java.util.List;
import org.nero4j.bindings.nero_h;
import org.nero4j.bindings.nero_lars_hyper;

/// LARS (You et al. 2017): momentum SGD whose rate is set per tensor by `trust |w| / (|g| + wd
/// |w|)`, the rate inside the momentum. [#larc] is apex's LARC: the same ratio around plain
/// momentum SGD.
///
/// State: `momentum`, a float a weight. Defaults: momentum 0.9, trust 0.001 (LARC 0.02), no decay,
/// no constraint.
///
/// @see <a href="https://arxiv.org/abs/1708.03888">Large Batch Training of Convolutional
///   Networks</a>, Algorithm 1
public final class Lars extends Optimizer {
  /// `nero_lars_kind`, in its order.
  private enum Variant {
    PAPER,
    LARC_CLIP,
    LARC_SCALE,
    PYTORCH_OPTIMIZER
  }

  private Lars(Builder builder, Device device, List<Parameter> parameters) {
    super(builder, device, parameters);
  }

  /// Starts a builder of the paper's LARS.
  ///
  /// @throws InvalidArgumentException if the learning rate is negative, NaN or above 1,000,000
  public static Builder withLearningRate(double learningRate) {
    return new Builder(Variant.PAPER, learningRate);
  }

  /// Starts a builder of apex LARC.
  ///
  /// @param clip the local rate is held to the learning rate; otherwise it multiplies it
  public static Builder larc(double learningRate, boolean clip) {
    return new Builder(clip ? Variant.LARC_CLIP : Variant.LARC_SCALE, learningRate);
  }

  /// Starts a builder of pytorch_optimizer's LARS: the ratio `trust |w| / |g|` around momentum SGD,
  /// for matrices alone; vectors have no decay either. Its buffer starts at 0, where that library
  /// starts it at the first gradient without its ratio; to follow such a run to the letter, write
  /// the first gradient to the state `momentum` before the first step.
  ///
  /// @throws InvalidArgumentException if the learning rate is negative, NaN or above 1,000,000
  public static Builder pytorchOptimizer(double learningRate) {
    return new Builder(Variant.PYTORCH_OPTIMIZER, learningRate);
  }

  /// Makes [Lars] optimisers.
  public static final class Builder extends OptimizerBuilder<Lars, Lars.Builder> {
    Builder(Variant variant, double learningRate) {
      // Before anything of the bindings is touched: they need native access to load at all.
      NativeLibrary.require();
      super(
          nero_h.NERO_KIND_LARS(),
          learningRate,
          nero_lars_hyper.sizeof(),
          (hyper, error) -> nero_h.nero_lars_defaults(variant.ordinal(), hyper, error));
    }

    /// Decay of the momentum buffer, within [0, 1); 0.9.
    public Builder momentum(double momentum) {
      nero_lars_hyper.momentum(hyper, momentum);
      return this;
    }

    /// Weight decay, 0 or more; 0.
    public Builder weightDecay(double weightDecay) {
      nero_lars_hyper.weight_decay(hyper, weightDecay);
      return this;
    }

    /// Trust coefficient; 0.001, LARC 0.02.
    public Builder trust(double trust) {
      nero_lars_hyper.trust(hyper, trust);
      return this;
    }

    /// Nesterov's look ahead; needs momentum above 0; off.
    public Builder nesterov(boolean nesterov) {
      nero_lars_hyper.nesterov(hyper, nesterov ? 1 : 0);
      return this;
    }

    /// LARC: added to the denominator; 1e-8.
    public Builder epsilon(double epsilon) {
      nero_lars_hyper.epsilon(hyper, epsilon);
      return this;
    }

    @Override
    Builder self() {
      return this;
    }

    @Override
    Lars make(Device device, List<Parameter> parameters) {
      return new Lars(this, device, parameters);
    }
  }
}
