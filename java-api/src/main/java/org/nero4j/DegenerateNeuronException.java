package org.nero4j;

/// A neuron cannot be balanced: its weights are equal or zero, or its fan-in is 1. Nothing has
/// changed. [DegeneratePolicy#EXEMPT] lets such neurons move unconstrained.
public final class DegenerateNeuronException extends NeroException {
  private static final long serialVersionUID = 1L;

  /// The parameter's name.
  private final String parameter;

  /// The first such neuron.
  private final long neuron;

  DegenerateNeuronException(String message, String parameter, long neuron) {
    super(Status.DEGENERATE_NEURON, message);
    this.parameter = parameter;
    this.neuron = neuron;
  }

  /// The parameter's name.
  public String parameter() {
    return parameter;
  }

  /// The first such neuron of it.
  public long neuron() {
    return neuron;
  }
}
