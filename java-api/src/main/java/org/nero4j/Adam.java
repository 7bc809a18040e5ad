package org.nero4j;

import java.util.List;
import org.nero4j.bindings.nero_adam_hyper;
import org.nero4j.bindings.nero_h;

/// Adam (Kingma and Ba 2015), with AMSGrad on request. Weight decay is coupled: it joins the
/// gradient, as in `torch.optim.Adam`. [AdamW] decouples it. Epsilon stands outside the root, after
/// the bias correction.
///
///     m <- beta1 m + (1 - beta1) g;  v <- beta2 v + (1 - beta2) g^2
///     w <- w - lr (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)
///
/// State: `first_moment` and `second_moment`, with AMSGrad `max_second_moment`, a float a weight
/// each. Defaults: beta1 0.9, beta2 0.999, epsilon 1e-8, no decay, bias-corrected, no constraint.
///
/// @see <a href="https://arxiv.org/abs/1412.6980">Adam: A Method for Stochastic Optimization</a>,
///     Algorithm 1
public final class Adam extends Optimizer {
  private Adam(Builder builder, Device device, List<Parameter> parameters) {
    super(builder, device, parameters);
  }

  /// Starts a builder with the reference's defaults.
  ///
  /// @throws InvalidArgumentException if the learning rate is negative, NaN or above 1,000,000
  public static Builder withLearningRate(double learningRate) {
    return new Builder(learningRate, false);
  }

  /// Makes [Adam] optimisers.
  public static final class Builder extends OptimizerBuilder<Adam, Adam.Builder> {
    Builder(double learningRate, boolean decoupled) {
      // Before anything of the bindings is touched: they need native access to load at all.
      NativeLibrary.require();
      super(
          nero_h.NERO_KIND_ADAM(),
          learningRate,
          nero_adam_hyper.sizeof(),
          nero_h::nero_adam_defaults);
      nero_adam_hyper.weight_decay_kind(
          hyper,
          decoupled ? nero_h.NERO_WEIGHT_DECAY_DECOUPLED() : nero_h.NERO_WEIGHT_DECAY_COUPLED());
    }

    /// Decay of the first moment, within [0, 1); 0.9.
    public Builder beta1(double beta1) {
      nero_adam_hyper.beta1(hyper, beta1);
      return this;
    }

    /// Decay of the second moment, within [0, 1); 0.999.
    public Builder beta2(double beta2) {
      nero_adam_hyper.beta2(hyper, beta2);
      return this;
    }

    /// Added to the root; 1e-8.
    public Builder epsilon(double epsilon) {
      nero_adam_hyper.epsilon(hyper, epsilon);
      return this;
    }

    /// Weight decay, 0 or more; 0 (AdamW: 0.01).
    public Builder weightDecay(double weightDecay) {
      nero_adam_hyper.weight_decay(hyper, weightDecay);
      return this;
    }

    /// The denominator takes the largest second moment so far.
    public Builder amsgrad(boolean amsgrad) {
      nero_adam_hyper.amsgrad(hyper, amsgrad ? 1 : 0);
      return this;
    }

    /// Whether the moments are corrected for starting at 0; true.
    public Builder biasCorrection(boolean biasCorrection) {
      nero_adam_hyper.bias_correction(hyper, biasCorrection ? 1 : 0);
      return this;
    }

    @Override
    Builder self() {
      return this;
    }

    @Override
    Adam make(Device device, List<Parameter> parameters) {
      return new Adam(this, device, parameters);
    }
  }
}
