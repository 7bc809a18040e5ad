package org.nero4j.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nero4j.bench.peers.Launch;
import org.nero4j.bench.peers.PeerProcess;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// What else a Java program could use, on the same tensors, in the same run: each peer in a process
/// of its own, all of them alive at once, with a turn each in every round.
@Command(
    name = "peers",
    description = "Steps beside ND4J, DJL and bytedeco's PyTorch (needs -Ppeers).")
final class PeersQuestion extends Question {
  /// What a peer is asked for; the first is what the others are compared with.
  private record Contender(Launch peer, String implementation, int bytes) {
    String task() {
      return implementation;
    }
  }

  private static final List<Contender> STEPS =
      List.of(
          new Contender(Launch.NERO4J, "nero", 12),
          new Contender(Launch.NERO4J, "adam", 28),
          new Contender(Launch.BYTEDECO, "fused_adam", 28),
          new Contender(Launch.BYTEDECO, "adam", 28),
          new Contender(Launch.DJL, "adam", 28),
          new Contender(Launch.ND4J, "adam", 28),
          new Contender(Launch.ND4J, "nero", 12));

  /// Large enough for ND4J, which writes its update over the gradient: until that is refreshed, a
  /// smaller one would be swallowed by epsilon, and then by denormals.
  private static final double RATE = 1e-6;

  /// Threads of a peer that has had its turn may spin a while.
  private static final long PAUSE_MILLIS = 15;

  @Option(
      names = "--sets",
      split = ",",
      paramLabel = "SET",
      description = "tensor sets (default: ${DEFAULT-VALUE})")
  List<String> sets =
      List.of("784x784", "4096x1024", "30000x512", "4096x4096", "mlp", "vgg11", "resnet18");

  @Option(
      names = "--threads",
      split = ",",
      paramLabel = "N",
      description = "numbers of threads (default: one and all)")
  List<Integer> threads;

  @Mixin private PeerOptions peers;

  /// Long enough for a short step's memory to come back into the caches that the others had.
  PeersQuestion() {
    milliseconds = 60;
  }

  @Override
  String name() {
    return "peers";
  }

  @Override
  Table table() {
    return new Table()
        .text("peer", e -> e.param("version"))
        .text("what", e -> e.param("implementation"))
        .text("on", e -> e.param("on"))
        .number("threads", e -> e.param("threads"))
        .number("MB moved", e -> Table.number("%.1f", e.median("bytes") / 1e6))
        .number("time", e -> Table.time(e.median()))
        .number(
            "quartiles", e -> Table.time(e.quantile(0.25)) + " .. " + Table.time(e.quantile(0.75)))
        .number("GB/s", e -> bandwidth(e, e.median()))
        .number("x of nero4j's Nero (quartiles)", e -> Table.quartiles("%.2f", e, "xOfNero"));
  }

  @Override
  void measure() throws Exception {
    // Before any of them starts: the peers' tensors are rows.
    sets.forEach(TensorSet::inRows);
    for (int t : orDefault(threads, oneAndAll())) {
      try (Processes processes = new Processes(t)) {
        processes.check();
        for (String set : sets) {
          steps(processes, set);
        }
      }
    }
  }

  private void steps(Processes processes, String set) {
    List<Contender> there = processes.among(STEPS);
    for (Contender c : there) {
      processes.of(c).ask("step " + c.task() + " " + c.implementation + " " + set + " " + RATE);
    }
    long count = TensorSet.of(set).count();
    record(
        entries(processes, there, set).entrySet().stream()
            .map(e -> e.getValue().secondary("bytes", "B/op", (double) count * e.getKey().bytes))
            .toList());
  }

  private Map<Contender, Entry> entries(Processes processes, List<Contender> there, String on) {
    double[][] nanos = new double[there.size()][rounds];
    for (Contender c : there) {
      processes.take(c);
    }
    for (int round = 0; round < rounds; round++) {
      for (int k = 0; k < there.size(); k++) {
        int turn = round % 2 == 0 ? k : there.size() - 1 - k;
        nanos[turn][round] = processes.take(there.get(turn));
      }
    }
    Map<Contender, Entry> entries = new LinkedHashMap<>();
    boolean nero = there.getFirst().equals(STEPS.getFirst());
    for (int k = 0; k < there.size(); k++) {
      Contender c = there.get(k);
      Map<String, String> params =
          Map.of(
              "peer",
              c.peer.id(),
              "version",
              processes.of(c).version(),
              "implementation",
              c.implementation,
              "settings",
              c.peer.settings(Launch.Work.STEP, processes.threads),
              "on",
              on);
      Entry entry = Entry.of(name(), params, processes.threads).primary("ns/op", nanos[k]);
      if (nero) {
        double[] ratios = new double[rounds];
        for (int i = 0; i < rounds; i++) {
          ratios[i] = nanos[k][i] / nanos[0][i];
        }
        entry.secondary("xOfNero", "", ratios);
      }
      entries.put(c, entry);
    }
    processes.all.values().forEach(p -> p.ask("drop"));
    return entries;
  }

  /// All peers, running.
  private final class Processes implements AutoCloseable {
    final int threads;
    final Map<Launch, PeerProcess> all = new LinkedHashMap<>();

    Processes(int threads) throws Exception {
      this.threads = threads;
      try {
        for (Launch peer : peers.chosen()) {
          all.put(peer, peers.start(peer, Launch.Work.STEP, threads, milliseconds));
        }
      } catch (Exception e) {
        close();
        throw e;
      }
    }

    List<Contender> among(List<Contender> contenders) {
      return new ArrayList<>(contenders.stream().filter(c -> all.containsKey(c.peer)).toList());
    }

    PeerProcess of(Contender c) {
      return all.get(c.peer);
    }

    double take(Contender c) {
      try {
        Thread.sleep(PAUSE_MILLIS);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      return Double.parseDouble(of(c).ask("take " + c.task()));
    }

    /// That all of them do the same: one step of each from the same weights, beside nero4j's.
    void check() {
      if (!all.containsKey(Launch.NERO4J)) {
        return;
      }
      for (Contender c : among(STEPS)) {
        float[] ours = afterOneStep(all.get(Launch.NERO4J), c.bytes == 12 ? "nero" : "adam");
        float[] theirs = afterOneStep(of(c), c.implementation);
        for (int i = 0; i < ours.length; i++) {
          if (!(Math.abs(ours[i] - theirs[i]) <= 1e-5)) {
            throw new IllegalStateException(
                "%s %s: weight %d is %s after a step, nero4j's is %s"
                    .formatted(c.peer, c.implementation, i, theirs[i], ours[i]));
          }
        }
      }
    }

    private float[] afterOneStep(PeerProcess process, String implementation) {
      process.ask("step check " + implementation + " 16x24 0.01");
      process.ask("once check");
      String[] words = process.ask("look check").split(" ");
      process.ask("drop");
      float[] weights = new float[words.length];
      for (int i = 0; i < weights.length; i++) {
        weights[i] = Float.parseFloat(words[i]);
      }
      return weights;
    }

    @Override
    public void close() {
      all.values().forEach(PeerProcess::close);
    }
  }
}
