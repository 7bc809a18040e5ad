package org.nero4j.train.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Reads a run folder: `run.json` and, an epoch a line, `metrics.jsonl`. Fields that it does not
/// know are passed over, so that newer writers may add some.
final class RunReader {
  private static final ObjectMapper JSON = new ObjectMapper();

  private RunReader() {}

  /// @param label the folder's name on the page
  /// @throws ReportException if a file cannot be read or is not what it should be
  static Run read(Path folder, String label) {
    Path file = folder.resolve("run.json");
    String text = text(file);
    JsonObject run = new JsonObject(file, text, parse(file, text, 0));
    Double format = run.number("format");
    if (format == null || format != 1) {
      throw run.wrong("format", "1, the format that this version reads");
    }
    Run.Status status = status(run);
    JsonObject optimizer = run.object("optimizer");
    if (optimizer == null || optimizer.text("name") == null) {
      throw run.wrong("optimizer", "an object with the optimiser's name");
    }
    return new Run(
        folder,
        label,
        status,
        run.flag("diverged"),
        run.text("experiment"),
        run.text("arm"),
        settings(run),
        optimizer.number("learningRate"),
        run.integer("seed"),
        run.integer("stateBytes"),
        run.integer("adamStateBytes"),
        provenance(run),
        result(run.object("result")),
        epochs(folder.resolve("metrics.jsonl"), status));
  }

  private static Run.Status status(JsonObject run) {
    String word = run.text("status");
    for (Run.Status status : Run.Status.values()) {
      if (status.word().equals(word)) {
        return status;
      }
    }
    throw run.wrong("status", "running, finished, interrupted or failed");
  }

  private static Run.Provenance provenance(JsonObject run) {
    return new Run.Provenance(
        run.text("version"),
        run.text("commit"),
        run.text("started"),
        run.text("finished"),
        run.text("machine"),
        run.text("java"),
        run.integer("threads"),
        run.text("cpuLevel"));
  }

  private static Run.Result result(JsonObject result) {
    return result == null
        ? null
        : new Run.Result(
            result.number("testAccuracy"),
            result.number("bestTestAccuracy"),
            result.number("trainAccuracy"),
            result.number("trainLoss"),
            result.number("samplesPerSecond"),
            result.number("stepShare"),
            result.number("stepMicros"),
            result.text("crc32"));
  }

  /// All that was set for the run but the rate and the seed.
  private static Map<String, String> settings(JsonObject run) {
    Map<String, String> settings = new LinkedHashMap<>();
    for (String part : List.of("model", "data", "optimizer", "schedule", "epochs", "batch")) {
      flatten(part, run.node().path(part), settings);
    }
    settings.remove("optimizer.learningRate");
    return settings;
  }

  private static void flatten(String name, JsonNode node, Map<String, String> into) {
    if (node.isObject()) {
      node.properties().forEach(e -> flatten(name + "." + e.getKey(), e.getValue(), into));
    } else if (!node.isMissingNode() && !node.isNull()) {
      into.put(name, node.isValueNode() ? node.asText() : node.toString());
    }
  }

  /// A resumed run may repeat the epoch that it was stopped in: the later line counts.
  private static List<Run.Epoch> epochs(Path file, Run.Status status) {
    if (!Files.exists(file)) {
      return List.of();
    }
    String text = text(file);
    boolean mayBeCut = status != Run.Status.FINISHED && !text.endsWith("\n");
    List<String> lines = text.lines().toList();
    TreeMap<Integer, Run.Epoch> epochs = new TreeMap<>();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      if (line.isBlank()) {
        continue;
      }
      try {
        Run.Epoch epoch = epoch(file, i + 1, line);
        epochs.put(epoch.number(), epoch);
      } catch (ReportException e) {
        // The last line of a run that is being written, or was killed while writing.
        if (!mayBeCut || i < lines.size() - 1) {
          throw e;
        }
      }
    }
    return List.copyOf(epochs.values());
  }

  private static Run.Epoch epoch(Path file, int line, String text) {
    JsonObject epoch = new JsonObject(file, line, parse(file, text, line));
    Long number = epoch.integer("epoch");
    if (number == null || number < 0 || number > Integer.MAX_VALUE) {
      throw epoch.wrong("epoch", "the epoch's number");
    }
    Map<Measure, Double> measures = new EnumMap<>(Measure.class);
    for (Measure measure : Measure.values()) {
      Double value = epoch.number(measure.field());
      if (value != null) {
        measures.put(measure, value);
      }
    }
    return new Run.Epoch(number.intValue(), measures);
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (CharacterCodingException e) {
      throw new ReportException(file + ": expected JSON in UTF-8, found other bytes", e);
    } catch (IOException e) {
      throw new ReportException(file + ": cannot be read: " + e.getMessage(), e);
    }
  }

  /// @param line the text's line in the file, or 0 if the text is the file
  private static JsonNode parse(Path file, String text, int line) {
    JsonNode node;
    try {
      node = JSON.readTree(text);
    } catch (JsonProcessingException e) {
      int at = line == 0 ? e.getLocation().getLineNr() : line;
      String why = e.getOriginalMessage().lines().findFirst().orElse("");
      throw new ReportException(
          "%s, line %d: expected a JSON object: %s".formatted(file, at, why), e);
    }
    if (!node.isObject()) {
      throw new ReportException(
          "%s, line %d: expected a JSON object, found %s"
              .formatted(file, Math.max(1, line), JsonObject.kind(node)));
    }
    return node;
  }
}
