package org.nero4j.bench;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.nero4j.bench.peers.Launch;

/// What the training of all libraries comes to, a line a network.
final class TrainingPeersReport {
  private final List<Entry> entries;

  TrainingPeersReport(List<Entry> entries) {
    this.entries = entries;
  }

  /// nero4j beside the better of the two libtorchs and beside DL4J, by medians.
  String summary() {
    Map<List<String>, List<Entry>> networks = new LinkedHashMap<>();
    for (Entry e : entries) {
      List<String> key = List.of(e.param("network"), e.param("batch"), e.param("threads"));
      networks.computeIfAbsent(key, k -> new ArrayList<>()).add(e);
    }
    List<List<String>> rows = new ArrayList<>();
    rows.add(
        List.of(
            "network",
            "batch",
            "threads",
            "nero4j samples/s",
            "better of libtorch and DJL",
            "samples/s",
            "nero4j x",
            "DL4J samples/s",
            "nero4j x"));
    networks.forEach(
        (key, all) -> {
          Optional<Entry> ours = best(all, e -> is(e, Launch.NERO4J) && adam(e));
          Optional<Entry> torch = best(all, e -> is(e, Launch.BYTEDECO) || is(e, Launch.DJL));
          Optional<Entry> dl4j = best(all, e -> is(e, Launch.ND4J));
          List<String> row = new ArrayList<>(key);
          row.add(ours.map(TrainingPeersReport::samples).orElse(""));
          row.add(
              torch.map(e -> e.param("version") + ", `" + e.param("optimizer") + "`").orElse(""));
          row.add(torch.map(TrainingPeersReport::samples).orElse(""));
          row.add(torch.map(TrainingPeersReport::times).orElse(""));
          row.add(dl4j.map(TrainingPeersReport::samples).orElse(""));
          row.add(dl4j.map(TrainingPeersReport::times).orElse(""));
          rows.add(row);
        });
    if (networks.isEmpty()) {
      return "";
    }
    return Table.markdown(rows, List.of(false, true, true, true, false, true, true, true, true));
  }

  private static boolean is(Entry e, Launch peer) {
    return e.param("peer").equals(peer.id());
  }

  private static boolean adam(Entry e) {
    return e.param("optimizer").equals("adam");
  }

  private static Optional<Entry> best(List<Entry> all, Predicate<Entry> which) {
    return all.stream().filter(which).min(Comparator.comparingDouble(Entry::median));
  }

  private static String samples(Entry e) {
    return Table.number("%.1f", TrainingPeersQuestion.samples(e, 0.5));
  }

  private static String times(Entry e) {
    double x = e.median("xOfOurs");
    return Double.isNaN(x) ? "" : Table.number("%.2f", x);
  }
}
