package org.nero4j.train.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.nero4j.Constraint;
import org.nero4j.train.data.Augmentation;
import org.nero4j.train.data.Datasets;
import org.nero4j.train.loop.Schedule;
import org.nero4j.train.nn.Initialization;

/// A run's settings in `run.json`, from which they can be read again.
final class SettingsJson {
  private static final Set<String> MODEL =
      Set.of(
          "name", "weights", "depth", "width", "bias", "initialization", "bfloat16", "weightNorm");
  private static final Set<String> OPTIMIZER = Set.of("name", "learningRate", "constraint");

  private SettingsJson() {}

  /// Adds a model's settings to the object that has its name.
  static void model(ModelSettings settings, ObjectNode model) {
    if (settings.kind() == ModelKind.MLP) {
      model.put("depth", settings.depth());
      model.put("width", settings.width());
      model.put("bias", settings.bias());
    }
    if (settings.initialization() != null) {
      model.put("initialization", Names.of(settings.initialization()));
    }
    if (settings.bfloat16()) {
      model.put("bfloat16", true);
    }
    if (settings.weightNorm() != null) {
      model.put("weightNorm", settings.weightNorm());
    }
  }

  static void optimizer(OptimizerSettings settings, ObjectNode optimizer) {
    optimizer.put("name", settings.kind().toString());
    optimizer.put("learningRate", settings.learningRate());
    optimizer.put("constraint", Names.of(settings.constraint()));
    settings
        .hyper()
        .forEach(
            (name, value) -> {
              switch (value) {
                case "true", "false" -> optimizer.put(name, Boolean.parseBoolean(value));
                default -> {
                  try {
                    optimizer.put(name, Double.parseDouble(value));
                  } catch (NumberFormatException e) {
                    optimizer.put(name, value);
                  }
                }
              }
            });
  }

  /// Where the data came from, as far as the data itself does not say.
  static void source(RunSettings settings, ObjectNode source) {
    source.put("data", Datasets.locate(settings.data()));
    source.put("trainLimit", settings.trainLimit());
    source.put("testLimit", settings.testLimit());
  }

  /// A hash of all that decides about a run's bits but the data's place: alike for a run and for
  /// what [#read] makes of its description.
  static String fingerprint(RunSettings settings) {
    ObjectNode all = RunFolder.JSON.createObjectNode();
    all.put("model", settings.model().kind().toString());
    model(settings.model(), all);
    optimizer(settings.optimizer(), all.putObject("optimizer"));
    all.put("trainLimit", settings.trainLimit());
    all.put("testLimit", settings.testLimit());
    all.put("augmentation", settings.augmentation().toString());
    all.put("schedule", settings.schedule().toString());
    all.put("epochs", settings.epochs());
    all.put("batch", settings.batch());
    all.put("seed", settings.seed());
    all.put("threads", settings.threads());
    try {
      byte[] text = all.toString().getBytes(StandardCharsets.UTF_8);
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(text);
      return HexFormat.of().formatHex(digest, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Reads the settings of a run.
  ///
  /// @throws IllegalArgumentException naming what is missing or cannot be read
  static RunSettings read(JsonNode run) {
    if (run.path("format").asInt() != RunDescription.FORMAT) {
      throw new IllegalArgumentException(
          "its format is %s, this version reads %d"
              .formatted(run.path("format"), RunDescription.FORMAT));
    }
    return new RunSettings(
        text(run, "name"),
        run.path("experiment").textValue(),
        run.path("arm").textValue(),
        text(run, "source", "data"),
        integer(run, "source", "trainLimit"),
        integer(run, "source", "testLimit"),
        Names.parse("augmentation", Augmentation.class, text(run, "data", "augmentation")),
        model(run.path("model")),
        optimizer(run.path("optimizer")),
        Schedule.parse(text(run, "schedule")),
        integer(run, "epochs"),
        integer(run, "batch"),
        required(run, "seed").asLong(),
        integer(run, "threads"));
  }

  private static ModelSettings model(JsonNode model) {
    for (Map.Entry<String, JsonNode> entry : model.properties()) {
      if (!MODEL.contains(entry.getKey())) {
        throw new IllegalArgumentException(
            "this version knows no 'model.%s'".formatted(entry.getKey()));
      }
    }
    ModelKind kind = Names.parse("model", ModelKind.class, text(model, "name"));
    boolean mlp = kind == ModelKind.MLP;
    ModelSettings settings =
        ModelSettings.of(
            kind, mlp ? integer(model, "depth") : null, mlp ? integer(model, "width") : null);
    if (mlp && !required(model, "bias").asBoolean()) {
      settings = settings.withoutBias();
    }
    if (model.has("initialization")) {
      settings =
          settings.withInitialization(
              Names.parse("initialization", Initialization.class, text(model, "initialization")));
    }
    if (model.has("weightNorm")) {
      settings = settings.withWeightNorm(required(model, "weightNorm").asDouble());
    }
    return settings.withBfloat16(model.path("bfloat16").asBoolean());
  }

  private static OptimizerSettings optimizer(JsonNode optimizer) {
    Map<String, String> hyper = new TreeMap<>();
    optimizer.properties().forEach(entry -> hyper.put(entry.getKey(), entry.getValue().asText()));
    hyper.keySet().removeAll(OPTIMIZER);
    return OptimizerSettings.of(
        Names.parse("optimizer", OptimizerKind.class, text(optimizer, "name")),
        required(optimizer, "learningRate").asDouble(),
        Names.parse("constraint", Constraint.class, text(optimizer, "constraint")),
        hyper);
  }

  private static String text(JsonNode node, String... path) {
    return required(node, path).asText();
  }

  private static int integer(JsonNode node, String... path) {
    JsonNode found = required(node, path);
    if (!found.canConvertToInt()) {
      throw new IllegalArgumentException(
          "'%s' is %s, no whole number".formatted(String.join(".", path), found));
    }
    return found.asInt();
  }

  private static JsonNode required(JsonNode node, String... path) {
    JsonNode found = node;
    for (String name : path) {
      found = found.path(name);
    }
    if (!found.isValueNode() || found.isNull()) {
      throw new IllegalArgumentException(
          "it has no '%s', without which the run cannot go on".formatted(String.join(".", path)));
    }
    return found;
  }
}
