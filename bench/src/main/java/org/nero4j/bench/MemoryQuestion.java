package org.nero4j.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// What this machine's memory does, which is what every step is measured against.
@Command(
    name = "memory",
    description = "The yardsticks themselves, from 64 KiB to 256 MiB of weights: the roofline.")
final class MemoryQuestion extends Question {
  @Option(
      names = "--kibibytes",
      split = ",",
      paramLabel = "KIB",
      description = "sizes of the weights (default: ${DEFAULT-VALUE})")
  List<Long> sizes = List.of(64L, 1024L, 16384L, 262144L);

  @Override
  String name() {
    return "memory";
  }

  @Override
  Table table() {
    return new Table()
        .text("loop", e -> e.param("loop"))
        .number("weights", e -> size(e.param("kibibytes")))
        .number("threads", e -> e.param("threads"))
        .number("MB moved", e -> Table.number("%.2f", e.median("bytes") / 1e6))
        .number("time", e -> Table.time(e.median()))
        .number("GB/s", e -> bandwidth(e, e.median()))
        .number(
            "quartiles",
            e -> bandwidth(e, e.quantile(0.75)) + " .. " + bandwidth(e, e.quantile(0.25)));
  }

  static String size(String kibibytes) {
    long kib = Long.parseLong(kibibytes);
    return kib < 1024 ? kib + " KiB" : kib / 1024 + " MiB";
  }

  @Override
  void measure() {
    List<Floor.Loop> loops =
        Arrays.asList(Floor.Loop.READ, Floor.Loop.COPY, Floor.Loop.AXPY, Floor.Loop.ADAM);
    for (long kib : sizes) {
      long count = kib * 256;
      TensorSet set = new TensorSet(kib + "KiB", List.of(new TensorSet.Tensor(count, 0)));
      for (int threads : oneAndAll()) {
        List<Entry> entries = new ArrayList<>();
        try (Workbench bench = new Workbench(set, threads)) {
          double[][] nanos = rounds().time(loops.stream().map(bench::floor).toList());
          for (int i = 0; i < loops.size(); i++) {
            Map<String, String> params =
                Map.of("loop", loops.get(i).id(), "kibibytes", Long.toString(kib));
            entries.add(
                Entry.of(name(), params, threads)
                    .primary("ns/op", nanos[i])
                    .secondary("bytes", "B/op", (double) count * loops.get(i).bytes));
          }
        }
        record(entries);
      }
    }
  }
}
