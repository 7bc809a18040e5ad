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

    /// The run goes on, and no step is under way: what it is at can be kept by
    /// [Trainer#progress()]. After each batch and each epoch but the last.
    default void between(Trainer trainer) {}
  }

  private final Model model;
  private final Optimizer optimizer;
  private final Plan plan;
  private final BooleanSupplier stop;
  private final double firstRate;
  private final List<Epoch> done = new ArrayList<>();

  // Of the epoch at hand.
  private int batches;
  private double loss;
  private long correct;
  private double seconds;
  private double stepSeconds;

  /// @param stop asked after each batch whether to end there
  public Trainer(Model model, Optimizer optimizer, Plan plan, BooleanSupplier stop) {
    this(model, optimizer, plan, stop, Progress.NONE);
  }

  /// One that goes on where another was. Model and optimiser must be in the state in which the
  /// other one's were.
  ///
  /// @param from how far the other one had come
  public Trainer(Model model, Optimizer optimizer, Plan plan, BooleanSupplier stop, Progress from) {
    this.model = model;
    this.optimizer = optimizer;
    this.plan = plan;
    this.stop = stop;
    firstRate = optimizer.learningRate();
    done.addAll(from.epochs());
    batches = from.batches();
    loss = from.loss();
    correct = from.correct();
    seconds = from.seconds();
    stepSeconds = from.stepSeconds();
  }

  /// How far it has come; between two steps only, as in [Listener#between].
  public Progress progress() {
    return new Progress(done, batches, loss, correct, seconds, stepSeconds);
  }

  /// Runs all epochs that are left, or until it is stopped.
  public Outcome run(Dataset.Split data, Listener listener) {
    Outcome.Ending ending = Outcome.Ending.FINISHED;
    long count;
    try (Batches train = batches(data.train(), plan.augmentation());
        Batches test = batches(data.test(), Augmentation.NONE)) {
      count = train.count();
      BalanceGauge gauge = new BalanceGauge(model);
      // The order of an epoch comes from that of the one before.
      done.forEach(epoch -> train.shuffle());
      while (done.size() < plan.epochs() && ending == Outcome.Ending.FINISHED) {
        Epoch epoch = epoch(train, test, gauge, listener);
        if (epoch == null) {
          ending = Outcome.Ending.STOPPED;
        } else {
          done.add(epoch);
          listener.epoch(epoch);
          if (!Double.isFinite(epoch.trainLoss())) {
            ending = Outcome.Ending.DIVERGED;
          } else if (done.size() < plan.epochs()) {
            if (stop.getAsBoolean()) {
              ending = Outcome.Ending.STOPPED;
            } else {
              listener.between(this);
            }
          }
        }
      }
    }
    return outcome(ending, count, data.train().count());
  }

  private Outcome outcome(Outcome.Ending ending, long stepsPerEpoch, long images) {
    long steps = progress().steps(stepsPerEpoch);
    double trained = (double) done.size() * images + (double) batches * model.batchSize();
    double all = seconds + done.stream().mapToDouble(Epoch::seconds).sum();
    double stepping = stepSeconds + done.stream().mapToDouble(Epoch::stepSeconds).sum();
    return new Outcome(
        ending,
        List.copyOf(done),
        steps,
        trained / all,
        stepping / all,
        stepping / steps,
        checksum(model));
  }

  private Batches batches(Dataset data, Augmentation augmentation) {
    return new Batches(data, model.batchSize(), augmentation, plan.seed(), plan.prefetch());
  }

  /// What is left of the epoch at hand; null if it was stopped on the way.
  private Epoch epoch(Batches train, Batches test, BalanceGauge gauge, Listener listener) {
    int number = done.size() + 1;
    train.shuffle();
    int count = train.count();
    double rate = firstRate;
    while (batches < count) {
      long start = System.nanoTime();
      int rows = train.load(batches, model);
      model.train(rows);
      loss += model.loss() * rows;
      correct += model.correct();
      rate =
          plan.schedule()
              .rate(firstRate, (long) done.size() * count + batches, count, plan.epochs());
      optimizer.setLearningRate(rate);
      long beforeGauge = System.nanoTime();
      if (batches == count - 1) {
        gauge.before();
      }
      long beforeStep = System.nanoTime();
      optimizer.step();
      long end = System.nanoTime();
      stepSeconds += (end - beforeStep) / 1e9;
      seconds += (end - beforeStep + beforeGauge - start) / 1e9;
      batches++;
      listener.batch(number, batches, rows, model.loss(), model.correct());
      if (batches < count) {
        if (stop.getAsBoolean()) {
          return null;
        }
        listener.between(this);
      }
    }
    Evaluation evaluation = evaluate(test);
    long images = train.images();
    Epoch epoch =
        new Epoch(
            number,
            (long) number * count,
            rate,
            loss / images,
            (double) correct / images,
            evaluation.loss(),
            evaluation.accuracy(),
            seconds,
            stepSeconds,
            System.currentTimeMillis() / 1e3,
            gauge.after());
    batches = 0;
    loss = 0;
    correct = 0;
    seconds = 0;
    stepSeconds = 0;
    return epoch;
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
