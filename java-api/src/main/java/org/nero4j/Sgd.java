package org.nero4j;

import java.util.List;
import org.nero4j.bindings.nero_h;
import org.nero4j.bindings.nero_sgd_hyper;

/// Stochastic gradient descent with momentum, dampening, Nesterov's form and coupled weight decay,
/// by PyTorch's conventions: the momentum buffer starts as the first gradient, undampened.
///
///     g <- g + wd w;  b <- momentum b + (1 - dampening) g
///     w <- w - lr b                         Nesterov: w - lr (g + momentum b)
///
/// State: `momentum`, a float a weight, where momentum is above 0; else none. Defaults: no
/// momentum, no decay, no constraint.
public final class Sgd extends Optimizer {
  private Sgd(Builder builder, Device device, List<Parameter> parameters) {
    super(builder, device, parameters);
  }

  /// Starts a builder with the reference's defaults.
  ///
  /// @throws InvalidArgumentException if the learning rate is negative, NaN or above 1,000,000
  public static Builder withLearningRate(double learningRate) {
    return new Builder(learningRate);
  }

  /// Makes [Sgd] optimisers.
  public static final class Builder extends OptimizerBuilder<Sgd, Sgd.Builder> {
    Builder(double learningRate) {
      // Before anything of the bindings is touched: they need native access to load at all.
      NativeLibrary.require();
      super(
          nero_h.NERO_KIND_SGD(), learningRate, nero_sgd_hyper.sizeof(), nero_h::nero_sgd_defaults);
    }

    /// Decay of the momentum buffer, within [0, 1); 0.
    public Builder momentum(double momentum) {
      nero_sgd_hyper.momentum(hyper, momentum);
      return this;
    }

    /// Share of the gradient kept out of the momentum, within [0, 1]; 0.
    public Builder dampening(double dampening) {
      nero_sgd_hyper.dampening(hyper, dampening);
      return this;
    }

    /// Weight decay, 0 or more; 0.
    public Builder weightDecay(double weightDecay) {
      nero_sgd_hyper.weight_decay(hyper, weightDecay);
      return this;
    }

    /// Nesterov's form; needs momentum and no dampening.
    public Builder nesterov(boolean nesterov) {
      nero_sgd_hyper.nesterov(hyper, nesterov ? 1 : 0);
      return this;
    }

    /// Decay joins the momentum's result instead of the gradient (apex).
    public Builder weightDecayAfterMomentum(boolean weightDecayAfterMomentum) {
      nero_sgd_hyper.weight_decay_after_momentum(hyper, weightDecayAfterMomentum ? 1 : 0);
      return this;
    }

    @Override
    Builder self() {
      return this;
    }

    @Override
    Sgd make(Device device, List<Parameter> parameters) {
      return new Sgd(this, device, parameters);
    }
  }
}
