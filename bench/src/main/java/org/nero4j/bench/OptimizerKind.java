package org.nero4j.bench;

import java.util.Locale;
import java.util.function.Supplier;
import org.nero4j.Adam;
import org.nero4j.AdamW;
import org.nero4j.Fromage;
import org.nero4j.Lamb;
import org.nero4j.Lars;
import org.nero4j.Madam;
import org.nero4j.Nero;
import org.nero4j.OptimizerBuilder;
import org.nero4j.Sgd;

/// The optimisers that are measured, each with the loop that moves the same memory. Rates are so
/// small that weights stay what they are, however often they are stepped.
public enum OptimizerKind {
  /// Nero.
  NERO(Floor.Loop.AXPY, () -> Nero.withLearningRate(1e-7)),
  /// SGD without momentum.
  SGD(Floor.Loop.AXPY, () -> Sgd.withLearningRate(1e-9)),
  /// SGD with momentum.
  MOMENTUM(Floor.Loop.MOMENTUM, () -> Sgd.withLearningRate(1e-9).momentum(0.9)),
  /// Adam.
  ADAM(Floor.Loop.ADAM, () -> Adam.withLearningRate(1e-9)),
  /// AdamW.
  ADAMW(Floor.Loop.ADAM, () -> AdamW.withLearningRate(1e-9)),
  /// LAMB.
  LAMB(Floor.Loop.LAMB, () -> Lamb.withLearningRate(1e-9)),
  /// Madam.
  MADAM(Floor.Loop.MOMENTUM, () -> Madam.withLearningRate(1e-9)),
  /// Fromage.
  FROMAGE(Floor.Loop.NORMS_AXPY, () -> Fromage.withLearningRate(1e-9)),
  /// LARS.
  LARS(Floor.Loop.NORMS_MOMENTUM, () -> Lars.withLearningRate(1e-9));

  /// Moves what a step moves.
  public final Floor.Loop floor;

  private final Supplier<OptimizerBuilder<?, ?>> builder;

  OptimizerKind(Floor.Loop floor, Supplier<OptimizerBuilder<?, ?>> builder) {
    this.floor = floor;
    this.builder = builder;
  }

  OptimizerBuilder<?, ?> builder() {
    return builder.get();
  }

  /// In lower case, as on the command line and in results.
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }
}
