package org.nero4j;

import java.util.List;
import org.nero4j.bindings.nero_fromage_hyper;
import org.nero4j.bindings.nero_h;

/// Fromage (Bernstein et al. 2020): the step's length is a share of the tensor's own, `w <- (w - lr
/// g |w| / |g|) / sqrt(1 + lr^2)`.
///
/// State: `bound`, one double a tensor, where a weight bound is set. Defaults: no bound, no
/// constraint. Where a norm is 0, `w <- (w - lr g) / sqrt(1 + lr^2)`.
///
/// @see <a href="https://arxiv.org/abs/2002.03432">On the distance between two neural networks and
///   the stability of learning</a>, Algorithm 1
public final class Fromage extends Optimizer {
  private Fromage(Builder builder, Device device, List<Parameter> parameters) {
    super(builder, device, parameters);
  }

  /// Starts a builder with the reference's defaults.
  ///
  /// @throws InvalidArgumentException if the learning rate is negative, NaN or above 1,000,000
  public static Builder withLearningRate(double learningRate) {
    return new Builder(learningRate);
  }

  /// Makes [Fromage] optimisers.
  public static final class Builder extends OptimizerBuilder<Fromage, Fromage.Builder> {
    Builder(double learningRate) {
      // Before anything of the bindings is touched: they need native access to load at all.
      NativeLibrary.require();
      super(
          nero_h.NERO_KIND_FROMAGE(),
          learningRate,
          nero_fromage_hyper.sizeof(),
          nero_h::nero_fromage_defaults);
    }

    /// |w| is held to this many times its norm at construction; 0: not.
    public Builder weightBound(double weightBound) {
      nero_fromage_hyper.weight_bound(hyper, weightBound);
      return this;
    }

    @Override
    Builder self() {
      return this;
    }

    @Override
    Fromage make(Device device, List<Parameter> parameters) {
      return new Fromage(this, device, parameters);
    }
  }
}
