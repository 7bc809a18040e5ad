package org.nero4j.train.cli;

import org.nero4j.Adam;
import org.nero4j.AdamW;
import org.nero4j.Fromage;
import org.nero4j.Lamb;
import org.nero4j.Lars;
import org.nero4j.Madam;
import org.nero4j.Nero;
import org.nero4j.OptimizerBuilder;
import org.nero4j.Sgd;

/// Optimisers by name, each with a rate that is a sensible first try for an MLP.
enum OptimizerChoice {
  NERO(0.01),
  SGD(0.1),
  ADAM(0.001),
  ADAMW(0.001),
  LAMB(0.01),
  MADAM(0.01),
  FROMAGE(0.01),
  LARS(1);

  final double defaultRate;

  OptimizerChoice(double defaultRate) {
    this.defaultRate = defaultRate;
  }

  OptimizerBuilder<?, ?> builder(double rate) {
    return switch (this) {
      case NERO -> Nero.withLearningRate(rate);
      case SGD -> Sgd.withLearningRate(rate);
      case ADAM -> Adam.withLearningRate(rate);
      case ADAMW -> AdamW.withLearningRate(rate);
      case LAMB -> Lamb.withLearningRate(rate);
      case MADAM -> Madam.withLearningRate(rate);
      case FROMAGE -> Fromage.withLearningRate(rate);
      case LARS -> Lars.withLearningRate(rate);
    };
  }
}
