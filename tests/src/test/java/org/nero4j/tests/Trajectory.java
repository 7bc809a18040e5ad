package org.nero4j.tests;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.nero4j.Layout;

/// A golden file with its inputs.
record Trajectory(String file, Safetensors golden, Safetensors inputs) {
  /// A tensor of the model: ndim > 1 is a matrix whose rows are neurons.
  record Tensor(String name, boolean matrix, int neurons, int fanIn, float[] start) {}

  static Trajectory of(String file) {
    String[] parts = file.split("\\.");
    String set = parts[parts.length - 2];
    return new Trajectory(
        file, Safetensors.resource(file), Safetensors.resource("inputs_" + set + ".safetensors"));
  }

  List<Tensor> tensors() {
    List<Tensor> all = new ArrayList<>();
    for (JsonNode node : inputs.metadata("params")) {
      String name = node.asText();
      long[] shape = inputs.shape(name + "/w0");
      float[] start = inputs.floats(name + "/w0");
      int neurons = (int) shape[0];
      all.add(new Tensor(name, shape.length > 1, neurons, start.length / neurons, start));
    }
    return all;
  }

  JsonNode hyper() {
    return golden.metadata("hyper");
  }

  int steps() {
    return golden.metadata("steps").asInt();
  }

  double rate(int step) {
    JsonNode sequence = hyper().path("lr_seq");
    return sequence.isMissingNode()
        ? hyper().get("lr").asDouble()
        : sequence.get(step - 1).asDouble();
  }

  Set<String> absent(int step) {
    Set<String> names = new HashSet<>();
    for (JsonNode pair : golden.metadata("skip")) {
      if (pair.get(1).asInt() == step) {
        names.add(pair.get(0).asText());
      }
    }
    return names;
  }

  float[] gradient(Tensor tensor, int step) {
    float[] pool = inputs.floats(tensor.name() + "/g");
    int size = tensor.start().length;
    int which = (step - 1) % (pool.length / size);
    return java.util.Arrays.copyOfRange(pool, which * size, (which + 1) * size);
  }

  double[] expected(Tensor tensor, int step) {
    return golden.doubles(tensor.name() + "/out/" + step);
  }

  boolean hasCheckpoint(Tensor tensor, int step) {
    return golden.has(tensor.name() + "/out/" + step);
  }

  /// What a plain float32 run loses, in units of the travel.
  double float32Error(Tensor tensor) {
    return golden.metadata("fp32_vs_fp64").get(tensor.name()).get("of_travel").asDouble();
  }

  /// Rows as they are in the file, or transposed for columns.
  static float[] arranged(float[] rows, Tensor tensor, Layout layout) {
    if (layout != Layout.COLUMNS || !tensor.matrix()) {
      return rows.clone();
    }
    float[] columns = new float[rows.length];
    for (int r = 0; r < tensor.neurons(); r++) {
      for (int c = 0; c < tensor.fanIn(); c++) {
        columns[c * tensor.neurons() + r] = rows[r * tensor.fanIn() + c];
      }
    }
    return columns;
  }

  /// The inverse of [#arranged].
  static float[] inRows(float[] values, Tensor tensor, Layout layout) {
    if (layout != Layout.COLUMNS || !tensor.matrix()) {
      return values;
    }
    float[] rows = new float[values.length];
    for (int r = 0; r < tensor.neurons(); r++) {
      for (int c = 0; c < tensor.fanIn(); c++) {
        rows[r * tensor.fanIn() + c] = values[c * tensor.neurons() + r];
      }
    }
    return rows;
  }
}
