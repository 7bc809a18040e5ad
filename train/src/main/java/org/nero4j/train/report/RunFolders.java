package org.nero4j.train.report;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Finds run folders, which are those that hold a `run.json`.
public final class RunFolders {
  private RunFolders() {}

  /// Reads every run in the given folders and below them, each once, in the order of their paths.
  ///
  /// @throws ReportException if a folder is missing or holds no run, or a run cannot be read
  public static List<Run> read(List<Path> folders) {
    Map<Path, String> found = new LinkedHashMap<>();
    for (Path folder : folders) {
      if (!Files.isDirectory(folder)) {
        throw new ReportException(folder + ": expected a folder, found none");
      }
      Path start = real(folder);
      List<Path> runs = below(start);
      if (runs.isEmpty()) {
        throw new ReportException(folder + ": expected a run.json here or in a folder below");
      }
      runs.forEach(run -> found.putIfAbsent(run, label(folder, start, run)));
    }
    List<Run> runs = new ArrayList<>();
    found.forEach((folder, label) -> runs.add(RunReader.read(folder, label)));
    return runs;
  }

  /// A link is followed where the user names it, and not below, where it could lead in a circle.
  private static Path real(Path folder) {
    try {
      return folder.toRealPath();
    } catch (IOException e) {
      throw new ReportException(folder + ": cannot be read: " + e.getMessage(), e);
    }
  }

  private static List<Path> below(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(file -> file.endsWith("run.json") && Files.isRegularFile(file))
          .map(Path::getParent)
          .sorted()
          .toList();
    } catch (IOException | UncheckedIOException e) {
      throw new ReportException(folder + ": cannot be searched: " + e.getMessage(), e);
    }
  }

  /// The run's path from the folder that the user gave, whose own name comes first.
  private static String label(Path folder, Path start, Path run) {
    Path name = folder.toAbsolutePath().normalize().getFileName();
    return Path.of(name == null ? "" : name.toString())
        .resolve(start.relativize(run))
        .normalize()
        .toString();
  }
}
