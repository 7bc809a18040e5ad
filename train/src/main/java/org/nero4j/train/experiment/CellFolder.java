package org.nero4j.train.experiment;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.nero4j.train.run.RunException;
import org.nero4j.train.run.RunReport;
import org.nero4j.train.run.RunSettings;

/// Where a cell of a grid keeps its run. Its name is readable and ends with a hash of all settings,
/// so a changed setting is another cell.
///
/// @param path of the folder
record CellFolder(Path path) {
  static CellFolder of(Path grid, RunSettings settings) {
    String readable =
        "%s-lr%s-seed%d"
            .formatted(
                settings.arm(),
                GridTable.number(settings.optimizer().learningRate()),
                settings.seed())
            .toLowerCase(Locale.ROOT)
            .replaceAll("[^a-z0-9.]+", "-");
    return new CellFolder(grid.resolve(readable + "-" + hash(settings.toString())));
  }

  private static String hash(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, 4);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /// The finished run; null if there is none.
  RunReport finished() {
    return RunReport.readFinished(path);
  }

  /// Removes what a run left that was killed, stopped or failed, and cannot go on. A folder without
  /// a run's files is not one of ours, and stays.
  void clear() {
    if (!Files.exists(path)) {
      return;
    }
    try {
      List<Path> files;
      try (Stream<Path> entries = Files.list(path)) {
        files = entries.toList();
      }
      for (Path file : files) {
        String name = file.getFileName().toString();
        if (!name.matches(
            "(run\\.json|(weights|checkpoint)\\.safetensors)(\\.partial)?|metrics\\.jsonl"
                + "|events\\.out\\.tfevents\\..*")) {
          throw new RunException(
              "%s is in the way: it is none of a run's files, so the run there is not started again"
                  .formatted(file));
        }
      }
      for (Path file : files) {
        Files.delete(file);
      }
      Files.delete(path);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot clear " + path, e);
    }
  }
}
