package org.nero4j.train.report;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// One run folder: what was trained, how, and what came out. Anything but the status and the
/// optimiser's name may be absent, which is null here.
///
/// @param label the folder as the page names it, relative to what the user gave
/// @param settings what makes two runs comparable as seeds of one another, flattened: `model.name`,
///   `optimizer.beta`, `schedule`, ... without the learning rate and the seed
/// @param diverged whether the loss left the finite numbers; such a run may still have a result
/// @param result null for a run that has not finished
public record Run(
    Path folder,
    String label,
    Status status,
    boolean diverged,
    String experiment,
    String arm,
    Map<String, String> settings,
    Double learningRate,
    Long seed,
    Long stateBytes,
    Long adamStateBytes,
    Provenance provenance,
    Result result,
    List<Epoch> epochs) {

  /// How far a run came.
  public enum Status {
    RUNNING,
    FINISHED,
    INTERRUPTED,
    FAILED;

    /// As `run.json` and the page have it.
    public String word() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /// Where and when a run took place.
  public record Provenance(
      String version,
      String commit,
      String started,
      String finished,
      String machine,
      String java,
      Long threads,
      String cpuLevel) {}

  /// What a finished run came to; a value that is not finite is null.
  public record Result(
      Double testAccuracy,
      Double bestTestAccuracy,
      Double trainAccuracy,
      Double trainLoss,
      Double samplesPerSecond,
      Double stepShare,
      Double stepMicros,
      String crc32) {}

  /// One line of `metrics.jsonl`; measures that are absent or null there are absent here.
  public record Epoch(int number, Map<Measure, Double> measures) {}

  /// Whether it went through all its epochs, or to the end of the finite numbers, and has a result.
  boolean isFinished() {
    return status == Status.FINISHED && result != null;
  }

  /// A setting by its flattened name, or the word for its absence.
  String setting(String name, String absent) {
    return settings.getOrDefault(name, absent);
  }

  /// The optimiser's name as papers write it.
  String optimizer() {
    return Words.optimizer(settings.get("optimizer.name"));
  }
}
