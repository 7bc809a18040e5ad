package org.nero4j.train.cli;

import java.util.Map;
import java.util.TreeMap;
import org.nero4j.Constraint;
import org.nero4j.train.run.Names;
import org.nero4j.train.run.OptimizerKind;
import org.nero4j.train.run.OptimizerSettings;
import picocli.CommandLine.Option;

/// The optimiser and its hyper-parameters.
final class OptimizerOptions {
  @Option(
      names = "--optimizer",
      order = 20,
      defaultValue = "nero",
      paramLabel = "NAME",
      description = "${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}")
  private OptimizerKind optimizer;

  @Option(
      names = "--lr",
      order = 21,
      paramLabel = "RATE",
      description =
          "Learning rate. Default: the optimiser's own, 0.01 for nero, 0.1 for sgd, 0.001 for adam")
  private Double learningRate;

  @Option(
      names = "--constraint",
      order = 22,
      paramLabel = "NAME",
      description =
          "What every neuron is held to, with any optimiser: none, mean (zero), norm (one),"
              + " balanced (both). Default: balanced for nero, none for the others")
  private String constraint;

  @Option(names = "--momentum", order = 30, paramLabel = "N", description = "sgd, lars")
  private String momentum;

  @Option(
      names = "--nesterov",
      order = 31,
      description = "sgd: Nesterov's form; needs --momentum and no --dampening")
  private boolean nesterov;

  @Option(names = "--dampening", order = 32, paramLabel = "N", description = "sgd")
  private String dampening;

  @Option(
      names = "--weight-decay",
      order = 33,
      paramLabel = "N",
      description = "sgd, adam (coupled), adamw (decoupled), lamb, lars")
  private String weightDecay;

  @Option(
      names = "--beta",
      order = 34,
      paramLabel = "N",
      description = "nero, madam: decay of the squared gradients' average")
  private String beta;

  @Option(
      names = "--beta1",
      order = 35,
      paramLabel = "N",
      description = "adam, adamw, lamb: decay of the first moment")
  private String beta1;

  @Option(
      names = "--beta2",
      order = 36,
      paramLabel = "N",
      description = "adam, adamw, lamb: decay of the second moment")
  private String beta2;

  @Option(
      names = "--epsilon",
      order = 37,
      paramLabel = "N",
      description = "nero, adam, adamw, lamb")
  private String epsilon;

  @Option(names = "--amsgrad", order = 38, description = "adam, adamw")
  private boolean amsgrad;

  @Option(
      names = "--preset",
      order = 39,
      paramLabel = "NAME",
      description = "lamb: paper, apex, nvlamb, deepspeed, pytorch-optimizer. Default: paper")
  private String preset;

  @Option(
      names = "--scale",
      order = 40,
      paramLabel = "NAME",
      description = "nero: stored, current. Default: stored")
  private String scale;

  @Option(names = "--weight-scale", order = 41, paramLabel = "N", description = "madam")
  private String weightScale;

  @Option(names = "--gradient-bound", order = 42, paramLabel = "N", description = "madam")
  private String gradientBound;

  @Option(names = "--weight-bound", order = 43, paramLabel = "N", description = "fromage")
  private String weightBound;

  @Option(names = "--trust", order = 44, paramLabel = "N", description = "lars")
  private String trust;

  /// @throws IllegalArgumentException if a value cannot be right or is not for this optimiser
  OptimizerSettings settings() {
    return OptimizerSettings.of(
        optimizer,
        learningRate,
        constraint == null ? null : Names.parse("--constraint", Constraint.class, constraint),
        hyperParameters());
  }

  private Map<String, String> hyperParameters() {
    Map<String, String> given = new TreeMap<>();
    given.put("momentum", momentum);
    given.put("nesterov", nesterov ? "true" : null);
    given.put("dampening", dampening);
    given.put("weight-decay", weightDecay);
    given.put("beta", beta);
    given.put("beta1", beta1);
    given.put("beta2", beta2);
    given.put("epsilon", epsilon);
    given.put("amsgrad", amsgrad ? "true" : null);
    given.put("preset", preset);
    given.put("scale", scale);
    given.put("weight-scale", weightScale);
    given.put("gradient-bound", gradientBound);
    given.put("weight-bound", weightBound);
    given.put("trust", trust);
    given.values().removeIf(value -> value == null);
    return given;
  }
}
