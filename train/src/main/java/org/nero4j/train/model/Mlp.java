package org.nero4j.train.model;

import java.lang.foreign.ValueLayout;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.nero4j.train.nn.Model;
import org.nero4j.train.nn.ModelParameter;
import org.nero4j.train.nn.Network;

/// The multilayer perceptron of "Learning by Turning": linear layers with bias, a ReLU scaled by the root of 2 after each
/// but the last.
public final class Mlp {
  private Mlp() {}

  /// Makes one with PyTorch's default weights: uniform within ±1/sqrt(fan-in), biases too.
  ///
  /// @param depth linear layers, 1 or more
  /// @param seed of the weights; the same on every machine
  public static Model create(
      int features, int width, int depth, int classes, int batchSize, int threads, long seed) {
    Network.Builder builder = Network.of(features, batchSize).threads(threads);
    for (int layer = 1; layer < depth; layer++) {
      builder.linear(width, true).relu(Math.sqrt(2));
    }
    Network network = builder.linear(classes, true).build();
    initialize(network, seed);
    return network;
  }

  private static void initialize(Model model, long seed) {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    double bound = 1;
    for (ModelParameter p : model.parameters()) {
      // A bias follows its layer's matrix and takes that one's fan-in.
      bound = p.matrix() ? 1 / Math.sqrt(p.fanIn()) : bound;
      for (long i = 0; i < p.neurons() * p.fanIn(); i++) {
        float value = (float) ((2 * random.nextDouble() - 1) * bound);
        p.weights().setAtIndex(ValueLayout.JAVA_FLOAT, i, value);
      }
    }
  }
}
