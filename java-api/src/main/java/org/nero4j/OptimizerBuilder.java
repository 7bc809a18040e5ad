package org.nero4j;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.nero4j.bindings.nero_h;
import org.nero4j.bindings.nero_optimizer_options;

/// What the builders of all optimisers have in common. Values are checked when the optimiser is
/// made.
///
/// @param <O> what it makes
/// @param <B> the builder itself, which every setter gives back
public abstract sealed class OptimizerBuilder<O extends Optimizer, B extends OptimizerBuilder<O, B>>
    permits Nero.Builder,
        Sgd.Builder,
        Adam.Builder,
        Lamb.Builder,
        Madam.Builder,
        Fromage.Builder,
        Lars.Builder {
  final int kind;
  final double learningRate;
  final MemorySegment hyper;
  final MemorySegment options;

  /// Fills a hyper-parameter struct with the kind's defaults.
  interface Defaults {
    int fill(MemorySegment hyper, MemorySegment error);
  }

  OptimizerBuilder(int kind, double learningRate, long hyperSize, Defaults defaults) {
    requireLearningRate(learningRate);
    NativeRuntime.describe();
    this.kind = kind;
    this.learningRate = learningRate;
    Arena arena = Arena.ofAuto();
    MemorySegment error = Errors.allocate(arena);
    hyper = arena.allocate(hyperSize, 8);
    options = nero_optimizer_options.allocate(arena);
    Errors.check(defaults.fill(hyper, error), error);
    Errors.check(nero_h.nero_optimizer_options_defaults(kind, options, error), error);
  }

  static void requireLearningRate(double learningRate) {
    if (!(learningRate >= 0 && learningRate <= nero_h.NERO_MAX_LEARNING_RATE())) {
      throw Errors.argument(
          "learning rate is %s, it must be within 0 and %d"
              .formatted(learningRate, nero_h.NERO_MAX_LEARNING_RATE()));
    }
  }

  /// What holds for every neuron after each step.
  public final B constraint(Constraint constraint) {
    nero_optimizer_options.constraint(options, Errors.notNull(constraint, "constraint").ordinal());
    return self();
  }

  /// Whether the constraint is put on the weights when the optimiser is made.
  public final B projectAtConstruction(boolean project) {
    nero_optimizer_options.project_at_construction(options, project ? 1 : 0);
    return self();
  }

  /// What becomes of a gradient that is not finite.
  public final B nonFinite(NonFinitePolicy policy) {
    nero_optimizer_options.non_finite(
        options, Errors.notNull(policy, "non-finite policy").ordinal());
    return self();
  }

  /// What becomes of a neuron that cannot be balanced.
  public final B degenerate(DegeneratePolicy policy) {
    nero_optimizer_options.degenerate(
        options, Errors.notNull(policy, "degenerate policy").ordinal());
    return self();
  }

  /// Which parameters a step counts for.
  public final B stepCount(StepCount count) {
    nero_optimizer_options.step_count(options, Errors.notNull(count, "step count").ordinal());
    return self();
  }

  abstract B self();

  abstract O make(Device device, List<Parameter> parameters);

  /// Makes the optimiser. May project the weights onto the constraint; when it throws, no weight
  /// has changed.
  ///
  /// @throws InvalidArgumentException if a hyper-parameter is out of its range
  /// @throws SizeMismatchException if a buffer does not have its parameter's size
  /// @throws AlignmentException if an address is no multiple of 4
  /// @throws OverlapException if weights overlap anything
  /// @throws DegenerateNeuronException if a neuron cannot be balanced, unless such are exempt
  /// @throws DeviceException if memory lies on another device
  public final O over(Device device, Parameter... parameters) {
    Errors.notNull(parameters, "parameters");
    for (Parameter parameter : parameters) {
      Errors.notNull(parameter, "a parameter");
    }
    return over(device, List.of(parameters));
  }

  /// The same with a list.
  public final O over(Device device, List<Parameter> parameters) {
    Errors.notNull(device, "device");
    for (Parameter parameter : Errors.notNull(parameters, "parameters")) {
      Errors.notNull(parameter, "a parameter");
    }
    return make(device, parameters);
  }
}
