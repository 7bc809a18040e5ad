package org.nero4j.train.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nero4j.train.data.Augmentation;
import org.nero4j.train.data.Dataset;
import org.nero4j.train.data.Datasets;
import org.nero4j.train.loop.Schedule;
import org.nero4j.train.nn.Initialization;
import org.tensorflow.proto.Event;
import org.tensorflow.proto.Summary;

/// Runs that are cut off and go on. Six batches an epoch, three epochs.
class ResumeTest {
  private static final Dataset.Split DATA = Datasets.open("sample").limited(600, 200);
  private static final JsonMapper JSON = new JsonMapper();
  private static final List<String> TIMES = List.of("seconds", "stepSeconds", "wallTime");

  @TempDir private Path temporary;

  private static RunSettings settings(ModelSettings model, String optimizer) {
    return new RunSettings(
        "a run",
        null,
        null,
        "sample",
        600,
        200,
        Augmentation.FLIP,
        model,
        OptimizerSettings.parse(optimizer),
        Schedule.parse("warmup:1+exponential:0.77777"),
        3,
        100,
        4,
        1);
  }

  private static RunSettings settings() {
    return settings(ModelSettings.of(ModelKind.MLP, 2, 12), "adam");
  }

  /// A power cut, to whoever runs within this process.
  private static final class Cut extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /// @param batch of this call, from 1, in which to cut it off
  private static Run.Listener cutting(int batch) {
    int[] seen = {0};
    return new Run.Listener() {
      @Override
      public void batch(int epoch, int number, int rows, double loss, int correct) {
        if (++seen[0] == batch) {
          throw new Cut();
        }
      }
    };
  }

  private static Run run(RunSettings settings, Path folder) {
    return new Run(settings, DATA).in(folder).checkpointEvery(0);
  }

  private static final BooleanSupplier NEVER = () -> false;

  private static List<ObjectNode> metrics(Path folder) throws IOException {
    List<ObjectNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(folder.resolve("metrics.jsonl"))) {
      lines.add(((ObjectNode) JSON.readTree(line)).remove(TIMES));
    }
    return lines;
  }

  /// Steps and scalars of the only event file.
  private static List<String> events(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> found =
          files.filter(file -> file.getFileName().toString().startsWith("events.")).toList();
      assertThat(found).hasSize(1);
      List<String> all = new ArrayList<>();
      for (Event event : EventReader.read(found.getFirst())) {
        StringBuilder text = new StringBuilder(event.getFileVersion() + event.getStep());
        for (Summary.Value value : event.getSummary().getValueList()) {
          if (!TIMES.contains(value.getTag())) {
            text.append(' ').append(value.getTag()).append('=').append(value.getSimpleValue());
          }
        }
        all.add(text.toString());
      }
      return all;
    }
  }

  private static JsonNode description(Path folder) throws IOException {
    return JSON.readTree(folder.resolve("run.json").toFile());
  }

  /// All that a run leaves behind but its times.
  private static void assertAlike(Path found, Path expected) throws IOException {
    assertThat(metrics(found)).isEqualTo(metrics(expected));
    assertThat(events(found)).isEqualTo(events(expected));
    Path weights = expected.resolve("weights.safetensors");
    assertThat(Files.mismatch(found.resolve("weights.safetensors"), weights)).isEqualTo(-1);
    List<String> speeds = List.of("samplesPerSecond", "stepShare", "stepMicros");
    JsonNode result = ((ObjectNode) description(found).get("result")).remove(speeds);
    assertThat(result).isEqualTo(((ObjectNode) description(expected).get("result")).remove(speeds));
    assertThat(description(found).get("status").asText()).isEqualTo("finished");
    assertThat(description(found).get("steps")).isEqualTo(description(expected).get("steps"));
    assertThat(found.resolve("checkpoint.safetensors")).doesNotExist();
  }

  @Test
  void aRunCutOffAnywhereEndsLikeOneThatWasNot() throws IOException {
    Path whole = temporary.resolve("whole");
    run(settings(), whole).execute(new Run.Listener() {}, NEVER);
    for (int batch : new int[] {2, 6, 7, 16, 18}) {
      Path cut = temporary.resolve("cut" + batch);
      assertThatThrownBy(() -> run(settings(), cut).execute(cutting(batch), NEVER))
          .isInstanceOf(Cut.class);
      Run.Result result = run(settings(), cut).resume(new Run.Listener() {}, NEVER);
      assertThat(result.start().from().steps(6)).isEqualTo(batch - 1);
      assertThat(description(cut).get("resumed")).hasSize(1);
      assertAlike(cut, whole);
    }
  }

  @Test
  void aRunCutOffAgainAndAgainEndsLikeOneThatWasNot() throws IOException {
    RunSettings settings =
        settings(ModelSettings.of(ModelKind.MLP, 2, 12).withWeightNorm(2), "lamb");
    Path whole = temporary.resolve("whole");
    run(settings, whole).execute(new Run.Listener() {}, NEVER);
    Path cut = temporary.resolve("cut");
    assertThatThrownBy(() -> run(settings, cut).execute(cutting(4), NEVER)).isInstanceOf(Cut.class);
    for (int i = 0; i < 5; i++) {
      assertThatThrownBy(() -> run(settings, cut).resume(cutting(3), NEVER))
          .isInstanceOf(Cut.class);
    }
    run(settings, cut).resume(new Run.Listener() {}, NEVER);
    assertAlike(cut, whole);
  }

  @Test
  void epochsAfterTheCheckpointAreWrittenOnce() throws IOException {
    Path whole = temporary.resolve("whole");
    run(settings(), whole).execute(new Run.Listener() {}, NEVER);
    // The power fails an epoch and a half after the checkpoint; what was not forced is torn.
    Path cut = temporary.resolve("cut");
    Path kept = temporary.resolve("kept");
    assertThatThrownBy(() -> run(settings(), cut).execute(cutting(8), NEVER))
        .isInstanceOf(Cut.class);
    Files.copy(cut.resolve("checkpoint.safetensors"), kept);
    assertThatThrownBy(() -> run(settings(), cut).resume(cutting(9), NEVER))
        .isInstanceOf(Cut.class);
    assertThat(metrics(cut)).hasSize(2);
    Files.copy(kept, cut.resolve("checkpoint.safetensors"), StandardCopyOption.REPLACE_EXISTING);
    Files.writeString(cut.resolve("metrics.jsonl"), "\0\0\0{\"epo");
    Files.writeString(cut.resolve("run.json"), "\0\0");
    run(settings(), cut).resume(new Run.Listener() {}, NEVER);
    assertAlike(cut, whole);
  }

  @Test
  void aRunThatWasStoppedGoesOnAfterTheBatch() throws IOException {
    Path whole = temporary.resolve("whole");
    run(settings(), whole).execute(new Run.Listener() {}, NEVER);
    Path cut = temporary.resolve("cut");
    int[] asked = {0};
    // Checkpoints are far between: it is the stop that keeps what was reached.
    Run.Result first =
        new Run(settings(), DATA).in(cut).execute(new Run.Listener() {}, () -> ++asked[0] == 9);
    assertThat(first.outcome().steps()).isEqualTo(9);
    Run.Result second = run(settings(), cut).resume(new Run.Listener() {}, NEVER);
    assertThat(second.start().from().steps(6)).isEqualTo(9);
    assertAlike(cut, whole);
  }

  @Test
  void aShortRunWritesNoCheckpoint() {
    Path folder = temporary.resolve("run");
    boolean[] seen = {false};
    Run.Listener looking =
        new Run.Listener() {
          @Override
          public void batch(int epoch, int batch, int rows, double loss, int correct) {
            seen[0] |= Run.hasCheckpoint(folder);
          }
        };
    new Run(settings(), DATA).in(folder).execute(looking, NEVER);
    assertThat(seen[0]).isFalse();
    run(settings(), temporary.resolve("other")).execute(looking, NEVER);
    assertThat(seen[0]).isFalse();
    Path again = temporary.resolve("again");
    assertThatThrownBy(() -> run(settings(), again).execute(cutting(2), NEVER))
        .isInstanceOf(Cut.class);
    assertThat(Run.hasCheckpoint(again)).isTrue();
  }

  @Test
  void aFolderInWhichARunIsGoingOnIsLeftAlone() {
    Path folder = temporary.resolve("run");
    Run.Listener intruding =
        new Run.Listener() {
          @Override
          public void batch(int epoch, int batch, int rows, double loss, int correct) {
            assertThatThrownBy(() -> run(settings(), folder).resume(new Run.Listener() {}, NEVER))
                .isInstanceOf(RunException.class)
                .hasMessageContaining("another run is at work in " + folder);
          }
        };
    run(settings(), folder).execute(intruding, NEVER);
    assertThat(RunReport.readFinished(folder)).isNotNull();
  }

  static List<RunSettings> everySetting() {
    ModelSettings mlp = ModelSettings.of(ModelKind.MLP, 3, 17);
    List<RunSettings> all = new ArrayList<>();
    all.add(settings(mlp.withInitialization(Initialization.KAIMING_FAN_OUT), "nero:beta=0.90"));
    all.add(settings(mlp.withoutBias(), "nero:constraint=none,scale=current,lr=0.012345678901"));
    all.add(settings(mlp.withWeightNorm(100), "sgd:momentum=0.5,nesterov=true"));
    all.add(settings(mlp.withBfloat16(true), "lamb:preset=pytorch-optimizer,constraint=norm"));
    for (ModelKind kind : ModelKind.values()) {
      for (OptimizerKind optimizer : OptimizerKind.values()) {
        all.add(settings(ModelSettings.of(kind, null, null), optimizer.toString()));
      }
    }
    return all;
  }

  @ParameterizedTest
  @MethodSource("everySetting")
  void settingsAreReadFromTheDescription(RunSettings settings) throws IOException {
    Run.Start start = new Run.Start(settings, DATA, 1, 1, 1, "", null);
    String text = new RunDescription(start, null, null).running().toString();
    RunSettings read = SettingsJson.read(JSON.readTree(text));
    assertThat(SettingsJson.fingerprint(read)).isEqualTo(SettingsJson.fingerprint(settings));
    String hyper = "hyper=\\{.*?}";
    assertThat(read.toString().replaceAll(hyper, ""))
        .isEqualTo(settings.toString().replaceAll(hyper, ""));
  }

  @Test
  void everySettingHasAFingerprintOfItsOwn() {
    assertThat(everySetting().stream().map(SettingsJson::fingerprint)).doesNotHaveDuplicates();
  }

  @Test
  void aDescriptionThatCannotBeReadIsRefused() throws IOException {
    Path folder = temporary.resolve("run");
    assertThatThrownBy(() -> Run.unfinished(folder))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("holds no run");
    run(settings(), folder).execute(new Run.Listener() {}, NEVER);
    assertThatThrownBy(() -> Run.unfinished(folder))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is finished");
    String text =
        Files.readString(folder.resolve("run.json")).replace("\"finished\",", "\"running\",");
    for (String[] change :
        new String[][] {
          {"\"format\" : 1", "\"format\" : 2", "its format is 2, this version reads 1"},
          {"\"source\"", "\"sauce\"", "no 'source.data'"},
          {"\"epochs\" : 3", "\"epochs\" : \"many\"", "'epochs' is \"many\""},
          {"\"depth\"", "\"experts\"", "no 'model.experts'"},
          {"\"adam\"", "\"adamant\"", "optimizer is 'adamant'"},
          {"\"constraint\"", "\"momentum\" : 1, \"constraint\"", "adam has no momentum"},
          {"warmup:1", "cooldown:1", "cannot read schedule"},
          {"{", "[", "cannot read"},
        }) {
      assertThat(text).contains(change[0]);
      Files.writeString(
          folder.resolve("run.json"), text.replaceFirst("\\Q" + change[0], change[1]));
      assertThatThrownBy(() -> Run.unfinished(folder))
          .isInstanceOf(RunException.class)
          .hasMessageContainingAll(folder.resolve("run.json").toString(), change[2]);
    }
  }

  @Test
  void aRunWhoseMetricsAreDamagedIsNotFinished() throws IOException {
    Path folder = temporary.resolve("run");
    run(settings(), folder).execute(new Run.Listener() {}, NEVER);
    assertThat(RunReport.readFinished(folder).trainAccuracies()).hasSize(3);
    Path metrics = folder.resolve("metrics.jsonl");
    List<String> lines = Files.readAllLines(metrics);
    for (String damaged :
        new String[] {
          "",
          "\n",
          lines.get(0) + "\n",
          lines.get(0) + "\n" + lines.get(1) + "\n",
          lines.get(0) + "\n" + lines.get(2) + "\n",
          String.join("\n", lines).substring(0, 900),
          "\0".repeat(1000),
          lines.get(0) + "\n\n" + lines.get(1) + "\n" + lines.get(2)
        }) {
      Files.writeString(metrics, damaged);
      assertThat(RunReport.readFinished(folder)).as(damaged).isNull();
    }
    Files.write(metrics, new byte[] {(byte) 0xff, (byte) 0xfe});
    assertThat(RunReport.readFinished(folder)).isNull();
    Files.write(metrics, lines);
    assertThat(RunReport.readFinished(folder)).isNotNull();
    Files.delete(metrics);
    assertThat(RunReport.readFinished(folder)).isNull();
    Files.write(metrics, lines);
    Files.writeString(folder.resolve("run.json"), "\0\0\0");
    assertThat(RunReport.readFinished(folder)).isNull();
  }

  @Test
  void aRunThatDivergedIsFinished() {
    Path folder = temporary.resolve("run");
    RunSettings wild = settings(ModelSettings.of(ModelKind.MLP, 2, 12), "sgd:lr=1000000");
    run(wild, folder).execute(new Run.Listener() {}, NEVER);
    assertThat(RunReport.readFinished(folder).diverged()).isTrue();
  }

  @Test
  void firstWeightsComeFromAFile() throws IOException {
    Path first = temporary.resolve("first");
    Run.Result before = run(settings(), first).execute(new Run.Listener() {}, NEVER);
    Path weights = first.resolve("weights.safetensors");
    Path second = temporary.resolve("second");
    // A rate of 0 moves nothing.
    RunSettings still = settings(ModelSettings.of(ModelKind.MLP, 2, 12), "adam:lr=0");
    Run.Result after = run(still, second).from(weights).execute(new Run.Listener() {}, NEVER);
    assertThat(after.outcome().weightsChecksum()).isEqualTo(before.outcome().weightsChecksum());
    assertThat(after.outcome().testAccuracy()).isEqualTo(before.outcome().testAccuracy());
    assertThat(description(second).get("from").asText()).isEqualTo(weights.toString());
    refused(
        ModelSettings.of(ModelKind.MLP, 2, 13),
        weights,
        "layers.0.weight",
        "[12, 784]",
        "[13, 784]");
    refused(
        ModelSettings.of(ModelKind.MLP, 2, 12).withoutBias(),
        weights,
        "has 4 tensors, among them 'layers.0.bias'",
        "none of the model's 2");
    refused(ModelSettings.of(ModelKind.MLP, 1, 12), weights, "layers.0.weight", "[10, 784]");
    Path text = Files.writeString(temporary.resolve("text"), "these are no weights");
    refused(ModelSettings.of(ModelKind.MLP, 2, 12), text, "is damaged or no safetensors file");
    refused(ModelSettings.of(ModelKind.MLP, 2, 12), temporary.resolve("none"), "cannot read");
  }

  private void refused(ModelSettings model, Path weights, String... why) {
    Path folder = temporary.resolve("refused");
    assertThatThrownBy(
            () ->
                run(settings(model, "adam"), folder)
                    .from(weights)
                    .execute(new Run.Listener() {}, NEVER))
        .isInstanceOf(RunException.class)
        .hasMessageContaining(weights.toString())
        .hasMessageContainingAll(why);
    assertThat(folder).doesNotExist();
  }
}
