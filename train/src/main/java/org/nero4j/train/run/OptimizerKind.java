package org.nero4j.train.run;

import java.util.Map;
import org.nero4j.Adam;
import org.nero4j.AdamW;
import org.nero4j.Constraint;
import org.nero4j.Fromage;
import org.nero4j.Lamb;
import org.nero4j.LambPreset;
import org.nero4j.Lars;
import org.nero4j.Madam;
import org.nero4j.Nero;
import org.nero4j.OptimizerBuilder;
import org.nero4j.ScaleKind;
import org.nero4j.Sgd;

/// Optimisers by name, each with a rate that is a sensible first try for an MLP.
public enum OptimizerKind {
  NERO(0.01),
  SGD(0.1),
  ADAM(0.001),
  ADAMW(0.001),
  LAMB(0.01),
  MADAM(0.01),
  FROMAGE(0.01),
  LARS(1);

  private final double defaultRate;

  OptimizerKind(double defaultRate) {
    this.defaultRate = defaultRate;
  }

  /// The rate that is taken when none is given.
  public double defaultRate() {
    return defaultRate;
  }

  /// What its neurons are held to when nothing else is said.
  public Constraint defaultConstraint() {
    return this == NERO ? Constraint.BALANCED : Constraint.NONE;
  }

  @Override
  public String toString() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }

  /// A builder with hyper-parameters set.
  ///
  /// @param hyper values by name, as [OptimizerSettings] has them
  /// @throws IllegalArgumentException if this optimiser has no such hyper-parameter, naming those
  ///   that it has, or if a value cannot be read
  OptimizerBuilder<?, ?> builder(double rate, Map<String, String> hyper) {
    HyperParameters given = new HyperParameters(hyper);
    OptimizerBuilder<?, ?> builder =
        switch (this) {
          case NERO -> nero(Nero.withLearningRate(rate), given);
          case SGD -> sgd(Sgd.withLearningRate(rate), given);
          case ADAM -> adam(Adam.withLearningRate(rate), given);
          case ADAMW -> adam(AdamW.withLearningRate(rate), given);
          case LAMB -> lamb(rate, given);
          case MADAM -> madam(Madam.withLearningRate(rate), given);
          case FROMAGE ->
              given.number(
                  "weight-bound", Fromage.withLearningRate(rate), (b, v) -> b.weightBound(v));
          case LARS -> lars(Lars.withLearningRate(rate), given);
        };
    given.requireAllKnown(this);
    return builder;
  }

  private static OptimizerBuilder<?, ?> nero(Nero.Builder nero, HyperParameters given) {
    given.number("beta", nero, (b, v) -> b.beta(v));
    given.number("epsilon", nero, (b, v) -> b.epsilon(v));
    return given.choice("scale", ScaleKind.class, nero, (b, v) -> b.scale(v));
  }

  private static OptimizerBuilder<?, ?> sgd(Sgd.Builder sgd, HyperParameters given) {
    given.number("momentum", sgd, (b, v) -> b.momentum(v));
    given.flag("nesterov", sgd, (b, v) -> b.nesterov(v));
    given.number("dampening", sgd, (b, v) -> b.dampening(v));
    return given.number("weight-decay", sgd, (b, v) -> b.weightDecay(v));
  }

  private static OptimizerBuilder<?, ?> adam(Adam.Builder adam, HyperParameters given) {
    given.number("beta1", adam, (b, v) -> b.beta1(v));
    given.number("beta2", adam, (b, v) -> b.beta2(v));
    given.number("epsilon", adam, (b, v) -> b.epsilon(v));
    given.number("weight-decay", adam, (b, v) -> b.weightDecay(v));
    return given.flag("amsgrad", adam, (b, v) -> b.amsgrad(v));
  }

  private static OptimizerBuilder<?, ?> lamb(double rate, HyperParameters given) {
    LambPreset[] preset = {LambPreset.PAPER};
    given.choice("preset", LambPreset.class, preset, (box, v) -> box[0] = v);
    Lamb.Builder lamb = Lamb.preset(preset[0], rate);
    given.number("beta1", lamb, (b, v) -> b.beta1(v));
    given.number("beta2", lamb, (b, v) -> b.beta2(v));
    given.number("epsilon", lamb, (b, v) -> b.epsilon(v));
    return given.number("weight-decay", lamb, (b, v) -> b.weightDecay(v));
  }

  private static OptimizerBuilder<?, ?> madam(Madam.Builder madam, HyperParameters given) {
    given.number("beta", madam, (b, v) -> b.beta(v));
    given.number("weight-scale", madam, (b, v) -> b.weightScale(v));
    return given.number("gradient-bound", madam, (b, v) -> b.gradientBound(v));
  }

  private static OptimizerBuilder<?, ?> lars(Lars.Builder lars, HyperParameters given) {
    given.number("momentum", lars, (b, v) -> b.momentum(v));
    given.number("weight-decay", lars, (b, v) -> b.weightDecay(v));
    return given.number("trust", lars, (b, v) -> b.trust(v));
  }
}
