package org.nero4j.train.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.nero4j.train.data.Dataset;
import org.nero4j.train.model.Mlp;
import org.nero4j.train.nn.Initialization;
import org.nero4j.train.nn.Model;

/// A network and what it is told.
///
/// @param kind which one
/// @param depth linear layers of an MLP
/// @param width neurons of its hidden layers
/// @param initialization how its weights start; null: the model's own way
public record ModelSettings(ModelKind kind, int depth, int width, Initialization initialization) {

  /// One with the paper's depth and width, 5 and 784, where none are given.
  ///
  /// @param depth may be null
  /// @param width may be null
  /// @throws IllegalArgumentException naming what is out of its range
  public static ModelSettings of(ModelKind kind, Integer depth, Integer width) {
    int layers = depth == null ? 5 : depth;
    int neurons = width == null ? 784 : width;
    require("depth", layers, 1, 1000);
    require("width", neurons, 2, 1 << 20);
    return new ModelSettings(kind, layers, neurons, null);
  }

  private static void require(String what, int value, int low, int high) {
    if (value < low || value > high) {
      throw new IllegalArgumentException(
          "%s is %d, it must be within %d and %d".formatted(what, value, low, high));
    }
  }

  /// The same with other first weights.
  public ModelSettings withInitialization(Initialization other) {
    return new ModelSettings(kind, depth, width, other);
  }

  /// Makes it for a data set.
  Model build(Dataset data, int batch, int threads, long seed) {
    return switch (kind) {
      case MLP ->
          Mlp.builder()
              .inputs(data.features())
              .width(width)
              .depth(depth)
              .classes(data.classes())
              .batchSize(batch)
              .threads(threads)
              .seed(seed)
              .initialization(initialization == null ? Initialization.TORCH : initialization)
              .build();
    };
  }

  /// Adds what it was told to its description in `run.json`.
  void describe(ObjectNode node) {
    node.put("depth", depth);
    node.put("width", width);
    if (initialization != null) {
      node.put("initialization", Names.of(initialization));
    }
  }

  /// In words.
  public String label() {
    String shape = "%s of %d layers, %d wide".formatted(kind, depth, width);
    return initialization == null ? shape : shape + ", " + Names.of(initialization) + " start";
  }
}
