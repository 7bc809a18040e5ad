package org.nero4j.tests;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
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
import org.nero4j.Sgd;
import org.nero4j.StepCount;

/// The one table of optimisers: every generic test takes its builders from here.
final class OptimizerCases {
  private OptimizerCases() {}

  /// Makes a builder; called anew for each use, since builders keep what is set.
  interface Maker {
    OptimizerBuilder<?, ?> make();
  }

  /// Every kind, in settings that use all of its state.
  static final Map<String, Maker> KINDS =
      Map.ofEntries(
          Map.entry("nero", () -> Nero.withLearningRate(0.01)),
          Map.entry(
              "nero unconstrained", () -> Nero.withLearningRate(0.01).constraint(Constraint.NONE)),
          Map.entry("sgd", () -> Sgd.withLearningRate(0.01)),
          Map.entry(
              "sgd momentum",
              () -> Sgd.withLearningRate(0.01).momentum(0.9).nesterov(true).weightDecay(0.01)),
          Map.entry("adam", () -> Adam.withLearningRate(0.001).weightDecay(0.01)),
          Map.entry("adam amsgrad", () -> Adam.withLearningRate(0.001).amsgrad(true)),
          Map.entry("adamw", () -> AdamW.withLearningRate(0.001)),
          Map.entry(
              "adam balanced",
              () ->
                  Adam.withLearningRate(0.001)
                      .constraint(Constraint.BALANCED)
                      .projectAtConstruction(true)),
          Map.entry("lamb", () -> Lamb.withLearningRate(0.001)),
          Map.entry("lamb apex", () -> Lamb.preset(LambPreset.APEX, 0.001)),
          Map.entry("lamb deepspeed", () -> Lamb.preset(LambPreset.DEEPSPEED, 0.001)),
          Map.entry("madam", () -> Madam.withLearningRate(0.01)),
          Map.entry("fromage", () -> Fromage.withLearningRate(0.01).weightBound(1.5)),
          Map.entry("lars", () -> Lars.withLearningRate(0.1).weightDecay(0.0005)),
          Map.entry(
              "lars pytorch_optimizer",
              () -> Lars.pytorchOptimizer(0.1).nesterov(true).weightDecay(0.0005)),
          Map.entry("larc", () -> Lars.larc(0.1, true).weightDecay(0.0001)));

  static List<String> kinds() {
    return KINDS.keySet().stream().sorted().toList();
  }

  /// The optimiser of a golden file, from its name and hyper-parameters; null: nobody claims it.
  static OptimizerBuilder<?, ?> golden(String file, JsonNode h) {
    double rate = h.path("lr").asDouble();
    String config = file.substring(0, file.indexOf('.'));
    String family = config.split("_")[0];
    return switch (family) {
      case "nero" -> {
        Nero.Builder b =
            Nero.withLearningRate(rate)
                .beta(h.get("beta").asDouble())
                .epsilon(h.path("eps").asDouble(0))
                .constraint(constraint(h));
        yield config.contains("kozistr") ? b.stepCount(StepCount.SHARED) : b;
      }
      case "sgd" ->
          Sgd.withLearningRate(rate)
              .momentum(h.get("momentum").asDouble())
              .dampening(h.get("dampening").asDouble())
              .nesterov(h.get("nesterov").asBoolean())
              .weightDecay(h.get("wd").asDouble())
              .weightDecayAfterMomentum(h.get("wd_after").asBoolean());
      case "adam", "adamw" ->
          adam(h, rate, h.get("decoupled").asBoolean()).amsgrad(h.get("amsgrad").asBoolean());
      case "apex" ->
          adam(h, rate, h.get("adam_w_mode").asInt() == 1)
              .biasCorrection(h.get("bias_correction").asInt() == 1)
              .stepCount(StepCount.SHARED);
      case "lamb", "lambcs" -> lamb(config, h, rate);
      case "madam", "madamcs" ->
          Madam.withLearningRate(rate)
              .beta(h.get("beta").asDouble())
              .weightScale(h.get("p_scale").asDouble())
              .gradientBound(h.get("g_bound").asDouble())
              .constraint(h.get("constraints").asBoolean() ? Constraint.BALANCED : Constraint.NONE);
      case "fromage" -> Fromage.withLearningRate(rate).weightBound(h.get("p_bound").asDouble(0));
      case "lars" ->
          (config.startsWith("lars_kozistr")
                  ? Lars.pytorchOptimizer(rate).nesterov(h.get("nesterov").asBoolean())
                  : Lars.withLearningRate(rate))
              .momentum(h.get("momentum").asDouble())
              .weightDecay(h.get("wd").asDouble())
              .trust(h.get("trust").asDouble());
      case "larc" ->
          Lars.larc(rate, h.get("clip").asBoolean())
              .momentum(h.get("momentum").asDouble())
              .weightDecay(h.get("wd").asDouble())
              .trust(h.get("trust").asDouble())
              .epsilon(h.get("eps").asDouble());
      default -> null;
    };
  }

  private static Adam.Builder adam(JsonNode h, double rate, boolean decoupled) {
    return (decoupled ? AdamW.withLearningRate(rate) : Adam.withLearningRate(rate))
        .beta1(h.get("b1").asDouble())
        .beta2(h.get("b2").asDouble())
        .epsilon(h.get("eps").asDouble())
        .weightDecay(h.get("wd").asDouble());
  }

  private static Constraint constraint(JsonNode h) {
    boolean mean = h.get("mean").asBoolean();
    boolean norm = h.get("norm").asBoolean();
    if (mean) {
      return norm ? Constraint.BALANCED : Constraint.MEAN;
    }
    return norm ? Constraint.NORM : Constraint.NONE;
  }

  private static Lamb.Builder lamb(String config, JsonNode h, double rate) {
    LambPreset preset = LambPreset.PAPER;
    if (config.startsWith("lamb_apex")) {
      preset = h.get("nvlamb").asBoolean() ? LambPreset.NVLAMB : LambPreset.APEX;
    } else if (config.startsWith("lamb_deepspeed")) {
      preset = LambPreset.DEEPSPEED;
    } else if (config.startsWith("lamb_kozistr")) {
      preset = LambPreset.PYTORCH_OPTIMIZER;
    }
    double epsilon = h.get("eps").asDouble();
    Lamb.Builder b =
        Lamb.preset(preset, rate)
            .beta1(h.get("b1").asDouble())
            .beta2(h.get("b2").asDouble())
            .epsilon(epsilon)
            .weightDecay(h.get("wd").asDouble());
    switch (preset) {
      case APEX, NVLAMB -> {
        b.gradientAveraging(h.get("grad_averaging").asInt() == 1);
        b.maxGradientNorm(h.get("max_grad_norm").asDouble());
        b.stepCount(StepCount.SHARED);
        if (h.get("adam_w_mode").asInt() == 0) {
          b.decay(Lamb.Decay.COUPLED);
        }
        if (h.get("bias_correction").asInt() == 0) {
          b.correction(Lamb.Correction.NONE);
        }
      }
      case DEEPSPEED -> {
        b.epsilonInsideRoot(h.get("eps_inside_sqrt").asBoolean());
        if (h.get("bias_correction").asInt() == 0) {
          b.correction(Lamb.Correction.NONE);
        }
      }
      case PYTORCH_OPTIMIZER -> b.ratioEpsilon(epsilon);
      case PAPER -> {
        b.weightNormMax(h.get("clamp").asDouble());
        if (h.get("constraints").asBoolean()) {
          b.constraint(Constraint.BALANCED);
        }
      }
    }
    return b;
  }
}
