package org.nero4j.train.run;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nero4j.train.nn.Model;
import org.nero4j.train.run.Safetensors.Tensor;

/// A model's parameters and buffers in a safetensors file.
final class WeightsFile {
  private WeightsFile() {}

  /// The model's own memory, by name.
  static Map<String, Tensor> tensors(Model model) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    model.parameters().forEach(p -> tensors.put(p.name(), Tensor.floats(p.shape(), p.weights())));
    model
        .buffers()
        .forEach(b -> tensors.put(b.name(), Tensor.floats(List.of(b.count()), b.values())));
    return tensors;
  }

  /// Writes it as a whole or not at all.
  ///
  /// @param metadata texts by name, for whoever reads it
  static void write(Path file, Model model, Map<String, String> metadata) throws IOException {
    new Safetensors(tensors(model), metadata).write(file);
  }

  /// Copies a file's values into a model that has the same parameters and buffers.
  ///
  /// @throws RunException naming the file and, where they differ, the tensor and both shapes;
  ///   nothing is copied then
  static void read(Path file, Model model) {
    try (Arena arena = Arena.ofConfined()) {
      Map<String, Tensor> found = Safetensors.read(file, arena).tensors();
      Map<String, Tensor> wanted = tensors(model);
      requireAlike(file, found, wanted);
      wanted.forEach((name, tensor) -> tensor.values().copyFrom(found.get(name).values()));
    } catch (IOException e) {
      throw new RunException("cannot read %s: %s".formatted(file, e), e);
    }
  }

  /// @throws RunException naming a tensor that only one side has, or both types or shapes
  static void requireAlike(Path file, Map<String, Tensor> found, Map<String, Tensor> wanted) {
    wanted.forEach(
        (name, tensor) -> {
          Tensor other = found.get(name);
          if (other == null) {
            throw new RunException(
                "%s has %d tensors, and no '%s', which is one of the model's %d"
                    .formatted(file, found.size(), name, wanted.size()));
          }
          if (!other.dtype().equals(tensor.dtype()) || !other.shape().equals(tensor.shape())) {
            throw new RunException(
                "%s: '%s' is %s %s, the model's is %s %s"
                    .formatted(
                        file, name, other.dtype(), other.shape(), tensor.dtype(), tensor.shape()));
          }
        });
    for (String name : found.keySet()) {
      if (!wanted.containsKey(name)) {
        throw new RunException(
            "%s has %d tensors, among them '%s', which is none of the model's %d"
                .formatted(file, found.size(), name, wanted.size()));
      }
    }
  }
}
