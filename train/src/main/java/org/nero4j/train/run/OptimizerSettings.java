package org.nero4j.train.run;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.nero4j.Constraint;
import org.nero4j.OptimizerBuilder;

/// An optimiser and what it is told.
///
/// As text: `nero`, `adam:beta1=0`, `nero:lr=0.02,constraint=norm`.
///
/// @param kind which one
/// @param learningRate the first rate, before the schedule
/// @param constraint what every neuron is held to
/// @param hyper values by the names that `nero train --help` lists; only those that were given
public record OptimizerSettings(
    OptimizerKind kind,
    double learningRate,
    Constraint constraint,
    SortedMap<String, String> hyper) {

  /// Copies.
  public OptimizerSettings {
    hyper = Collections.unmodifiableSortedMap(new TreeMap<>(hyper));
  }

  /// One with the optimiser's own rate and constraint where none is given.
  ///
  /// @param learningRate may be null
  /// @param constraint may be null
  /// @throws IllegalArgumentException if a value cannot be right
  public static OptimizerSettings of(
      OptimizerKind kind, Double learningRate, Constraint constraint, Map<String, String> hyper) {
    double rate = learningRate == null ? kind.defaultRate() : learningRate;
    if (!(rate >= 0 && rate <= 1e6)) {
      throw new IllegalArgumentException(
          "learning rate is %s, it must be within 0 and 1000000".formatted(rate));
    }
    OptimizerSettings settings =
        new OptimizerSettings(
            kind,
            rate,
            constraint == null ? kind.defaultConstraint() : constraint,
            new TreeMap<>(hyper));
    settings.builder();
    return settings;
  }

  /// Reads its text.
  ///
  /// @throws IllegalArgumentException naming what cannot be read
  public static OptimizerSettings parse(String text) {
    String[] pieces = text.strip().split(":", 2);
    OptimizerKind kind = Names.parse("optimizer", OptimizerKind.class, pieces[0]);
    Double rate = null;
    Constraint constraint = null;
    Map<String, String> hyper = new TreeMap<>();
    for (String pair : pieces.length == 1 ? new String[0] : pieces[1].split(",", -1)) {
      String[] sides = pair.strip().split("=", 2);
      if (sides.length == 1) {
        throw new IllegalArgumentException(
            "optimizer '%s': '%s' is no name=value".formatted(text, pair));
      }
      switch (sides[0]) {
        case "lr" -> rate = rate(sides[1]);
        case "constraint" -> constraint = Names.parse("constraint", Constraint.class, sides[1]);
        default -> hyper.put(sides[0], sides[1]);
      }
    }
    return of(kind, rate, constraint, hyper);
  }

  private static double rate(String text) {
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("learning rate '%s' is no number".formatted(text), e);
    }
  }

  /// The same at another rate.
  public OptimizerSettings withLearningRate(double rate) {
    return of(kind, rate, constraint, hyper);
  }

  /// What makes it, over the parameters of a model.
  public OptimizerBuilder<?, ?> builder() {
    return kind.builder(learningRate, hyper).constraint(constraint);
  }

  /// Its name and all that differs from its defaults but the rate: `nero norm`, `adam beta1=0`.
  public String label() {
    StringBuilder label = new StringBuilder(kind.toString());
    if (constraint != kind.defaultConstraint()) {
      label.append(' ').append(constraint == Constraint.NONE ? "free" : Names.of(constraint));
    }
    hyper.forEach((name, value) -> label.append(' ').append(name).append('=').append(value));
    return label.toString();
  }
}
