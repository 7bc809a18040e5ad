package org.nero4j.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.nero4j.NativeRuntime;
import picocli.CommandLine.Option;

/// What all commands that measure have in common.
abstract class Question implements Callable<Integer> {
  @Option(
      names = "--rounds",
      paramLabel = "N",
      description = "rounds; everything has its turn in each (default: ${DEFAULT-VALUE})")
  int rounds = 15;

  @Option(
      names = "--milliseconds",
      paramLabel = "MS",
      description = "about how long a turn is (default: ${DEFAULT-VALUE})")
  long milliseconds = 10;

  @Option(
      names = "--out",
      paramLabel = "FOLDER",
      description = "where results are added to (default: ${DEFAULT-VALUE})")
  Path out = Path.of("bench/target/results");

  private RunFacts run;

  /// The name of the question: the command's, and that of its file of results.
  abstract String name();

  /// How its entries are shown.
  abstract Table table();

  /// Measures, and records as it goes.
  abstract void measure() throws Exception;

  @Override
  public final Integer call() throws Exception {
    run = RunFacts.now();
    System.out.println("# " + String.join("; ", run.facts().values()));
    measure();
    System.out.println("# results: " + results().file(name()));
    return 0;
  }

  final Results results() {
    return new Results(out);
  }

  final Rounds rounds() {
    return new Rounds(rounds, milliseconds * 1_000_000);
  }

  /// One thread, and all.
  static List<Integer> oneAndAll() {
    int all = NativeRuntime.describe().threads();
    return all == 1 ? List.of(1) : List.of(1, all);
  }

  /// Prints and keeps.
  final void record(List<Entry> entries) {
    System.out.println(table().of(entries));
    keep(entries);
  }

  /// Keeps what was measured so far.
  final void keep(List<Entry> entries) {
    results().add(name(), run, entries);
  }

  final RunFacts facts() {
    return run;
  }

  /// A step beside its floor, in turns.
  final Entry besideFloor(
      Entry entry, Runnable step, Runnable floor, long weights, Floor.Loop loop) {
    double[][] nanos = rounds().time(List.of(step, floor));
    double[] ratios = new double[nanos[0].length];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = nanos[0][i] / nanos[1][i];
    }
    return entry
        .primary("ns/op", nanos[0])
        .secondary("floor", "ns/op", nanos[1])
        .secondary("xOfFloor", "", ratios)
        .secondary("bytes", "B/op", (double) weights * loop.bytes);
  }

  /// GB/s of a median time.
  static String bandwidth(Entry entry, double nanos) {
    return Table.number("%.1f", entry.median("bytes") / nanos);
  }

  /// The step's quickest round in units of the floor's: what both do when nobody disturbs them.
  static double ofBestRounds(Entry entry) {
    return entry.quantile(0) / entry.quantile("floor", 0);
  }

  /// Columns of a step beside its floor.
  static Table besideFloor(Table table) {
    return table
        .number("threads", e -> e.param("threads"))
        .number("MB moved", e -> Table.number("%.3f", e.median("bytes") / 1e6))
        .number("time", e -> Table.time(e.median()))
        .number("GB/s", e -> bandwidth(e, e.median()))
        .number("floor GB/s", e -> bandwidth(e, e.median("floor")))
        .number("x of floor (quartiles)", e -> Table.quartiles("%.2f", e, "xOfFloor"))
        .number("of best rounds", e -> Table.number("%.2f", ofBestRounds(e)));
  }

  static <T> List<T> orDefault(List<T> given, List<T> otherwise) {
    return given == null || given.isEmpty() ? otherwise : new ArrayList<>(given);
  }
}
