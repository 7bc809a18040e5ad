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
          "First weights: torch, kaiming-uniform, kaiming-normal, xavier-uniform, xavier-normal."
              + " Default: torch's for mlp")
  private String initialization;

  @Option(
      names = "--balanced-start",
      order = 14,
      description =
          "Project the first weights onto balanced neurons, as nero does by itself, whatever the"
              + " optimiser")
  private boolean balanced;

  /// @throws IllegalArgumentException if a value cannot be right
  ModelSettings settings() {
    Initialization start =
        initialization == null ? null : Names.parse("--init", Initialization.class, initialization);
    return ModelSettings.of(model, depth, width).withInitialization(start).withBalance(balanced);
  }
}
