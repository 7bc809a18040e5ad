package org.nero4j.train.model;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.nero4j.train.nn.Model;
import org.nero4j.train.nn.ModelBuffer;
import org.nero4j.train.nn.ModelParameter;

/// A model whose neurons are balanced by what they are made of instead of by the optimiser: each
/// row w of a matrix is `(v - mean(v)) / |v - mean(v)|` of a row v that is trained. This is the
/// centred weight norm that "Learning by Turning" compares with (Figure 3, left).
///
/// Its parameters are the v; they start normal with a deviation that can be chosen, and which
/// changes nothing of the network's output but how far a step turns it.
public final class CentredWeightNorm implements Model {
  private record Matrix(ModelParameter inner, ModelParameter outer) {}

  private final Model inner;
  private final Arena arena = Arena.ofShared();
  private final List<Matrix> matrices = new ArrayList<>();
  private final List<ModelParameter> parameters = new ArrayList<>();

  /// @param inner the network, closed together with this one
  /// @param sigma deviation of the v at first
  /// @param seed of the v; the same bits on every machine
  public CentredWeightNorm(Model inner, double sigma, long seed) {
    this.inner = inner;
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    for (ModelParameter p : inner.parameters()) {
      if (!p.matrix()) {
        parameters.add(p);
        continue;
      }
      ModelParameter outer =
          new ModelParameter(
              p.name() + "_v",
              p.role(),
              p.shape(),
              arena.allocate(ValueLayout.JAVA_FLOAT, p.count()),
              arena.allocate(ValueLayout.JAVA_FLOAT, p.count()));
      for (long i = 0; i < p.count(); i++) {
        outer.weights().setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) (sigma * normal(random)));
      }
      matrices.add(new Matrix(p, outer));
      parameters.add(outer);
    }
  }

  /// By Box and Muller over [StrictMath], whose results no machine changes.
  private static double normal(RandomGenerator random) {
    double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - random.nextDouble()));
    return radius * StrictMath.cos(2 * Math.PI * random.nextDouble());
  }

  @Override
  public List<ModelParameter> neurons() {
    // The last step moved the v alone.
    matrices.forEach(CentredWeightNorm::project);
    return inner.neurons();
  }

  @Override
  public void train(int rows) {
    matrices.forEach(CentredWeightNorm::project);
    inner.train(rows);
    matrices.forEach(CentredWeightNorm::backward);
  }

  @Override
  public void evaluate(int rows) {
    matrices.forEach(CentredWeightNorm::project);
    inner.evaluate(rows);
  }

  private static float[] row(MemorySegment segment, long row, float[] to) {
    MemorySegment.copy(segment, ValueLayout.JAVA_FLOAT, 4 * row * to.length, to, 0, to.length);
    return to;
  }

  private static void writeRow(float[] from, MemorySegment segment, long row) {
    MemorySegment.copy(
        from, 0, segment, ValueLayout.JAVA_FLOAT, 4 * row * from.length, from.length);
  }

  /// Takes the mean of a row from it, in place.
  private static void centre(float[] row) {
    double sum = 0;
    for (float x : row) {
      sum += x;
    }
    float mean = (float) (sum / row.length);
    for (int i = 0; i < row.length; i++) {
      row[i] -= mean;
    }
  }

  private static double norm(float[] row) {
    double squares = 0;
    for (float x : row) {
      squares += (double) x * x;
    }
    return Math.sqrt(squares);
  }

  private static void project(Matrix matrix) {
    float[] v = new float[Math.toIntExact(matrix.inner.fanIn())];
    for (long n = 0; n < matrix.inner.neurons(); n++) {
      centre(row(matrix.outer.weights(), n, v));
      float scale = (float) (1 / norm(v));
      for (int i = 0; i < v.length; i++) {
        v[i] *= scale;
      }
      writeRow(v, matrix.inner.weights(), n);
    }
  }

  /// With w = c / |c| and c = v - mean(v): dL/dc = (g - w (w g)) / |c|, and dL/dv is that centred.
  private static void backward(Matrix matrix) {
    int fanIn = Math.toIntExact(matrix.inner.fanIn());
    float[] v = new float[fanIn];
    float[] w = new float[fanIn];
    float[] g = new float[fanIn];
    for (long n = 0; n < matrix.inner.neurons(); n++) {
      centre(row(matrix.outer.weights(), n, v));
      row(matrix.inner.weights(), n, w);
      row(matrix.inner.gradients(), n, g);
      double along = 0;
      for (int i = 0; i < fanIn; i++) {
        along += (double) w[i] * g[i];
      }
      float scale = (float) (1 / norm(v));
      for (int i = 0; i < fanIn; i++) {
        g[i] = (float) (g[i] - along * w[i]) * scale;
      }
      centre(g);
      writeRow(g, matrix.outer.gradients(), n);
    }
  }

  @Override
  public List<ModelParameter> parameters() {
    // The network's own answer first: it says so when it is closed.
    inner.parameters();
    return List.copyOf(parameters);
  }

  @Override
  public List<ModelBuffer> buffers() {
    return inner.buffers();
  }

  @Override
  public long step() {
    return inner.step();
  }

  @Override
  public void setStep(long step) {
    inner.setStep(step);
  }

  @Override
  public int batchSize() {
    return inner.batchSize();
  }

  @Override
  public int features() {
    return inner.features();
  }

  @Override
  public int classes() {
    return inner.classes();
  }

  @Override
  public MemorySegment inputs() {
    return inner.inputs();
  }

  @Override
  public MemorySegment labels() {
    return inner.labels();
  }

  @Override
  public double loss() {
    return inner.loss();
  }

  @Override
  public int correct() {
    return inner.correct();
  }

  @Override
  public void close() {
    inner.close();
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}
