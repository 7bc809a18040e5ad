package org.nero4j;

import java.util.List;
import org.nero4j.bindings.nero_h;
import org.nero4j.bindings.nero_madam_hyper;

/// Madam (Bernstein et al. 2020): weights move by a factor, `w <- w exp(-lr u sign(w))`, and so
/// never change sign; a weight of 0 never moves. `u = g / sqrt(v)`, held within the gradient bound;
/// weights are held within weightScale times their root mean square at construction.
///
/// State: `root_second_moment`, a float a weight, and `bound`, one double a tensor. Defaults: beta
/// 0.999, weight scale 3, gradient bound 10, no constraint. No epsilon, bias-corrected.
///
/// @see <a href="https://arxiv.org/abs/2006.14560">Learning compositional functions via
///   multiplicative weight updates</a>, Algorithm 1
public final class Madam extends Optimizer {
  private Madam(Builder builder, Device device, List<Parameter> parameters) {
    super(builder, device, parameters);
  }

  /// Starts a builder with the reference's defaults.
  ///
  /// @throws InvalidArgumentException if the learning rate is negative, NaN or above 1,000,000
  public static Builder withLearningRate(double learningRate) {
    return new Builder(learningRate);
  }

  /// Makes [Madam] optimisers.
  public static final class Builder extends OptimizerBuilder<Madam, Madam.Builder> {
    Builder(double learningRate) {
      // Before anything of the bindings is touched: they need native access to load at all.
      NativeLibrary.require();
      super(
          nero_h.NERO_KIND_MADAM(),
          learningRate,
          nero_madam_hyper.sizeof(),
          nero_h::nero_madam_defaults);
    }

    /// Decay of the second moment, within [0, 1); 0.999.
    public Builder beta(double beta) {
      nero_madam_hyper.beta(hyper, beta);
      return this;
    }

    /// Bound of the weights in root mean squares; 3.
    public Builder weightScale(double weightScale) {
      nero_madam_hyper.weight_scale(hyper, weightScale);
      return this;
    }

    /// Bound of the normalised gradient; 10.
    public Builder gradientBound(double gradientBound) {
      nero_madam_hyper.gradient_bound(hyper, gradientBound);
      return this;
    }

    @Override
    Builder self() {
      return this;
    }

    @Override
    Madam make(Device device, List<Parameter> parameters) {
      return new Madam(this, device, parameters);
    }
  }
}
