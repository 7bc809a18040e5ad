package org.nero4j.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.nero4j.bench.peers.Launch;
import org.nero4j.bench.peers.PeerProcess;
import org.nero4j.train.nn.Model;
import org.nero4j.train.nn.ModelParameter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// How many images a second the same network learns from in each library. A round is a launch of
/// each, one after the other, every second round backwards: what a start decides, such as where
/// memory lies, is drawn anew, and a noisy minute falls on all of them.
@Command(
    name = "peers-train",
    description = "Training beside libtorch, DJL and DL4J, launch by launch (needs -Ppeers).")
final class TrainingPeersQuestion extends Question {
  private static final Map<Launch, List<String>> OPTIMIZERS =
      Map.of(
          Launch.NERO4J, List.of("adam", "nero"),
          Launch.BYTEDECO, List.of("adam", "fused_adam"),
          Launch.DJL, List.of("adam"),
          Launch.ND4J, List.of("adam"));

  /// So small that no loss falls to zero, where gradients are denormal and slow.
  private static final double RATE = 1e-6;

  @Option(
      names = "--networks",
      split = ",",
      paramLabel = "NAME",
      description = "which (default: all)")
  List<String> networks;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "images of a batch (default: 250 for mlp, else 128)")
  Integer batch;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "of every library (default: the processors)")
  Integer threads;

  @Mixin private PeerOptions peers;

  @Option(
      names = "--add",
      description =
          "add launches to those that the file has of this commit, so that a run can be cut")
  boolean add;

  TrainingPeersQuestion() {
    rounds = 5;
    milliseconds = 1500;
  }

  @Override
  String name() {
    return "peers-train";
  }

  @Override
  Table table() {
    return new Table()
        .text("network", e -> e.param("network"))
        .text("library", e -> e.param("version"))
        .text("optimizer", e -> e.param("optimizer"))
        .number("batch", e -> e.param("batch"))
        .number("threads", e -> e.param("threads"))
        .number("parameters", e -> Table.number("%,.0f", e.median("parameters")))
        .number("launches", e -> Integer.toString(e.samples()))
        .number("samples/s", e -> Table.number("%.1f", samples(e, 0.5)))
        .number("least .. most", e -> Table.number("%.1f .. %.1f", samples(e, 1), samples(e, 0)))
        .number("nero4j with Adam is x times as fast (least .. most)", TrainingPeersQuestion::x);
  }

  /// Images a second, of a share of the launches' times.
  static double samples(Entry e, double share) {
    return Double.parseDouble(e.param("batch")) * 1e9 / e.quantile(share);
  }

  private static String x(Entry e) {
    return Double.isNaN(e.median("xOfOurs"))
        ? ""
        : Table.number(
            "%.2f (%.2f .. %.2f)",
            e.median("xOfOurs"), e.quantile("xOfOurs", 0), e.quantile("xOfOurs", 1));
  }

  @Override
  void measure() throws Exception {
    List<String> all = new ArrayList<>();
    Networks.names().forEach(all::add);
    for (String network : orDefault(networks, all)) {
      Comparison comparison = new Comparison(network);
      for (int round = 0; round < rounds; round++) {
        comparison.round(round);
        keep(comparison.entries());
      }
      System.out.println(table().of(comparison.entries()));
    }
  }

  /// All libraries on one network.
  private final class Comparison {
    final String network;
    final int batch;
    final int threads;
    final long parameters;
    final List<Contender> contenders = new ArrayList<>();

    Comparison(String network) {
      this.network = network;
      batch =
          TrainingPeersQuestion.this.batch == null
              ? Networks.batch(network)
              : TrainingPeersQuestion.this.batch;
      threads =
          TrainingPeersQuestion.this.threads == null
              ? oneAndAll().getLast()
              : TrainingPeersQuestion.this.threads;
      try (Model ours = Networks.build(network, 1, 1)) {
        parameters = ours.parameters().stream().mapToLong(ModelParameter::count).sum();
      }
      for (Launch peer : peers.chosen()) {
        OPTIMIZERS.get(peer).forEach(o -> contenders.add(new Contender(peer, o)));
      }
    }

    /// A launch of each library.
    void round(int round) throws Exception {
      List<Launch> order =
          new ArrayList<>(contenders.stream().map(c -> c.peer).distinct().toList());
      if (round % 2 == 1) {
        order = order.reversed();
      }
      for (Launch peer : order) {
        try (PeerProcess process =
            peers.start(peer, Launch.Work.of(network), threads, milliseconds)) {
          for (Contender c : contenders) {
            if (c.peer == peer) {
              c.measure(this, process);
            }
          }
        }
      }
      Contender ours = contenders.getFirst();
      if (ours.peer == Launch.NERO4J) {
        contenders.forEach(c -> c.xOfOurs.add(c.nanos.getLast() / ours.nanos.getLast()));
      }
    }

    List<Entry> entries() {
      return contenders.stream().map(c -> c.entry(this)).toList();
    }
  }

  /// A library and an optimiser of its own.
  private final class Contender {
    final Launch peer;
    final String optimizer;
    final List<Double> nanos = new ArrayList<>();
    final List<Double> xOfOurs = new ArrayList<>();
    String version;
    private Optional<Entry> before;

    Contender(Launch peer, String optimizer) {
      this.peer = peer;
      this.optimizer = optimizer;
    }

    void measure(Comparison of, PeerProcess process) {
      version = process.version();
      long has =
          Long.parseLong(
              process.ask("train t %s %s %d %s".formatted(optimizer, of.network, of.batch, RATE)));
      if (has != of.parameters) {
        throw new IllegalStateException(
            "%s: %s has %d parameters, nero4j's has %d"
                .formatted(version, of.network, has, of.parameters));
      }
      double[] runs =
          Stream.of(process.ask("runs t " + milliseconds).split(" "))
              .mapToDouble(Double::parseDouble)
              .toArray();
      double loss = Double.parseDouble(process.ask("look t"));
      // Random labels of ten classes: about ln 10, if it trains what it should.
      if (!(loss > 1 && loss < 6)) {
        throw new IllegalStateException(
            "%s: the loss of %s is %s".formatted(version, of.network, loss));
      }
      process.ask("drop");
      nanos.add(Quantiles.median(runs));
    }

    Entry entry(Comparison of) {
      Map<String, String> params = new LinkedHashMap<>();
      params.put("network", of.network);
      params.put("batch", Integer.toString(of.batch));
      params.put("peer", peer.id());
      params.put("version", version);
      params.put("optimizer", optimizer);
      params.put("settings", peer.settings(Launch.Work.of(of.network), of.threads));
      Entry entry = Entry.of(name(), params, of.threads);
      if (before == null) {
        before = earlier(entry.key());
      }
      entry
          .primary("ns/op", with(before, Entry::rounds, nanos))
          .secondary("parameters", "", of.parameters);
      double[] ratios = with(before, e -> e.rounds("xOfOurs"), xOfOurs);
      return ratios.length == 0 ? entry : entry.secondary("xOfOurs", "", ratios);
    }

    /// What the file has of the same, where launches are to be added to it.
    private Optional<Entry> earlier(String key) {
      return results().read(name()).stream()
          .filter(e -> add && e.key().equals(key))
          .filter(e -> e.run("commit").equals(facts().facts().get("commit")))
          .findFirst();
    }

    private static double[] with(
        Optional<Entry> before, Function<Entry, double[]> what, List<Double> more) {
      return DoubleStream.concat(
              before.map(what).stream().flatMapToDouble(DoubleStream::of),
              more.stream().mapToDouble(Double::doubleValue))
          .toArray();
    }
  }
}
