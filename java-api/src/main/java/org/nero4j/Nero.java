package org.nero4j;

import java.util.List;
import org.nero4j.bindings.nero_h;
import org.nero4j.bindings.nero_nero_hyper;

/// Turns each neuron of a network by an angle that the learning rate sets, keeping it balanced
/// (zero mean, unit norm). Drop-in for Adam or SGD; no momentum, no weight decay, one number of
/// state a neuron. 0.01 is a good first rate.
///
///     v <- beta v + (1 - beta) |g|^2                       per neuron
///     w <- w - lr scale g / sqrt(v / (1 - beta^t))
///     w <- w - mean(w);  w <- w / |w|
///
/// {@snippet class="org.nero4j.examples.Snippets" region="arrays"}
///
/// Weights are projected when the optimiser is made. Neurons that cannot be balanced are refused,
/// see [DegeneratePolicy]. Vectors (biases, gains) move element by element, unconstrained, by their
/// mean magnitude.
///
/// State: `square`, one double a neuron, and `scale`, one a tensor. Defaults: beta 0.999, no
/// epsilon, [Constraint#BALANCED], projected at construction.
///
/// @see <a href="https://arxiv.org/abs/2102.07227">Learning by Turning</a> (Liu, Bernstein,
///     Meister, Yue 2021), Algorithm 1
public final class Nero extends Optimizer {
  private Nero(Builder builder, Device device, List<Parameter> parameters) {
    super(builder, device, parameters);
  }

  /// Starts a builder with the reference's defaults.
  ///
  /// @throws InvalidArgumentException if the learning rate is negative, NaN or above 1,000,000
  public static Builder withLearningRate(double learningRate) {
    return new Builder(learningRate);
  }

  /// Makes [Nero] optimisers.
  public static final class Builder extends OptimizerBuilder<Nero, Nero.Builder> {
    Builder(double learningRate) {
      // Before anything of the bindings is touched: they need native access to load at all.
      NativeLibrary.require();
      super(
          nero_h.NERO_KIND_NERO(),
          learningRate,
          nero_nero_hyper.sizeof(),
          nero_h::nero_nero_defaults);
    }

    /// Decay of the running average of squared gradient norms, within [0, 1); 0.999.
    public Builder beta(double beta) {
      nero_nero_hyper.beta(hyper, beta);
      return this;
    }

    /// Added to the root and to norms divided by; 0, as in the paper.
    public Builder epsilon(double epsilon) {
      nero_nero_hyper.epsilon(hyper, epsilon);
      return this;
    }

    /// What the learning rate is multiplied by; stored.
    public Builder scale(ScaleKind scale) {
      nero_nero_hyper.scale(hyper, Errors.notNull(scale, "scale").ordinal());
      return this;
    }

    @Override
    Builder self() {
      return this;
    }

    @Override
    Nero make(Device device, List<Parameter> parameters) {
      return new Nero(this, device, parameters);
    }
  }
}
