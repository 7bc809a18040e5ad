package org.nero4j.bench.peers;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.nero4j.bench.Rounds;
import org.nero4j.bench.TensorSet;

/// The process of a peer: takes commands from its input, a line each, and answers each with a line
/// that starts with [#ANSWER]. So several processes can have their turns round by round.
///
/// ```text
/// version                                     its name and version
/// step TASK IMPLEMENTATION SET RATE           makes a task and warms it up
/// train TASK OPTIMIZER NETWORK BATCH RATE     likewise; the number of parameters
/// take TASK                                   nanoseconds of a run, over one turn
/// runs TASK MILLISECONDS                      nanoseconds of each run, once warmed up for as long
/// once TASK                                   runs it once
/// look TASK                                   floats: weights of the first tensor, or a loss
/// drop                                        frees all tasks
/// ```
public final class Worker {
  /// Starts an answer; other lines are the peer's own chatter.
  static final String ANSWER = "@ ";

  private static final long WARM_UP_NANOS = 300_000_000;

  private final Peer peer;
  private final long turnNanos;
  private final Map<String, Peer.Task> tasks = new HashMap<>();
  private final Map<String, Rounds.Turn> turns = new HashMap<>();

  Worker(Peer peer, long turnNanos) {
    this.peer = peer;
    this.turnNanos = turnNanos;
  }

  /// Serves until the input ends.
  ///
  /// @param turnNanos about how long a turn is
  public static void serve(Peer peer, long turnNanos) {
    Worker worker = new Worker(peer, turnNanos);
    PrintStream out = System.out;
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        out.println(ANSWER + worker.answer(line));
        out.flush();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String answer(String line) {
    try {
      return obey(line.strip().split(" "));
    } catch (RuntimeException | LinkageError e) {
      e.printStackTrace();
      return "failed " + e;
    }
  }

  private String obey(String[] words) {
    switch (words[0]) {
      case "version":
        return peer.version();
      case "step":
        Peer.Task step = peer.step(words[2], TensorSet.of(words[3]), Double.parseDouble(words[4]));
        tasks.put(words[1], step);
        return "made";
      case "train":
        Peer.Training training =
            peer.train(
                words[2], words[3], Integer.parseInt(words[4]), Double.parseDouble(words[5]));
        tasks.put(words[1], training);
        return Long.toString(training.parameters());
      case "once":
        task(words[1]).run();
        return "done";
      case "take":
        Peer.Task task = task(words[1]);
        Rounds.Turn turn = turns.computeIfAbsent(words[1], name -> warm(task));
        task.refresh();
        return Double.toString(turn.take());
      case "runs":
        return runs(task(words[1]), Long.parseLong(words[2]) * 1_000_000);
      case "look":
        StringBuilder text = new StringBuilder();
        for (float value : task(words[1]).look()) {
          text.append(value).append(' ');
        }
        return text.toString().strip();
      case "drop":
        tasks.values().forEach(Peer.Task::close);
        tasks.clear();
        turns.clear();
        System.gc();
        return "dropped";
      default:
        throw new IllegalArgumentException("no command '%s'".formatted(words[0]));
    }
  }

  private Peer.Task task(String name) {
    Peer.Task task = tasks.get(name);
    if (task == null) {
      throw new IllegalArgumentException("no task '%s'".formatted(name));
    }
    return task;
  }

  /// Runs for about so long to warm up, then for as long again: bounded, however slow a run is.
  private static String runs(Peer.Task task, long nanos) {
    timed(task, nanos);
    return timed(task, nanos).stream().map(Object::toString).collect(Collectors.joining(" "));
  }

  /// Nanoseconds of each run of those that start within a time; one at least.
  private static List<Long> timed(Peer.Task task, long nanos) {
    List<Long> all = new ArrayList<>();
    long start = System.nanoTime();
    long before = start;
    do {
      task.run();
      long now = System.nanoTime();
      all.add(now - before);
      before = now;
    } while (before - start < nanos);
    return all;
  }

  private Rounds.Turn warm(Peer.Task task) {
    long start = System.nanoTime();
    do {
      task.refresh();
      task.run();
    } while (System.nanoTime() - start < WARM_UP_NANOS);
    return Rounds.Turn.warm(task, turnNanos);
  }
}
