package org.nero4j.train.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.nero4j.Optimizer;
import org.nero4j.Parameter;
import org.nero4j.StateInfo;
import org.nero4j.train.loop.Epoch;
import org.nero4j.train.loop.Progress;
import org.nero4j.train.nn.Model;
import org.nero4j.train.run.Safetensors.Tensor;

/// All that a run needs to go on to the same bits as if it had never been cut off, in one
/// safetensors file: the model's parameters and buffers (`model.NAME`), every state of the
/// optimiser (`optimizer.PARAMETER.STATE`), and how far the run has come (`progress`, JSON in
/// UTF-8).
///
/// It says whose it is, by the [fingerprint][SettingsJson#fingerprint] of the settings, and has a
/// checksum of all values.
///
/// @param fingerprint of the run's settings
/// @param images of the training set
record Checkpoint(Path file, String fingerprint, int images, Model model, Optimizer optimizer) {
  static final String NAME = "checkpoint.safetensors";

  private static final String FORMAT = "nero4j checkpoint 1";
  private static final String PROGRESS = "progress";

  /// Replaces the file by what model and optimiser are at.
  void write(Progress progress) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      Map<String, Tensor> tensors = tensors(arena);
      byte[] json = json(progress).toString().getBytes(StandardCharsets.UTF_8);
      MemorySegment bytes = arena.allocate(json.length).copyFrom(MemorySegment.ofArray(json));
      tensors.put(PROGRESS, new Tensor("U8", List.of((long) json.length), () -> bytes));
      String sum = new Safetensors(tensors, Map.of()).crc32c();
      new Safetensors(tensors, Map.of("format", FORMAT, "settings", fingerprint, "crc32c", sum))
          .write(file);
    }
  }

  /// Puts model and optimiser where they were.
  ///
  /// @return how far the run had come
  /// @throws CheckpointException if the file is damaged or another run's; nothing is changed then
  Progress restore() {
    try (Arena arena = Arena.ofConfined()) {
      Safetensors found = Safetensors.read(file, arena);
      requireOurs(found);
      Map<String, Tensor> tensors = new HashMap<>(found.tensors());
      JsonNode json =
          RunFolder.JSON.readTree(tensors.remove(PROGRESS).values().toArray(ValueLayout.JAVA_BYTE));
      WeightsFile.requireAlike(file, tensors, tensors(arena));
      if (json.path("images").asInt() != images) {
        throw new CheckpointException(
            "%s is of a run over %,d training images, now there are %,d"
                .formatted(file, json.path("images").asInt(), images));
      }
      WeightsFile.tensors(model)
          .forEach((name, tensor) -> tensor.values().copyFrom(tensors.get(ofModel(name)).values()));
      for (Parameter p : optimizer.parameters()) {
        for (StateInfo state : optimizer.states(p.name())) {
          optimizer.writeState(p.name(), state.name(), tensors.get(ofOptimizer(p, state)).values());
        }
      }
      model.setStep(json.path("modelStep").asLong());
      return progress(json);
    } catch (CheckpointException e) {
      throw e;
    } catch (IOException | RunException e) {
      String why = e instanceof RunException ? e.getMessage() : "cannot read " + file + ": " + e;
      throw new CheckpointException(why, e);
    }
  }

  private void requireOurs(Safetensors found) {
    String format = found.metadata().get("format");
    if (!FORMAT.equals(format)) {
      throw new CheckpointException(
          "%s has the format '%s', this version reads '%s'".formatted(file, format, FORMAT));
    }
    String settings = found.metadata().get("settings");
    if (!fingerprint.equals(settings)) {
      throw new CheckpointException(
          "%s is of a run with other settings: their fingerprint is %s, this run's is %s"
              .formatted(file, settings, fingerprint));
    }
    String sum = found.crc32c();
    if (!sum.equals(found.metadata().get("crc32c")) || !found.tensors().containsKey(PROGRESS)) {
      throw new CheckpointException(
          "%s is damaged: the checksum of its values is %s, it should be %s"
              .formatted(file, sum, found.metadata().get("crc32c")));
    }
  }

  private static String ofModel(String name) {
    return "model." + name;
  }

  private static String ofOptimizer(Parameter parameter, StateInfo state) {
    return "optimizer.%s.%s".formatted(parameter.name(), state.name());
  }

  /// The model's memory, and the optimiser's states, copied one at a time into the same place: of a
  /// large model they are too much for another copy of them all.
  private Map<String, Tensor> tensors(Arena arena) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    WeightsFile.tensors(model).forEach((name, tensor) -> tensors.put(ofModel(name), tensor));
    MemorySegment place = arena.allocate(largestState(), 8);
    for (Parameter p : optimizer.parameters()) {
      for (StateInfo state : optimizer.states(p.name())) {
        MemorySegment copy = place.asSlice(0, state.bytes());
        Supplier<MemorySegment> source =
            () -> {
              optimizer.readState(p.name(), state.name(), copy);
              return copy;
            };
        tensors.put(
            ofOptimizer(p, state),
            new Tensor(state.dtype().name(), List.of(state.count()), source));
      }
    }
    return tensors;
  }

  private long largestState() {
    return optimizer.parameters().stream()
        .flatMap(p -> optimizer.states(p.name()).stream())
        .mapToLong(StateInfo::bytes)
        .max()
        .orElse(0);
  }

  private ObjectNode json(Progress progress) {
    ObjectNode json = RunFolder.JSON.createObjectNode();
    json.put("images", images);
    json.put("modelStep", model.step());
    json.put("batches", progress.batches());
    // As text, for it may be infinite.
    json.put("loss", String.valueOf(progress.loss()));
    json.put("correct", progress.correct());
    json.put("seconds", progress.seconds());
    json.put("stepSeconds", progress.stepSeconds());
    ArrayNode epochs = json.putArray("epochs");
    progress.epochs().forEach(epoch -> epochs.add(EpochLine.write(epoch)));
    return json;
  }

  private static Progress progress(JsonNode json) {
    List<Epoch> epochs = new ArrayList<>();
    json.path("epochs").forEach(line -> epochs.add(EpochLine.read(line)));
    return new Progress(
        epochs,
        json.path("batches").asInt(),
        Double.parseDouble(json.path("loss").asText()),
        json.path("correct").asLong(),
        json.path("seconds").asDouble(),
        json.path("stepSeconds").asDouble());
  }
}
