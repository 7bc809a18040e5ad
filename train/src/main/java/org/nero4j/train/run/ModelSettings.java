package org.nero4j.train.run;

import java.util.Map;
import java.util.TreeMap;
import org.nero4j.train.data.Dataset;
import org.nero4j.train.model.CentredWeightNorm;
import org.nero4j.train.model.ModelBuilder;
import org.nero4j.train.nn.Initialization;
import org.nero4j.train.nn.Model;

/// A network and what it is told.
///
/// As text: `resnet18`, `mlp:depth=100,width=128,init=balanced`.
///
/// @param kind which one
/// @param depth linear layers of an MLP; 0 for other networks
/// @param width neurons of its hidden layers; 0 for other networks
/// @param bias whether the layers of an MLP have one
/// @param initialization how its weights start; null: the model's own way
/// @param bfloat16 whether layers multiply in bfloat16
/// @param weightNorm deviation of the rows that [CentredWeightNorm] trains; null: none of it
public record ModelSettings(
    ModelKind kind,
    int depth,
    int width,
    boolean bias,
    Initialization initialization,
    boolean bfloat16,
    Double weightNorm) {

  /// One with the paper's depth and width, 5 and 784, where none are given.
  ///
  /// @param depth may be null
  /// @param width may be null
  /// @throws IllegalArgumentException naming what is out of its range or not for this network
  public static ModelSettings of(ModelKind kind, Integer depth, Integer width) {
    if (kind != ModelKind.MLP) {
      if (depth != null || width != null) {
        throw new IllegalArgumentException(
            "%s has no %s, its shape is fixed".formatted(kind, depth != null ? "depth" : "width"));
      }
      return new ModelSettings(kind, 0, 0, false, null, false, null);
    }
    int layers = depth == null ? 5 : depth;
    int neurons = width == null ? 784 : width;
    require("depth", layers, 1, 1000);
    require("width", neurons, 2, 1 << 20);
    return new ModelSettings(kind, layers, neurons, true, null, false, null);
  }

  private static void require(String what, int value, int low, int high) {
    if (value < low || value > high) {
      throw new IllegalArgumentException(
          "%s is %d, it must be within %d and %d".formatted(what, value, low, high));
    }
  }

  /// Reads its text.
  ///
  /// @throws IllegalArgumentException naming what cannot be read
  public static ModelSettings parse(String text) {
    String[] pieces = text.strip().split(":", 2);
    Map<String, String> values = new TreeMap<>();
    for (String pair : pieces.length == 1 ? new String[0] : pieces[1].split(",", -1)) {
      String[] sides = pair.strip().split("=", 2);
      if (sides.length == 1) {
        throw new IllegalArgumentException(
            "model '%s': '%s' is no name=value".formatted(text, pair));
      }
      values.put(sides[0], sides[1]);
    }
    ModelSettings settings =
        of(
            Names.parse("model", ModelKind.class, pieces[0]),
            integer("depth", values.remove("depth")),
            integer("width", values.remove("width")));
    String start = values.remove("init");
    if (start != null) {
      settings = settings.withInitialization(Names.parse("init", Initialization.class, start));
    }
    String bfloat16 = values.remove("bf16");
    if (bfloat16 != null) {
      settings = settings.withBfloat16(Names.flag("bf16", bfloat16));
    }
    if (!values.isEmpty()) {
      throw new IllegalArgumentException(
          "model '%s' has no %s; it has depth, width, init and bf16"
              .formatted(text, values.keySet().iterator().next()));
    }
    return settings;
  }

  private static Integer integer(String what, String text) {
    try {
      return text == null ? null : Integer.valueOf(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("%s is '%s', no number".formatted(what, text), e);
    }
  }

  /// The same with other first weights.
  public ModelSettings withInitialization(Initialization other) {
    return new ModelSettings(kind, depth, width, bias, other, bfloat16, weightNorm);
  }

  /// The same, multiplying in bfloat16 or not.
  public ModelSettings withBfloat16(boolean other) {
    return new ModelSettings(kind, depth, width, bias, initialization, other, weightNorm);
  }

  /// The same without biases.
  public ModelSettings withoutBias() {
    return new ModelSettings(kind, depth, width, false, initialization, bfloat16, weightNorm);
  }

  /// The same made of centred weight norm.
  public ModelSettings withWeightNorm(double sigma) {
    return new ModelSettings(kind, depth, width, bias, initialization, bfloat16, sigma);
  }

  /// Makes it for a data set.
  Model build(Dataset data, int batch, int threads, long seed) {
    ModelBuilder<?> builder =
        kind.builder(data, this)
            .classes(data.classes())
            .batchSize(batch)
            .threads(threads)
            .seed(seed)
            .bfloat16(bfloat16);
    if (initialization != null) {
      builder.initialization(initialization);
    }
    Model model = builder.build();
    return weightNorm == null ? model : new CentredWeightNorm(model, weightNorm, seed);
  }

  /// In words.
  public String label() {
    StringBuilder label = new StringBuilder(kind.toString());
    if (kind == ModelKind.MLP) {
      label.append(" of %d layers, %d wide".formatted(depth, width));
    }
    if (initialization != null) {
      label.append(", %s start".formatted(Names.of(initialization)));
    }
    if (bfloat16) {
      label.append(", bfloat16");
    }
    if (weightNorm != null) {
      label.append(", centred weight norm from deviation %s".formatted(weightNorm));
    }
    return label.toString();
  }
}
