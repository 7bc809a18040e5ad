package org.nero4j;

import java.util.List;
import org.nero4j.bindings.nero_h;
import org.nero4j.bindings.nero_lamb_hyper;

/// LAMB (You et al. 2020): Adam's direction, its length set per tensor by the trust ratio |w| /
/// |u|. Five optimisers go by the name; [LambPreset] names them, and every field can be set.
///
/// State: `first_moment` and `second_moment`, a float a weight each, and `trust_ratio`, the ratio
/// of the last step, one double a tensor. Defaults: those of the preset; no constraint.
///
/// @see <a href="https://arxiv.org/abs/1904.00962">Large Batch Optimization for Deep Learning</a>,
///   Algorithm 2
public final class Lamb extends Optimizer {
  private Lamb(Builder builder, Device device, List<Parameter> parameters) {
    super(builder, device, parameters);
  }

  /// How the moments are corrected for starting at 0.
  public enum Correction {
    /// Not at all.
    NONE,
    /// Both moments (apex).
    MOMENTS,
    /// The step size, for both (DeepSpeed).
    STEP_SIZE,
    /// The step size, for the first alone (pytorch_optimizer).
    FIRST
  }

  /// Where weight decay goes.
  public enum Decay {
    /// Into the update, before the trust ratio.
    IN_UPDATE,
    /// Into the gradient.
    COUPLED,
    /// The weights shrink before anything else.
    BEFORE
  }

  /// Starts a builder with the preset of the Nero paper.
  ///
  /// @throws InvalidArgumentException if the learning rate is negative, NaN or above 1,000,000
  public static Builder withLearningRate(double learningRate) {
    return preset(LambPreset.PAPER, learningRate);
  }

  /// Starts a builder with a preset.
  ///
  /// @throws InvalidArgumentException if the learning rate is negative, NaN or above 1,000,000
  public static Builder preset(LambPreset preset, double learningRate) {
    return new Builder(Errors.notNull(preset, "preset"), learningRate);
  }

  /// Makes [Lamb] optimisers.
  public static final class Builder extends OptimizerBuilder<Lamb, Lamb.Builder> {
    Builder(LambPreset preset, double learningRate) {
      // Before anything of the bindings is touched: they need native access to load at all.
      NativeLibrary.require();
      super(
          nero_h.NERO_KIND_LAMB(),
          learningRate,
          nero_lamb_hyper.sizeof(),
          (hyper, error) -> nero_h.nero_lamb_defaults(preset.ordinal(), hyper, error));
    }

    /// How the moments are corrected for starting at 0.
    public Builder correction(Correction correction) {
      nero_lamb_hyper.correction(hyper, Errors.notNull(correction, "correction").ordinal());
      return this;
    }

    /// Where weight decay goes.
    public Builder decay(Decay decay) {
      nero_lamb_hyper.decay(hyper, Errors.notNull(decay, "decay").ordinal());
      return this;
    }

    /// Epsilon inside the root.
    public Builder epsilonInsideRoot(boolean epsilonInsideRoot) {
      nero_lamb_hyper.epsilon_inside_root(hyper, epsilonInsideRoot ? 1 : 0);
      return this;
    }

    /// Whether the first moment takes (1 - beta1) g, or g.
    public Builder gradientAveraging(boolean gradientAveraging) {
      nero_lamb_hyper.gradient_averaging(hyper, gradientAveraging ? 1 : 0);
      return this;
    }

    /// Whether a trust ratio is taken where weight decay is 0.
    public Builder adaptWithoutDecay(boolean adaptWithoutDecay) {
      nero_lamb_hyper.adapt_without_decay(hyper, adaptWithoutDecay ? 1 : 0);
      return this;
    }

    /// Decay of the first moment, within [0, 1).
    public Builder beta1(double beta1) {
      nero_lamb_hyper.beta1(hyper, beta1);
      return this;
    }

    /// Decay of the second moment, within [0, 1).
    public Builder beta2(double beta2) {
      nero_lamb_hyper.beta2(hyper, beta2);
      return this;
    }

    /// Added to the root, or inside it.
    public Builder epsilon(double epsilon) {
      nero_lamb_hyper.epsilon(hyper, epsilon);
      return this;
    }

    /// Weight decay, 0 or more.
    public Builder weightDecay(double weightDecay) {
      nero_lamb_hyper.weight_decay(hyper, weightDecay);
      return this;
    }

    /// All gradients together are scaled down to this norm; 0: never.
    public Builder maxGradientNorm(double maxGradientNorm) {
      nero_lamb_hyper.max_gradient_norm(hyper, maxGradientNorm);
      return this;
    }

    /// Weight norms above this count as this.
    public Builder weightNormMax(double weightNormMax) {
      nero_lamb_hyper.weight_norm_max(hyper, weightNormMax);
      return this;
    }

    /// Least trust ratio.
    public Builder ratioMin(double ratioMin) {
      nero_lamb_hyper.ratio_min(hyper, ratioMin);
      return this;
    }

    /// Greatest trust ratio.
    public Builder ratioMax(double ratioMax) {
      nero_lamb_hyper.ratio_max(hyper, ratioMax);
      return this;
    }

    /// Added to the update's norm.
    public Builder ratioEpsilon(double ratioEpsilon) {
      nero_lamb_hyper.ratio_epsilon(hyper, ratioEpsilon);
      return this;
    }

    @Override
    Builder self() {
      return this;
    }

    @Override
    Lamb make(Device device, List<Parameter> parameters) {
      return new Lamb(this, device, parameters);
    }
  }
}
