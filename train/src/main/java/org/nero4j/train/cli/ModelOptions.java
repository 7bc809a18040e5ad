package org.nero4j.train.cli;

import org.nero4j.train.nn.Initialization;
import org.nero4j.train.run.ModelKind;
import org.nero4j.train.run.ModelSettings;
import org.nero4j.train.run.Names;
import picocli.CommandLine.Option;

/// The network.
final class ModelOptions {
  @Option(
      names = "--model",
      order = 10,
      defaultValue = "mlp",
      paramLabel = "NAME",
      description = "${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}")
  private ModelKind model;

  @Option(
      names = "--depth",
      order = 11,
      paramLabel = "N",
      description = "mlp: linear layers. Default: 5")
  private Integer depth;

  @Option(
      names = "--width",
      order = 12,
      paramLabel = "N",
      description = "mlp: neurons of a hidden layer. Default: 784")
  private Integer width;

  @Option(
      names = "--init",
      order = 13,
      paramLabel = "NAME",
      description =
          "First weights: torch, kaiming-uniform, kaiming-normal, kaiming-fan-out, xavier-uniform,"
              + " xavier-normal, balanced. Default: torch for mlp and lenet, kaiming-fan-out for"
              + " vgg11 and resnet18")
  private String initialization;

  @Option(
      names = "--bf16",
      order = 14,
      description = "Layers multiply in bfloat16 (weights stay 32-bit), where the processor can")
  private boolean bfloat16;

  /// @throws IllegalArgumentException if a value cannot be right
  ModelSettings settings() {
    Initialization start =
        initialization == null ? null : Names.parse("--init", Initialization.class, initialization);
    return ModelSettings.of(model, depth, width).withInitialization(start).withBfloat16(bfloat16);
  }
}
