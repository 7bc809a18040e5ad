package org.nero4j.train.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.function.LongSupplier;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.nero4j.train.data.Dataset;
import org.nero4j.train.loop.Epoch;
import org.nero4j.train.loop.Progress;
import org.nero4j.train.run.Run;
import org.nero4j.train.run.RunSettings;

/// Tells a person how a run goes: what it is made of, a line an epoch, and between these a progress
/// bar on a terminal or a line a minute elsewhere.
final class Watcher implements Run.Listener, AutoCloseable {
  private static final long MINUTE = 60_000_000_000L;

  private final PrintWriter out;
  private final boolean terminal;
  private final LongSupplier nanoTime;
  private ProgressBar bar;
  private Run.Start start;
  private long began;
  private long said;
  private long images;
  private int epoch;
  private long epochImages;
  private double epochLoss;
  private long epochCorrect;
  private boolean headed;

  /// @param nanoTime as [System#nanoTime()]
  Watcher(PrintWriter out, boolean terminal, LongSupplier nanoTime) {
    this.out = out;
    this.terminal = terminal;
    this.nanoTime = nanoTime;
  }

  @Override
  public void started(Run.Start start) {
    this.start = start;
    RunSettings s = start.settings();
    Dataset train = start.data().train();
    out.printf(
        "%s, %,d training and %,d test images%s; %s, %,d weights%n",
        train.name(),
        train.count(),
        start.data().test().count(),
        s.augmentation() == org.nero4j.train.data.Augmentation.NONE ? "" : ", " + s.augmentation(),
        s.model().label(),
        start.weights());
    out.printf(
        "%s; batch %d, seed %d; %s, %d threads%n",
        s.optimizer().label(), s.batch(), s.seed(), start.cpuLevel(), s.threads());
    out.printf(
        "learning rate %s%n",
        s.schedule().describe(s.optimizer().learningRate(), start.stepsPerEpoch(), s.epochs()));
    long before = start.from().steps(start.stepsPerEpoch());
    if (before > 0) {
      out.printf("goes on %s%n", where(start.from()));
    }
    out.flush();
    began = nanoTime.getAsLong();
    said = began;
    if (terminal) {
      bar =
          new ProgressBarBuilder()
              .setTaskName("training")
              .setInitialMax(start.stepsPerEpoch() * s.epochs())
              .startsFrom(before, Duration.ZERO)
              .setStyle(ProgressBarStyle.ASCII)
              .showSpeed()
              .clearDisplayOnFinish()
              .build();
    }
  }

  @Override
  public void batch(int epoch, int batch, int rows, double loss, int correct) {
    if (epoch != this.epoch) {
      this.epoch = epoch;
      epochImages = 0;
      epochLoss = 0;
      epochCorrect = 0;
    }
    images += rows;
    epochImages += rows;
    epochLoss += loss * rows;
    epochCorrect += correct;
    if (bar != null) {
      bar.step();
      if (batch % 10 == 0) {
        bar.setExtraMessage(state());
      }
    } else if (nanoTime.getAsLong() - said >= MINUTE) {
      said = nanoTime.getAsLong();
      double rate = images / ((said - began) / 1e9);
      double left =
          ((double) start.data().train().count() * start.settings().epochs() - before() - images)
              / rate;
      out.printf(
          "epoch %d, batch %d of %d: %s, %,.0f samples a second, %s left%n",
          epoch, batch, start.stepsPerEpoch(), state(), rate, duration(left));
      out.flush();
    }
  }

  /// Images that were trained before the run was cut off.
  private double before() {
    return (double) start.from().epochs().size() * start.data().train().count()
        + (double) start.from().batches() * start.settings().batch();
  }

  /// Where a run was cut off, as `after epoch 3` or `after batch 5 of epoch 4`.
  static String where(Progress from) {
    int epochs = from.epochs().size();
    return from.batches() == 0
        ? "after epoch " + epochs
        : "after batch %d of epoch %d".formatted(from.batches(), epochs + 1);
  }

  /// The running loss and accuracy of the epoch, of what was trained since the run went on.
  private String state() {
    return "loss %.4f, accuracy %.1f %%"
        .formatted(epochLoss / epochImages, 100.0 * epochCorrect / epochImages);
  }

  static String duration(double seconds) {
    long whole = Math.round(seconds);
    if (whole < 60) {
      return whole + " s";
    }
    return whole < 3600
        ? "%d min %d s".formatted(whole / 60, whole % 60)
        : "%d h %d min".formatted(whole / 3600, whole / 60 % 60);
  }

  @Override
  public void epoch(Epoch e) {
    if (!headed) {
      headed = true;
      out.println("epoch      rate  train loss  train acc  test acc  seconds");
    }
    out.printf(
        "%5d  %8.5f  %10.4f  %7.2f %%  %6.2f %%  %7.1f%n",
        e.number(),
        e.rate(),
        e.trainLoss(),
        100 * e.trainAccuracy(),
        100 * e.testAccuracy(),
        e.seconds());
    out.flush();
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
