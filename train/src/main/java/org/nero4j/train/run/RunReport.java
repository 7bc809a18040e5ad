package org.nero4j.train.run;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// What a finished run's `run.json` says.
///
/// @param arm of the experiment
/// @param learningRate first rate
/// @param diverged whether it ended early because its loss was no number
/// @param trainLoss NaN if it diverged
public record RunReport(
    Path folder,
    String arm,
    double learningRate,
    long seed,
    boolean diverged,
    double testAccuracy,
    double bestTestAccuracy,
    double trainAccuracy,
    double trainLoss,
    long stateBytes) {

  /// Reads a folder.
  ///
  /// @return null if there is no run, or one that is not finished
  /// @throws RunException if the description is there and cannot be read
  public static RunReport readFinished(Path folder) {
    Path file = folder.resolve(RunFolder.RUN);
    if (!Files.isRegularFile(file)) {
      return null;
    }
    JsonNode run;
    try {
      run = RunFolder.JSON.readTree(file.toFile());
    } catch (IOException e) {
      throw new RunException("cannot read %s: %s".formatted(file, e.getMessage()), e);
    }
    if (!run.path("status").asText().equals("finished")) {
      return null;
    }
    JsonNode result = run.path("result");
    return new RunReport(
        folder,
        run.path("arm").asText(),
        run.path("optimizer").path("learningRate").asDouble(),
        run.path("seed").asLong(),
        run.path("diverged").asBoolean(),
        result.path("testAccuracy").asDouble(Double.NaN),
        result.path("bestTestAccuracy").asDouble(Double.NaN),
        result.path("trainAccuracy").asDouble(Double.NaN),
        result.path("trainLoss").asDouble(Double.NaN),
        run.path("stateBytes").asLong());
  }
}
