package org.nero4j.train.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// What a finished run's folder says.
///
/// @param experiment that it is part of; empty if of none
/// @param arm of the experiment
/// @param learningRate first rate
/// @param diverged whether it ended early because its loss was no number
/// @param trainLoss NaN if it diverged
/// @param trainAccuracies running training accuracy by epoch
/// @param conditions that all runs of an experiment may share
public record RunReport(
    String experiment,
    String arm,
    double learningRate,
    long seed,
    boolean diverged,
    double testAccuracy,
    double bestTestAccuracy,
    double trainAccuracy,
    double trainLoss,
    long stateBytes,
    List<Double> trainAccuracies,
    Conditions conditions) {

  /// What a run was done with and on.
  ///
  /// @param data name and sizes
  /// @param model name and shape
  /// @param version of this program, with its commit if that is known
  public record Conditions(
      String data,
      String model,
      String schedule,
      int epochs,
      int batch,
      int threads,
      String machine,
      String version) {}

  /// Reads a folder. A run whose description or metrics are damaged, or end before the run did, as
  /// a power cut may leave them, counts as not finished.
  ///
  /// @return null if there is no run, or one that is not finished
  /// @throws RunException if a file is there and may not be read
  public static RunReport readFinished(Path folder) {
    Path file = folder.resolve(RunFolder.RUN);
    if (!Files.isRegularFile(file)) {
      return null;
    }
    try {
      JsonNode run = RunFolder.JSON.readTree(file.toFile());
      return run.path("status").asText().equals("finished") ? of(folder, run) : null;
    } catch (JsonProcessingException e) {
      return null;
    } catch (IOException e) {
      throw new RunException("cannot read %s: %s".formatted(folder, e.getMessage()), e);
    }
  }

  private static RunReport of(Path folder, JsonNode run) throws IOException {
    List<JsonNode> epochs = epochs(folder.resolve(RunFolder.METRICS));
    long steps = epochs.isEmpty() ? 0 : epochs.getLast().path("step").asLong();
    if (steps == 0 || steps != run.path("steps").asLong()) {
      return null;
    }
    JsonNode result = run.path("result");
    return new RunReport(
        run.path("experiment").asText(""),
        run.path("arm").asText(""),
        run.path("optimizer").path("learningRate").asDouble(),
        run.path("seed").asLong(),
        run.path("diverged").asBoolean(),
        result.path("testAccuracy").asDouble(Double.NaN),
        result.path("bestTestAccuracy").asDouble(Double.NaN),
        result.path("trainAccuracy").asDouble(Double.NaN),
        result.path("trainLoss").asDouble(Double.NaN),
        run.path("stateBytes").asLong(),
        epochs.stream().map(line -> line.path("trainAccuracy").asDouble(Double.NaN)).toList(),
        conditions(run));
  }

  /// The lines of all epochs; none if one is missing or damaged.
  private static List<JsonNode> epochs(Path file) throws IOException {
    List<JsonNode> epochs = new ArrayList<>();
    try {
      for (String line : Files.readAllLines(file)) {
        epochs.add(RunFolder.JSON.readTree(line));
        if (epochs.getLast().path("epoch").asInt() != epochs.size()) {
          return List.of();
        }
      }
    } catch (NoSuchFileException | CharacterCodingException | JsonProcessingException e) {
      return List.of();
    }
    return epochs;
  }

  private static Conditions conditions(JsonNode run) {
    JsonNode data = run.path("data");
    JsonNode model = run.path("model");
    String shape =
        model.has("depth")
            ? " of %d layers, %d wide"
                .formatted(model.path("depth").asInt(), model.path("width").asInt())
            : "";
    String commit = run.path("commit").isTextual() ? ", commit " + run.path("commit").asText() : "";
    return new Conditions(
        "%s (%,d training and %,d test images)"
            .formatted(
                data.path("name").asText(), data.path("train").asInt(), data.path("test").asInt()),
        model.path("name").asText() + shape,
        run.path("schedule").asText(),
        run.path("epochs").asInt(),
        run.path("batch").asInt(),
        run.path("threads").asInt(),
        run.path("machine").asText(),
        run.path("version").asText() + commit);
  }
}
