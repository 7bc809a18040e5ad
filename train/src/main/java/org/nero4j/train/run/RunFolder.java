package org.nero4j.train.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.nero4j.train.loop.Epoch;
import org.nero4j.train.loop.Progress;
import org.nero4j.train.nn.Model;

/// What a run leaves behind: `run.json` (settings, machine, status, result), `metrics.jsonl` (a
/// line an epoch), a TensorBoard event file, `weights.safetensors`, and until it is finished a
/// [Checkpoint].
///
/// `run.json`, weights and checkpoint are replaced as a whole, so that a killed run leaves a folder
/// whose status is `running`, never half a file. Metrics and events, which grow line by line, are
/// on the disk before `run.json` says `finished`; of a run that goes on they are written anew from
/// the checkpoint, so that no epoch is there twice.
final class RunFolder implements AutoCloseable {
  static final String RUN = "run.json";
  static final String METRICS = "metrics.jsonl";
  static final String WEIGHTS = "weights.safetensors";

  static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private final Path folder;
  private final FileChannel metrics;
  private EventFile events;

  /// @throws IllegalArgumentException if something is in the way, naming it
  static void requireFree(Path folder) {
    if (!Files.exists(folder)) {
      return;
    }
    if (!Files.isDirectory(folder)) {
      throw new IllegalArgumentException("%s is a file, a run needs a folder".formatted(folder));
    }
    try (Stream<Path> entries = Files.list(folder)) {
      if (entries.findAny().isPresent()) {
        throw new IllegalArgumentException(
            Files.exists(folder.resolve(RUN))
                ? "%s already holds a run".formatted(folder)
                : "%s is not empty".formatted(folder));
      }
    } catch (IOException e) {
      throw new RunException("%s: %s".formatted(folder, e), e);
    }
  }

  /// Makes one for a run that begins.
  ///
  /// @throws IllegalArgumentException if something is in the way, naming it
  static RunFolder create(Path folder) {
    requireFree(folder);
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw cannotWrite(folder, e);
    }
    return new RunFolder(folder);
  }

  /// Opens that of a run that goes on.
  ///
  /// @throws RunException if another process is at work in it
  static RunFolder reopen(Path folder) {
    return new RunFolder(folder);
  }

  private RunFolder(Path folder) {
    this.folder = folder;
    try {
      metrics =
          FileChannel.open(
              folder.resolve(METRICS), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw cannotWrite(folder, e);
    }
    try {
      // The system takes the lock back when the process ends, however it ends.
      if (metrics.tryLock() == null) {
        throw new OverlappingFileLockException();
      }
    } catch (OverlappingFileLockException e) {
      close();
      throw new RunException("another run is at work in " + folder, e);
    } catch (IOException e) {
      close();
      throw cannotWrite(folder, e);
    }
  }

  /// Has metrics and events begin with epochs that are done already.
  void begin(List<Epoch> done) {
    try {
      for (Path old : eventFiles()) {
        Files.delete(old);
      }
      metrics.truncate(0);
      events = new EventFile(folder, System.currentTimeMillis() / 1e3);
    } catch (IOException e) {
      throw cannotWrite(folder, e);
    }
    done.forEach(this::add);
  }

  private List<Path> eventFiles() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.getFileName().toString().startsWith(EventFile.PREFIX))
          .toList();
    }
  }

  /// What `run.json` says; null if there is none that can be read.
  JsonNode description() {
    try {
      return JSON.readTree(folder.resolve(RUN).toFile());
    } catch (IOException e) {
      return null;
    }
  }

  static Path checkpoint(Path folder) {
    return folder.resolve(Checkpoint.NAME);
  }

  /// Replaces `run.json`.
  void describe(ObjectNode run) {
    try {
      byte[] bytes = (JSON.writeValueAsString(run) + "\n").getBytes(StandardCharsets.UTF_8);
      AtomicFile.write(
          folder.resolve(RUN), channel -> AtomicFile.drain(channel, ByteBuffer.wrap(bytes)));
    } catch (IOException e) {
      throw new RunException("cannot write %s: %s".formatted(folder.resolve(RUN), e), e);
    }
  }

  /// Adds an epoch to the metrics and the events.
  void add(Epoch epoch) {
    byte[] line = (EpochLine.write(epoch) + "\n").getBytes(StandardCharsets.UTF_8);
    try {
      AtomicFile.drain(metrics, ByteBuffer.wrap(line));
      events.add(epoch.wallTime(), epoch.step(), EpochLine.scalars(epoch));
    } catch (IOException e) {
      throw cannotWrite(folder, e);
    }
  }

  /// Returns once metrics and events are on the disk: only then may `run.json` say that the run is
  /// finished.
  void force() {
    try {
      metrics.force(true);
      events.force();
    } catch (IOException e) {
      throw cannotWrite(folder, e);
    }
  }

  void save(Checkpoint checkpoint, Progress progress) {
    try {
      checkpoint.write(progress);
    } catch (IOException e) {
      throw new RunException("cannot write %s: %s".formatted(checkpoint.file(), e), e);
    }
  }

  /// Of a run that is finished, which needs none.
  void removeCheckpoint() {
    try {
      Files.deleteIfExists(checkpoint(folder));
    } catch (IOException e) {
      throw cannotWrite(folder, e);
    }
  }

  void saveWeights(Model model, Map<String, String> metadata) {
    try {
      WeightsFile.write(folder.resolve(WEIGHTS), model, metadata);
    } catch (IOException e) {
      throw new RunException("cannot write %s: %s".formatted(folder.resolve(WEIGHTS), e), e);
    }
  }

  /// JSON has no NaN and no infinity; they are null.
  static void number(ObjectNode node, String name, double value) {
    if (Double.isFinite(value)) {
      node.put(name, value);
    } else {
      node.putNull(name);
    }
  }

  private static RunException cannotWrite(Path folder, IOException e) {
    return new RunException("cannot write to %s: %s".formatted(folder, e), e);
  }

  @Override
  public void close() {
    try (metrics) {
      if (events != null) {
        events.close();
      }
    } catch (IOException e) {
      throw cannotWrite(folder, e);
    }
  }
}
