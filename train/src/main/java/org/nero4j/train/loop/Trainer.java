package org.nero4j.train.loop;

import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.zip.CRC32;
import org.nero4j.Optimizer;
import org.nero4j.train.data.Augmentation;
import org.nero4j.train.data.Dataset;
import org.nero4j.train.nn.Model;
import org.nero4j.train.nn.ModelParameter;

/// Trains a model on a data set.
public final class Trainer {
  /// Hears of a run as it goes on.
  public interface Listener {
    /// A batch was trained.
    ///
    /// @param batch from 1
    /// @param rows images of the batch
    /// @param loss its mean loss, before the update
    /// @param correct its right predictions, before the update
    default void batch(int epoch, int batch, int rows, double loss, int correct) {}

    /// An epoch ended.
    default void epoch(Epoch epoch) {}
  }

  private final Model model;
  private final Optimizer optimizer;
  private final Plan plan;
  private final BooleanSupplier stop;
  private final double firstRate;
  private long step;
  private long trainNanos;
  private long trained;
  private long stepNanos;

  /// @param stop asked after each batch whether to end there
  public Trainer(Model model, Optimizer optimizer, Plan plan, BooleanSupplier stop) {
    this.model = model;
    this.optimizer = optimizer;
    this.plan = plan;
    this.stop = stop;
    firstRate = optimizer.learningRate();
  }

  /// Runs all epochs, or until it is stopped.
  public Outcome run(Dataset.Split data, Listener listener) {
    List<Epoch> done = new ArrayList<>();
    Outcome.Ending ending = Outcome.Ending.FINISHED;
    try (Batches train = batches(data.train(), plan.augmentation());
        Batches test = batches(data.test(), Augmentation.NONE)) {
      BalanceGauge gauge = new BalanceGauge(model);
      while (done.size() < plan.epochs() && ending == Outcome.Ending.FINISHED) {
        Epoch epoch = epoch(done.size() + 1, train, test, gauge, listener);
        if (epoch == null) {
          ending = Outcome.Ending.STOPPED;
        } else {
          done.add(epoch);
          listener.epoch(epoch);
          if (!Double.isFinite(epoch.trainLoss())) {
            ending = Outcome.Ending.DIVERGED;
          } else if (done.size() < plan.epochs() && stop.getAsBoolean()) {
            ending = Outcome.Ending.STOPPED;
          }
        }
      }
    }
    return new Outcome(
        ending,
        List.copyOf(done),
        step,
        trained / (trainNanos / 1e9),
        (double) stepNanos / trainNanos,
        stepNanos / 1e9 / step,
        checksum(model));
  }

  private Batches batches(Dataset data, Augmentation augmentation) {
    return new Batches(data, model.batchSize(), augmentation, plan.seed(), plan.prefetch());
  }

  /// An epoch; null if it was stopped on the way.
  private Epoch epoch(
      int number, Batches train, Batches test, BalanceGauge gauge, Listener listener) {
    train.shuffle();
    double loss = 0;
    long correct = 0;
    long rowsDone = 0;
    double rate = firstRate;
    long gaugeNanos = 0;
    long stepNanosBefore = stepNanos;
    long start = System.nanoTime();
    for (int batch = 0; batch < train.count(); batch++) {
      int rows = train.load(batch, model);
      model.train(rows);
      loss += model.loss() * rows;
      correct += model.correct();
      rowsDone += rows;
      rate = plan.schedule().rate(firstRate, step++, train.count(), plan.epochs());
      optimizer.setLearningRate(rate);
      if (batch == train.count() - 1) {
        long before = System.nanoTime();
        gauge.before();
        gaugeNanos = System.nanoTime() - before;
      }
      long before = System.nanoTime();
      optimizer.step();
      stepNanos += System.nanoTime() - before;
      listener.batch(number, batch + 1, rows, model.loss(), model.correct());
      if (stop.getAsBoolean() && batch < train.count() - 1) {
        trainNanos += System.nanoTime() - start;
        trained += rowsDone;
        return null;
      }
    }
    long nanos = System.nanoTime() - start - gaugeNanos;
    trainNanos += nanos;
    trained += rowsDone;
    Evaluation evaluation = evaluate(test);
    return new Epoch(
        number,
        step,
        rate,
        loss / rowsDone,
        (double) correct / rowsDone,
        evaluation.loss(),
        evaluation.accuracy(),
        nanos / 1e9,
        (stepNanos - stepNanosBefore) / 1e9,
        gauge.after());
  }

  private record Evaluation(double loss, double accuracy) {}

  private Evaluation evaluate(Batches batches) {
    double loss = 0;
    long correct = 0;
    long count = 0;
    for (int batch = 0; batch < batches.count(); batch++) {
      int rows = batches.load(batch, model);
      model.evaluate(rows);
      loss += model.loss() * rows;
      correct += model.correct();
      count += rows;
    }
    return new Evaluation(loss / count, (double) correct / count);
  }

  private static long checksum(Model model) {
    CRC32 crc = new CRC32();
    for (ModelParameter p : model.parameters()) {
      crc.update(p.weights().toArray(ValueLayout.JAVA_BYTE));
    }
    return crc.getValue();
  }
}
