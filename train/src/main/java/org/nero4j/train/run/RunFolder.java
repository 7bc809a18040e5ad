package org.nero4j.train.run;

import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.nero4j.train.loop.Epoch;
import org.nero4j.train.nn.Model;

/// What a run leaves behind: `run.json` (settings, machine, status, result), `metrics.jsonl` (a
/// line an epoch), a TensorBoard event file, and `weights.safetensors`.
///
/// `run.json` and the weights are replaced as a whole, so that a killed run leaves a folder whose
/// status is `running`, never half a file.
final class RunFolder implements AutoCloseable {
  static final String RUN = "run.json";
  static final String METRICS = "metrics.jsonl";
  static final String WEIGHTS = "weights.safetensors";

  static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private final Path folder;
  private final BufferedWriter metrics;
  private final EventFile events;

  /// @throws IllegalArgumentException if something is in the way, naming it
  static void requireFree(Path folder) {
    if (!Files.exists(folder)) {
      return;
    }
    if (!Files.isDirectory(folder)) {
      throw new IllegalArgumentException("%s is a file, a run needs a folder".formatted(folder));
    }
    try (Stream<Path> entries = Files.list(folder)) {
      if (entries.findAny().isPresent()) {
        throw new IllegalArgumentException(
            Files.exists(folder.resolve(RUN))
                ? "%s already holds a run".formatted(folder)
                : "%s is not empty".formatted(folder));
      }
    } catch (IOException e) {
      throw new RunException("%s: %s".formatted(folder, e), e);
    }
  }

  RunFolder(Path folder) {
    requireFree(folder);
    this.folder = folder;
    try {
      Files.createDirectories(folder);
      metrics = Files.newBufferedWriter(folder.resolve(METRICS));
      events = new EventFile(folder, System.currentTimeMillis() / 1e3);
    } catch (IOException e) {
      throw new RunException("cannot write to %s: %s".formatted(folder, e), e);
    }
  }

  /// Replaces `run.json`.
  void describe(ObjectNode run) {
    try {
      byte[] bytes = (JSON.writeValueAsString(run) + "\n").getBytes(StandardCharsets.UTF_8);
      AtomicFile.write(
          folder.resolve(RUN),
          channel -> {
            ByteBuffer rest = ByteBuffer.wrap(bytes);
            while (rest.hasRemaining()) {
              channel.write(rest);
            }
          });
    } catch (IOException e) {
      throw new RunException("cannot write %s: %s".formatted(folder.resolve(RUN), e), e);
    }
  }

  /// Adds an epoch to the metrics and the events.
  void add(Epoch epoch) {
    Map<String, Double> scalars = new LinkedHashMap<>();
    scalars.put("learningRate", epoch.rate());
    scalars.put("trainLoss", epoch.trainLoss());
    scalars.put("trainAccuracy", epoch.trainAccuracy());
    scalars.put("testLoss", epoch.testLoss());
    scalars.put("testAccuracy", epoch.testAccuracy());
    scalars.put("seconds", epoch.seconds());
    scalars.put("stepSeconds", epoch.stepSeconds());
    scalars.put("meanAbsMean", epoch.balance().meanAbsMean());
    scalars.put("maxNormError", epoch.balance().maxNormError());
    scalars.put("meanAngle", epoch.balance().meanAngle());
    scalars.put("maxAngle", epoch.balance().maxAngle());
    ObjectNode line = JSON.createObjectNode();
    line.put("epoch", epoch.number());
    line.put("step", epoch.step());
    scalars.forEach((name, value) -> number(line, name, value));
    try {
      metrics.write(line.toString());
      metrics.write('\n');
      metrics.flush();
      events.add(System.currentTimeMillis() / 1e3, epoch.step(), scalars);
    } catch (IOException e) {
      throw new RunException("cannot write to %s: %s".formatted(folder, e), e);
    }
  }

  void saveWeights(Model model, Map<String, String> metadata) {
    try {
      WeightsFile.write(folder.resolve(WEIGHTS), model, metadata);
    } catch (IOException e) {
      throw new RunException("cannot write %s: %s".formatted(folder.resolve(WEIGHTS), e), e);
    }
  }

  /// JSON has no NaN and no infinity; they are null.
  static void number(ObjectNode node, String name, double value) {
    if (Double.isFinite(value)) {
      node.put(name, value);
    } else {
      node.putNull(name);
    }
  }

  @Override
  public void close() {
    try (metrics;
        events) {
      metrics.flush();
    } catch (IOException e) {
      throw new RunException("cannot write to %s: %s".formatted(folder, e), e);
    }
  }
}
