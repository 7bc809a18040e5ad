package org.nero4j.tests;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.nero4j.Layout;

/// What the suite under PTX emulation covered: kernels and launches as the emulator counted them,
/// shapes as the tests stepped them, here and in the native tests.
final class CudaCoverage {
  private final Set<String> kernels = new TreeSet<>();
  private final Set<String> shapes = new TreeSet<>();
  private long launches;
  private long faults;
  private int nativeReports;

  /// All tensors of a golden file, which is run in this layout.
  void addShapes(String file, Layout layout) {
    for (Trajectory.Tensor t : Trajectory.of(file).tensors()) {
      Layout its = t.matrix() ? layout : Layout.VECTOR;
      shapes.add("%s %d x %d".formatted(its, t.neurons(), t.fanIn()));
    }
  }

  /// A report of the emulator: a JSON object a line, a line a kernel.
  void addReport(Path report) throws IOException {
    ObjectMapper json = new ObjectMapper();
    for (String line : Files.readAllLines(report)) {
      JsonNode kernel = json.readTree(line);
      kernels.add(kernel.get("kernel").asText());
      launches += kernel.get("launches").asLong();
      faults += kernel.get("faults").asLong();
    }
  }

  /// What the native tests left beside the emulated library; nothing where they did not run.
  void addNativeTests(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (Stream<Path> found = Files.list(folder)) {
      List<Path> files = found.toList();
      for (Path file : files) {
        if (file.toString().endsWith(".kernels")) {
          addReport(file);
          nativeReports++;
        } else if (file.toString().endsWith(".shapes")) {
          shapes.addAll(Files.readAllLines(file));
        }
      }
    }
  }

  /// What this process has launched.
  void addThisProcess(Path emulator) throws Throwable {
    Path report = Files.createTempFile("ptx-emulation", ".kernels");
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment write =
          SymbolLookup.libraryLookup(emulator, arena).findOrThrow("ptxemuWriteReport");
      int failed =
          (int)
              Linker.nativeLinker()
                  .downcallHandle(
                      write, FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS))
                  .invokeExact(arena.allocateFrom(report.toString()));
      if (failed != 0) {
        throw new IOException("the emulator did not write its report");
      }
      addReport(report);
    } finally {
      Files.delete(report);
    }
  }

  /// How many kernels were launched.
  int kernels() {
    return kernels.size();
  }

  /// How many launches went wrong: reached beyond memory, raced, or never ended.
  long faults() {
    return faults;
  }

  @Override
  public String toString() {
    return "%,d kernels, %,d shapes, %,d launches, %,d faults%s"
        .formatted(
            kernels.size(),
            shapes.size(),
            launches,
            faults,
            nativeReports == 0 ? " (the native tests did not run)" : "");
  }
}
