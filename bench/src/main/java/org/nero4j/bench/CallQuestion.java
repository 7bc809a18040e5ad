package org.nero4j.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import picocli.CommandLine.Command;

/// What the way into the library costs: [CallBenchmark], run by JMH.
@Command(
    name = "call",
    description = "The smallest step through Java, FFM, JNA and from C, beside empty calls.")
final class CallQuestion extends Question {
  @Override
  String name() {
    return "call";
  }

  @Override
  Table table() {
    return new Table()
        .text("call", Entry::benchmark)
        .number("time", e -> Table.number("%.1f ns", e.median()))
        .number("quartiles", e -> Table.number("%.1f .. %.1f", e.quantile(0.25), e.quantile(0.75)))
        .number("B allocated a call", e -> Table.number("%.3f", allocated(e)));
  }

  /// JMH before 1.37 put a dot in front of it.
  static double allocated(Entry e) {
    double bytes = e.median("gc.alloc.rate.norm");
    return Double.isNaN(bytes) ? e.median("\u00b7gc.alloc.rate.norm") : bytes;
  }

  @Override
  void measure() throws Exception {
    Path file = Files.createTempFile("jmh", ".json");
    try {
      // An iteration is a round, twenty turns long.
      TimeValue iteration = TimeValue.milliseconds(20 * milliseconds);
      new Runner(
              new OptionsBuilder()
                  .include("\\." + CallBenchmark.class.getSimpleName() + "\\.")
                  .addProfiler(GCProfiler.class)
                  .verbosity(VerboseMode.SILENT)
                  .measurementIterations(rounds)
                  .measurementTime(iteration)
                  .warmupTime(iteration)
                  .resultFormat(ResultFormatType.JSON)
                  .result(file.toString())
                  .build())
          .run();
      List<Entry> entries = Results.read(file);
      if (entries.isEmpty()) {
        throw new IllegalStateException(
            "JMH gave no result; `bench/run jmh CallBenchmark` says why");
      }
      record(entries);
    } finally {
      Files.delete(file);
    }
  }
}
