package org.nero4j.train.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.nero4j.NativeRuntime;
import org.nero4j.train.data.Dataset;
import org.nero4j.train.loop.Epoch;
import org.nero4j.train.loop.Outcome;

/// The content of `run.json`, format 1.
final class RunDescription {
  static final int FORMAT = 1;

  private final ObjectNode root = RunFolder.JSON.createObjectNode();

  /// @param firstWeights file that the first weights were read from; null: of none
  /// @param before what the description was, if the run goes on; null: it begins
  RunDescription(Run.Start start, Path firstWeights, JsonNode before) {
    RunSettings settings = start.settings();
    root.put("format", FORMAT);
    root.put("name", settings.name());
    root.put("experiment", settings.experiment());
    root.put("arm", settings.arm());
    root.put("status", "running");
    root.put("version", NativeRuntime.describe().version());
    root.put("commit", System.getProperty("org.nero4j.commit"));
    boolean known = before != null && before.path("started").isTextual();
    root.put("started", known ? before.path("started").asText() : now());
    if (before != null) {
      ArrayNode resumed = root.putArray("resumed");
      before.path("resumed").forEach(resumed::add);
      resumed.add(now());
    }
    root.putNull("finished");
    root.put("machine", Machine.describe());
    root.put("java", Runtime.version().toString());
    root.put("threads", settings.threads());
    root.put("cpuLevel", start.cpuLevel());
    model(settings.model(), start.weights());
    Dataset train = start.data().train();
    ObjectNode data = root.putObject("data");
    data.put("name", train.name());
    data.put("train", train.count());
    data.put("test", start.data().test().count());
    data.put("classes", train.classes());
    data.put("augmentation", settings.augmentation().toString());
    SettingsJson.source(settings, root.putObject("source"));
    if (firstWeights != null) {
      root.put("from", firstWeights.toAbsolutePath().normalize().toString());
    }
    SettingsJson.optimizer(settings.optimizer(), root.putObject("optimizer"));
    root.put("schedule", settings.schedule().toString());
    root.put("epochs", settings.epochs());
    root.put("batch", settings.batch());
    root.put("seed", settings.seed());
    root.put("stateBytes", start.stateBytes());
    root.put("adamStateBytes", start.adamStateBytes());
    root.putNull("result");
  }

  private void model(ModelSettings settings, long weights) {
    ObjectNode model = root.putObject("model");
    model.put("name", settings.kind().toString());
    model.put("weights", weights);
    SettingsJson.model(settings, model);
  }

  ObjectNode running() {
    return root;
  }

  ObjectNode ended(Outcome outcome) {
    boolean stopped = outcome.ending() == Outcome.Ending.STOPPED;
    root.put("status", stopped ? "interrupted" : "finished");
    root.put("finished", now());
    root.put("diverged", outcome.ending() == Outcome.Ending.DIVERGED);
    root.put("steps", outcome.steps());
    if (!outcome.epochs().isEmpty()) {
      Epoch last = outcome.epochs().getLast();
      ObjectNode result = root.putObject("result");
      RunFolder.number(result, "testAccuracy", outcome.testAccuracy());
      RunFolder.number(result, "bestTestAccuracy", outcome.bestTestAccuracy());
      RunFolder.number(result, "trainAccuracy", last.trainAccuracy());
      RunFolder.number(result, "trainLoss", last.trainLoss());
      RunFolder.number(result, "samplesPerSecond", outcome.samplesPerSecond());
      RunFolder.number(result, "stepShare", outcome.stepShare());
      RunFolder.number(result, "stepMicros", 1e6 * outcome.stepSeconds());
      result.put("crc32", "%08x".formatted(outcome.weightsChecksum()));
    }
    return root;
  }

  ObjectNode failed(Throwable cause) {
    root.put("status", "failed");
    root.put("finished", now());
    root.put("error", message(cause));
    return root;
  }

  private static String message(Throwable cause) {
    return cause instanceof Error || cause.getMessage() == null
        ? cause.toString()
        : cause.getMessage();
  }

  private static String now() {
    return Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
