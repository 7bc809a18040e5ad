package org.nero4j.train.loop;

import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import org.nero4j.Optimizer;
import org.nero4j.train.data.Dataset;
import org.nero4j.train.nn.Model;
import org.nero4j.train.nn.ModelParameter;

/// Trains a model on a data set.
public final class Trainer {
  /// What an epoch came to. Training accuracy and loss are running ones, taken before each update.
  public record Epoch(
      int number,
      double rate,
      double trainLoss,
      double trainAccuracy,
      double testAccuracy,
      double seconds) {}

  /// What a run came to.
  ///
  /// @param samplesPerSecond training images a second, evaluation left out
  /// @param stepShare share of training time spent in the optimiser
  /// @param weightsChecksum CRC-32 of all weights: the same for the same seed
  public record Outcome(
      List<Epoch> epochs, double samplesPerSecond, double stepShare, long weightsChecksum) {
    /// Test accuracy after the last epoch.
    public double testAccuracy() {
      return epochs.getLast().testAccuracy();
    }

    /// The best test accuracy of any epoch.
    public double bestTestAccuracy() {
      return epochs.stream().mapToDouble(Epoch::testAccuracy).max().orElseThrow();
    }
  }

  /// Hears of a run as it goes on.
  public interface Listener {
    /// A batch was trained.
    default void batch(int epoch, int batch, int batches, double loss) {}

    /// An epoch ended.
    default void epoch(Epoch epoch) {}
  }

  private final Model model;
  private final Optimizer optimizer;
  private final Schedule schedule;
  private final int epochs;
  private final long seed;

  /// @param seed of the shuffling
  public Trainer(Model model, Optimizer optimizer, Schedule schedule, int epochs, long seed) {
    this.model = model;
    this.optimizer = optimizer;
    this.schedule = schedule;
    this.epochs = epochs;
    this.seed = seed;
  }

  /// Runs all epochs.
  public Outcome run(Dataset.Split data, Listener listener) {
    double first = optimizer.learningRate();
    Batches train = new Batches(data.train(), model, seed);
    Batches test = new Batches(data.test(), model, seed);
    List<Epoch> done = new ArrayList<>();
    long step = 0;
    long trainNanos = 0;
    long stepNanos = 0;
    for (int epoch = 1; epoch <= epochs; epoch++) {
      train.shuffle();
      double loss = 0;
      long correct = 0;
      double rate = first;
      long start = System.nanoTime();
      for (int batch = 0; batch < train.count(); batch++) {
        int rows = train.load(batch);
        model.train(rows);
        loss += model.loss() * rows;
        correct += model.correct();
        rate = schedule.rate(first, step++, train.count(), epochs);
        optimizer.setLearningRate(rate);
        long before = System.nanoTime();
        optimizer.step();
        stepNanos += System.nanoTime() - before;
        listener.batch(epoch, batch + 1, train.count(), model.loss());
      }
      long nanos = System.nanoTime() - start;
      trainNanos += nanos;
      int count = data.train().count();
      Epoch result =
          new Epoch(
              epoch,
              rate,
              loss / count,
              (double) correct / count,
              accuracy(test, data.test().count()),
              nanos / 1e9);
      done.add(result);
      listener.epoch(result);
    }
    double samples = (double) data.train().count() * epochs / (trainNanos / 1e9);
    return new Outcome(
        List.copyOf(done), samples, (double) stepNanos / trainNanos, checksum(model));
  }

  private double accuracy(Batches batches, int count) {
    long correct = 0;
    for (int batch = 0; batch < batches.count(); batch++) {
      model.evaluate(batches.load(batch));
      correct += model.correct();
    }
    return (double) correct / count;
  }

  private static long checksum(Model model) {
    CRC32 crc = new CRC32();
    for (ModelParameter p : model.parameters()) {
      crc.update(p.weights().toArray(ValueLayout.JAVA_BYTE));
    }
    return crc.getValue();
  }
}
