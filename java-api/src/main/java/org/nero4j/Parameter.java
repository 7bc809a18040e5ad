package org.nero4j;

import java.lang.foreign.MemorySegment;

/// One tensor of a model: where its weights and gradients lie, and how. Immutable; the `with`
/// methods make copies.
///
/// Weights and gradients are 32-bit floats in native memory, or in a Java `float[]` (CPU only).
/// They must stay alive and in place as long as an optimiser is bound to them, and must not be
/// freed by another thread during a step. Weights may overlap nothing; gradients may share memory
/// with gradients only.
public final class Parameter {
  private static final long MOST_ELEMENTS = Long.MAX_VALUE / 16;

  private final String name;
  private final Layout layout;
  private final long neurons;
  private final long fanIn;
  private final MemorySegment weights;
  private final MemorySegment gradients;
  private final DeviceMemory weightsMemory;
  private final DeviceMemory gradientsMemory;
  private final boolean unconstrained;
  private final double learningRateFactor;
  private final double weightDecayFactor;
  private final double scale;

  private Parameter(
      String name,
      Layout layout,
      long neurons,
      long fanIn,
      MemorySegment weights,
      MemorySegment gradients,
      DeviceMemory weightsMemory,
      DeviceMemory gradientsMemory,
      boolean unconstrained,
      double learningRateFactor,
      double weightDecayFactor,
      double scale) {
    this.name = name;
    this.layout = layout;
    this.neurons = neurons;
    this.fanIn = fanIn;
    this.weights = weights;
    this.gradients = gradients;
    this.weightsMemory = weightsMemory;
    this.gradientsMemory = gradientsMemory;
    this.unconstrained = unconstrained;
    this.learningRateFactor = learningRateFactor;
    this.weightDecayFactor = weightDecayFactor;
    this.scale = scale;
  }

  /// A matrix of neurons in rows, `[neurons, fanIn]`. A convolution's OIHW weights have fan-in
  /// I*H*W.
  ///
  /// @param gradients of the same shape, or null: the parameter rests until gradients are bound
  public static Parameter matrix(
      String name, MemorySegment weights, MemorySegment gradients, long neurons, long fanIn) {
    requireNames(name, weights);
    return new Parameter(
        name, Layout.ROWS, neurons, fanIn, weights, gradients, null, null, false, 1, 1, 0);
  }

  /// A matrix in device memory.
  public static Parameter matrix(
      String name, DeviceMemory weights, DeviceMemory gradients, long neurons, long fanIn) {
    requireNames(name, weights);
    return new Parameter(
        name,
        Layout.ROWS,
        neurons,
        fanIn,
        weights.segment(),
        gradients == null ? null : gradients.segment(),
        weights,
        gradients,
        false,
        1,
        1,
        0);
  }

  /// A matrix in Java arrays.
  public static Parameter matrix(
      String name, float[] weights, float[] gradients, long neurons, long fanIn) {
    requireNames(name, weights);
    return matrix(name, MemorySegment.ofArray(weights), segment(gradients), neurons, fanIn);
  }

  /// Biases or gains: each element is a neuron of its own, never constrained.
  public static Parameter vector(String name, MemorySegment weights, MemorySegment gradients) {
    requireNames(name, weights);
    return new Parameter(
        name,
        Layout.VECTOR,
        weights.byteSize() / 4,
        1,
        weights,
        gradients,
        null,
        null,
        false,
        1,
        1,
        0);
  }

  /// A vector in device memory.
  public static Parameter vector(String name, DeviceMemory weights, DeviceMemory gradients) {
    requireNames(name, weights);
    return new Parameter(
        name,
        Layout.VECTOR,
        weights.byteSize() / 4,
        1,
        weights.segment(),
        gradients == null ? null : gradients.segment(),
        weights,
        gradients,
        false,
        1,
        1,
        0);
  }

  /// A vector in Java arrays.
  public static Parameter vector(String name, float[] weights, float[] gradients) {
    requireNames(name, weights);
    return vector(name, MemorySegment.ofArray(weights), segment(gradients));
  }

  private static void requireNames(String name, Object weights) {
    Errors.notNull(name, "name");
    Errors.notNull(weights, "weights of '" + name + "'");
  }

  private static MemorySegment segment(float[] values) {
    return values == null ? null : MemorySegment.ofArray(values);
  }

  private Parameter copy(
      Layout layout, boolean unconstrained, double rateFactor, double decayFactor, double scale) {
    return new Parameter(
        name,
        layout,
        neurons,
        fanIn,
        weights,
        gradients,
        weightsMemory,
        gradientsMemory,
        unconstrained,
        rateFactor,
        decayFactor,
        scale);
  }

  /// The same parameter in other memory.
  Parameter at(MemorySegment weights, MemorySegment gradients) {
    return new Parameter(
        name,
        layout,
        neurons,
        fanIn,
        weights,
        gradients,
        weights == this.weights ? weightsMemory : null,
        gradients == this.gradients ? gradientsMemory : null,
        unconstrained,
        learningRateFactor,
        weightDecayFactor,
        scale);
  }

  /// The same parameter in the memory of another one.
  Parameter at(Parameter other) {
    return new Parameter(
        name,
        layout,
        neurons,
        fanIn,
        other.weights,
        other.gradients,
        other.weightsMemory,
        other.gradientsMemory,
        unconstrained,
        learningRateFactor,
        weightDecayFactor,
        scale);
  }

  /// The same memory as `[fanIn, neurons]`, as TensorFlow, Keras and DL4J keep it.
  ///
  /// {@snippet class="org.nero4j.examples.Snippets" region="columns"}
  ///
  /// @throws InvalidArgumentException for a vector
  public Parameter inColumns() {
    if (layout == Layout.VECTOR) {
      throw Errors.argument("parameter '%s' is a vector and has no columns".formatted(name));
    }
    return copy(Layout.COLUMNS, unconstrained, learningRateFactor, weightDecayFactor, scale);
  }

  /// The optimiser's constraint does not hold here: for embeddings, whose rows are no neurons.
  public Parameter unconstrained() {
    return copy(layout, true, learningRateFactor, weightDecayFactor, scale);
  }

  /// Multiplies the learning rate for this parameter.
  public Parameter withLearningRateFactor(double factor) {
    return copy(layout, unconstrained, factor, weightDecayFactor, scale);
  }

  /// Multiplies the weight decay for this parameter; 0 spares biases and gains.
  public Parameter withWeightDecayFactor(double factor) {
    return copy(layout, unconstrained, learningRateFactor, factor, scale);
  }

  /// Nero's scale, Madam's and Fromage's bound, instead of measuring it: for shards of one tensor.
  /// 0 measures.
  public Parameter withScale(double scale) {
    return copy(layout, unconstrained, learningRateFactor, weightDecayFactor, scale);
  }

  /// The name that errors and state use.
  public String name() {
    return name;
  }

  /// How the weights lie.
  public Layout layout() {
    return layout;
  }

  /// Neurons; elements for a vector.
  public long neurons() {
    return neurons;
  }

  /// Weights of a neuron; 1 for a vector.
  public long fanIn() {
    return fanIn;
  }

  /// Weights in all.
  ///
  /// @throws SizeMismatchException if the shape is negative, or has more than 2^59 elements
  public long elements() {
    if (neurons < 0 || fanIn < 0 || (fanIn > 0 && neurons > MOST_ELEMENTS / fanIn)) {
      throw new SizeMismatchException(
          Status.SIZE,
          "parameter '%s': shape %d x %d is none: sizes are 0 or more, elements %d or less"
              .formatted(name, neurons, fanIn, MOST_ELEMENTS));
    }
    return neurons * fanIn;
  }

  /// The weights as they were given.
  public MemorySegment weights() {
    return weights;
  }

  /// The gradients as they were given, or null.
  public MemorySegment gradients() {
    return gradients;
  }

  /// Whether the optimiser's constraint leaves this parameter out.
  public boolean isUnconstrained() {
    return unconstrained;
  }

  /// Factor of the learning rate.
  public double learningRateFactor() {
    return learningRateFactor;
  }

  /// Factor of the weight decay.
  public double weightDecayFactor() {
    return weightDecayFactor;
  }

  /// The scale given, or 0.
  public double scale() {
    return scale;
  }

  DeviceMemory weightsMemory() {
    return weightsMemory;
  }

  DeviceMemory gradientsMemory() {
    return gradientsMemory;
  }

  @Override
  public String toString() {
    return "%s %d x %d (%s)".formatted(name, neurons, fanIn, layout);
  }
}
