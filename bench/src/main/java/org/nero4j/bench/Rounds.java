package org.nero4j.bench;

import java.util.ArrayList;
import java.util.List;

/// Times tasks in turn, round by round, so that a noisy machine is noisy for all of them. JMH runs
/// benchmarks one after another, minutes apart, and its ratios of two would be the neighbours'.
public final class Rounds {
  private final int rounds;
  private final long nanosEach;

  /// @param rounds how often each task has its turn
  /// @param nanosEach about how long a turn is: a task is repeated until it fills it
  public Rounds(int rounds, long nanosEach) {
    if (rounds < 1) {
      throw new IllegalArgumentException("rounds is " + rounds + ", it must be 1 or more");
    }
    this.rounds = rounds;
    this.nanosEach = nanosEach;
  }

  /// Nanoseconds a run, `[task][round]`. Every second round goes backwards, so that no task always
  /// follows the same other.
  public double[][] time(List<Runnable> tasks) {
    List<Turn> turns = new ArrayList<>();
    for (Runnable task : tasks) {
      turns.add(Turn.warm(task, nanosEach));
    }
    double[][] nanos = new double[tasks.size()][rounds];
    for (int round = 0; round < rounds; round++) {
      for (int k = 0; k < tasks.size(); k++) {
        int task = round % 2 == 0 ? k : tasks.size() - 1 - k;
        nanos[task][round] = turns.get(task).take();
      }
    }
    return nanos;
  }

  /// A task and how often it is run when it has its turn.
  public record Turn(Runnable task, int repeat) {
    /// Runs it until it is warm, and sees how often it fits into a turn.
    public static Turn warm(Runnable task, long nanosEach) {
      task.run();
      int warmUp = new Turn(task, 2).fitting(nanosEach);
      new Turn(task, warmUp).take();
      return new Turn(task, new Turn(task, Math.max(1, warmUp / 2)).fitting(nanosEach));
    }

    private int fitting(long nanosEach) {
      return (int) Math.clamp(nanosEach / Math.max(1, take()), 1, 1_000_000);
    }

    /// Nanoseconds of one run, the mean of all that fit. The first run of a turn is not among them:
    /// it meets what the task before left in caches and translations, and would cost a short task
    /// more than a long one.
    public double take() {
      task.run();
      long start = System.nanoTime();
      for (int i = 0; i < repeat; i++) {
        task.run();
      }
      return (double) (System.nanoTime() - start) / repeat;
    }
  }
}
