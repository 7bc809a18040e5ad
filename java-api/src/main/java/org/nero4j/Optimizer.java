package org.nero4j;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nero4j.bindings.nero_step_args;
import org.nero4j.bindings.nero_step_report;

/// Steps the parameters of a model; owns its state, none of the weights or gradients.
///
/// A step is one downcall for the whole table and allocates nothing. Parameters in Java arrays take
/// a downcall each, during which the garbage collector waits: they are meant for small models.
///
/// {@snippet class="org.nero4j.examples.Snippets" region="segments"}
///
/// Any thread may use an optimiser, one at a time; a second one gets [ConcurrentUseException].
/// Memory that is stepped must not be freed meanwhile: a closed arena is noticed when a step
/// begins, not while it runs.
public abstract sealed class Optimizer implements AutoCloseable
    permits Nero, Sgd, Adam, Lamb, Madam, Fromage, Lars {
  private final Device device;
  private final Map<String, Integer> indices = new HashMap<>();
  private final Gate gate = new Gate("this optimiser");
  private final NativeOptimizer target;

  /// The recordings that are open: read and changed inside the gate alone.
  private final Set<StepGraph> graphs = new HashSet<>();

  private volatile Bindings bindings;

  Optimizer(OptimizerBuilder<?, ?> builder, Device device, List<Parameter> parameters) {
    this.device = device;
    for (Parameter p : parameters) {
      if (indices.put(p.name(), indices.size()) != null) {
        throw Errors.argument("two parameters have the name '%s'".formatted(p.name()));
      }
      Bindings.check(p, device);
    }
    bindings = new Bindings(parameters);
    bindings.requireHeapApart();
    device.enter();
    try {
      bindings.hold();
      try {
        target = NativeOptimizer.create(builder, device, bindings);
      } catch (RuntimeException e) {
        bindings.letGo();
        throw e;
      }
      device.adopt(this);
    } finally {
      device.leave();
    }
  }

  /// One step of every parameter that has a gradient.
  ///
  /// @throws ConcurrentUseException if another thread is using this optimiser, or the arena of a
  ///   parameter is confined to another thread
  /// @throws ClosedException if this optimiser, its device, or the arena of a parameter is closed
  public final void step() {
    gate.enter();
    try {
      Bindings now = bindings;
      now.requireUsable();
      target.step(now);
    } finally {
      gate.leave();
    }
  }

  /// Records a step, without taking it, that [StepGraph#replay] then takes with less work for the
  /// host: with CUDA it is one graph launch, on the CPU a step like others. Close it, or the
  /// optimiser, which closes it too.
  ///
  /// @throws UnsupportedException if a parameter is a Java array
  public final StepGraph capture() {
    gate.enter();
    try {
      Bindings now = bindings;
      now.requireUsable();
      if (now.heap()) {
        throw new UnsupportedException(
            Status.UNSUPPORTED, "a step over Java arrays cannot be recorded: they may move");
      }
      StepGraph graph = new StepGraph(this, target.capture());
      graphs.add(graph);
      return graph;
    } finally {
      gate.leave();
    }
  }

  void replay(StepGraph graph) {
    gate.enter();
    try {
      if (!graphs.contains(graph)) {
        throw Errors.closed("this recorded step");
      }
      Bindings now = bindings;
      now.requireUsable();
      if (now.heap()) {
        throw new UnsupportedException(
            Status.UNSUPPORTED,
            "a parameter was rebound to a Java array, which no graph can reach");
      }
      target.replay(graph.handle(), now.parameters());
    } finally {
      gate.leave();
    }
  }

  void close(StepGraph graph) {
    if (!gate.enterUnlessClosed()) {
      return;
    }
    try {
      if (graphs.contains(graph)) {
        target.destroyGraph(graph.handle());
        graphs.remove(graph);
      }
    } finally {
      gate.leave();
    }
  }

  /// What the last step that succeeded did, which is waited for; zeros before the first, and a norm
  /// of NaN.
  public final StepReport report() {
    gate.enter();
    try {
      MemorySegment report = target.report();
      return new StepReport(
          nero_step_report.skipped(report) != 0,
          nero_step_report.step(report),
          nero_step_report.parameters_stepped(report),
          nero_step_report.parameters_absent(report),
          nero_step_report.neurons_non_finite(report),
          nero_step_report.neurons_unbalanced(report),
          nero_step_report.neurons_exempt(report),
          nero_step_report.gradient_norm(report));
    } finally {
      gate.leave();
    }
  }

  /// Steps that the most advanced parameter has taken.
  public final long steps() {
    gate.enter();
    try {
      return state().steps();
    } finally {
      gate.leave();
    }
  }

  /// The learning rate of the next step.
  public final double learningRate() {
    return nero_step_args.learning_rate(target.args());
  }

  /// Sets the learning rate from the next step on; 0 moves no weight.
  ///
  /// @throws InvalidArgumentException if it is negative, NaN or above 1,000,000
  public final void setLearningRate(double learningRate) {
    OptimizerBuilder.requireLearningRate(learningRate);
    gate.enter();
    try {
      nero_step_args.learning_rate(target.args(), learningRate);
    } finally {
      gate.leave();
    }
  }

  /// What gradients are multiplied by; 1 unless set.
  public final double gradientScale() {
    return nero_step_args.gradient_scale(target.args());
  }

  /// Multiplies gradients from the next step on, such as by 1 / loss scale.
  ///
  /// @throws InvalidArgumentException if its magnitude is not within 1e-30 and 1e30
  public final void setGradientScale(double gradientScale) {
    if (!(Math.abs(gradientScale) >= 1e-30 && Math.abs(gradientScale) <= 1e30)) {
      throw Errors.argument(
          "gradient scale is %s, its magnitude must be within 1e-30 and 1e30"
              .formatted(gradientScale));
    }
    gate.enter();
    try {
      nero_step_args.gradient_scale(target.args(), gradientScale);
    } finally {
      gate.leave();
    }
  }

  /// The parameters, in the memory where they lie now.
  public final List<Parameter> parameters() {
    return bindings.parameters();
  }

  /// The device that this optimiser steps on.
  public final Device device() {
    return device;
  }

  private int index(String parameter) {
    Integer index = indices.get(Errors.notNull(parameter, "parameter"));
    if (index == null) {
      throw new NotFoundException(
          Status.NOT_FOUND,
          "there is no parameter '%s', there are: %s"
              .formatted(
                  parameter, String.join(", ", indices.keySet().stream().sorted().toList())));
    }
    return index;
  }

  /// Moves a parameter to other memory; its state stays, and nothing is projected. Refused, nothing
  /// has changed.
  ///
  /// @param gradients null: absent, the parameter rests until gradients are bound
  public final void rebind(String parameter, MemorySegment weights, MemorySegment gradients) {
    gate.enter();
    try {
      int i = index(parameter);
      Errors.notNull(weights, "weights of '" + parameter + "'");
      move(new int[] {i}, List.of(bindings.parameters().get(i).at(weights, gradients)));
    } finally {
      gate.leave();
    }
  }

  /// Moves a parameter's gradients; null: absent, the parameter rests.
  ///
  /// {@snippet class="org.nero4j.examples.Snippets" region="moving"}
  public final void rebindGradients(String parameter, MemorySegment gradients) {
    gate.enter();
    try {
      int i = index(parameter);
      Parameter p = bindings.parameters().get(i);
      move(new int[] {i}, List.of(p.at(p.weights(), gradients)));
    } finally {
      gate.leave();
    }
  }

  /// Moves several parameters at once, by one downcall: the way to swap weights, for one tensor's
  /// new memory may be another's old. They are found by name; their memory is taken over, and
  /// nothing else of them is read.
  ///
  /// @throws SizeMismatchException if a shape or layout is not the one that this optimiser was made
  ///   with
  public final void rebind(Parameter... parameters) {
    gate.enter();
    try {
      int[] changed = new int[Errors.notNull(parameters, "parameters").length];
      List<Parameter> moved = new ArrayList<>();
      for (int k = 0; k < changed.length; k++) {
        Parameter to = Errors.notNull(parameters[k], "a parameter");
        changed[k] = index(to.name());
        Parameter p = bindings.parameters().get(changed[k]);
        if (to.layout() != p.layout() || to.neurons() != p.neurons() || to.fanIn() != p.fanIn()) {
          throw new SizeMismatchException(
              Status.SIZE, "parameter '%s': %s cannot become %s".formatted(p.name(), p, to));
        }
        moved.add(p.at(to));
      }
      move(changed, moved);
    } finally {
      gate.leave();
    }
  }

  private void move(int[] changed, List<Parameter> moved) {
    List<Parameter> all = new ArrayList<>(bindings.parameters());
    for (int k = 0; k < changed.length; k++) {
      Bindings.check(moved.get(k), device);
      all.set(changed[k], moved.get(k));
    }
    Bindings next = new Bindings(all);
    next.requireHeapApart();
    next.hold();
    try {
      target.rebind(next, changed);
    } catch (RuntimeException e) {
      next.letGo();
      throw e;
    }
    bindings.letGo();
    bindings = next;
  }

  private NativeState state() {
    return target.state(bindings.parameters());
  }

  /// The named buffers of a parameter's state.
  ///
  /// @throws NotFoundException if there is no such parameter
  public final List<StateInfo> states(String parameter) {
    gate.enter();
    try {
      return state().list(index(parameter));
    } finally {
      gate.leave();
    }
  }

  /// Bytes of all state that grows with the parameters; each has besides its step count and a
  /// number or two.
  public final long stateBytes() {
    gate.enter();
    try {
      return state().bytes();
    } finally {
      gate.leave();
    }
  }

  /// Copies a state out, neither rounded nor cast.
  ///
  /// @param to memory of exactly the state's size, native or of a Java array
  /// @throws NotFoundException if the parameter has no such state
  /// @throws SizeMismatchException if the sizes differ
  public final void readState(String parameter, String state, MemorySegment to) {
    Errors.notNull(state, "state");
    Errors.notNull(to, "to");
    gate.enter();
    try {
      state().read(index(parameter), state, to);
    } finally {
      gate.leave();
    }
  }

  /// Copies a state in. To resume a run: make the optimiser, then restore weights and every state.
  ///
  /// {@snippet class="org.nero4j.examples.Snippets" region="state"}
  ///
  /// @param from memory of exactly the state's size, native or of a Java array
  /// @throws NotFoundException if the parameter has no such state
  /// @throws SizeMismatchException if the sizes differ
  /// @throws InvalidArgumentException if the state could not be one, such as a negative step, scale
  ///   or second moment
  public final void writeState(String parameter, String state, MemorySegment from) {
    Errors.notNull(state, "state");
    Errors.notNull(from, "from");
    gate.enter();
    try {
      state().write(index(parameter), state, from);
    } finally {
      gate.leave();
    }
  }

  /// Whether this optimiser is closed.
  public final boolean isClosed() {
    return gate.isClosed();
  }

  /// Frees the state. Closing twice does nothing.
  ///
  /// @throws ConcurrentUseException if another thread is using this optimiser
  @Override
  public final void close() {
    if (!gate.enterUnlessClosed()) {
      return;
    }
    try {
      for (StepGraph graph : Set.copyOf(graphs)) {
        target.destroyGraph(graph.handle());
        graphs.remove(graph);
      }
      target.destroy();
    } catch (RuntimeException e) {
      gate.leave();
      throw e;
    }
    gate.close();
    bindings.letGo();
    device.release(this);
  }
}
