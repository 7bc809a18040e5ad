package org.nero4j.train.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nero4j.train.data.Augmentation;
import org.nero4j.train.data.Dataset;
import org.nero4j.train.data.Datasets;
import org.nero4j.train.loop.Epoch;
import org.nero4j.train.loop.Outcome;
import org.nero4j.train.loop.Schedule;
import org.tensorflow.proto.Event;
import org.tensorflow.proto.Summary;

class RunTest {
  private static final Dataset.Split DATA = Datasets.open("sample").limited(600, 200);
  private static final JsonMapper JSON = new JsonMapper();

  @TempDir private Path temporary;

  private static RunSettings settings(String optimizer) {
    return new RunSettings(
        "a run",
        "an experiment",
        "an arm",
        "sample",
        600,
        200,
        Augmentation.NONE,
        ModelSettings.of(ModelKind.MLP, 2, 12),
        OptimizerSettings.parse(optimizer),
        Schedule.parse("exponential:0.5"),
        3,
        100,
        4,
        1);
  }

  private static Run.Result run(RunSettings settings, Path folder) {
    return new Run(settings, DATA).in(folder).execute(new Run.Listener() {}, () -> false);
  }

  private static JsonNode json(Path file) throws IOException {
    return JSON.readTree(Files.readString(file));
  }

  @Test
  void theDescriptionHoldsSettingsMachineAndResult() throws IOException {
    Path folder = temporary.resolve("deep/run");
    Run.Result result = run(settings("lamb:lr=0.02,constraint=norm,beta1=0.5,preset=apex"), folder);
    JsonNode run = json(folder.resolve("run.json"));
    assertThat(run.get("format").asInt()).isEqualTo(1);
    assertThat(run.get("name").asText()).isEqualTo("a run");
    assertThat(run.get("experiment").asText()).isEqualTo("an experiment");
    assertThat(run.get("arm").asText()).isEqualTo("an arm");
    assertThat(run.get("status").asText()).isEqualTo("finished");
    assertThat(run.get("machine").asText()).contains("cores");
    assertThat(run.get("model").toString())
        .isEqualTo("{\"name\":\"mlp\",\"weights\":9550,\"depth\":2,\"width\":12,\"bias\":true}");
    assertThat(run.get("data").get("train").asInt()).isEqualTo(600);
    assertThat(run.get("data").get("test").asInt()).isEqualTo(200);
    assertThat(run.get("optimizer").toString())
        .isEqualTo(
            "{\"name\":\"lamb\",\"learningRate\":0.02,\"constraint\":\"norm\",\"beta1\":0.5,"
                + "\"preset\":\"apex\"}");
    assertThat(run.get("schedule").asText()).isEqualTo("exponential:0.5");
    assertThat(run.get("seed").asLong()).isEqualTo(4);
    assertThat(run.get("stateBytes").asLong()).isEqualTo(result.start().stateBytes());
    assertThat(run.get("adamStateBytes").asLong()).isEqualTo(8 * 9550);
    JsonNode found = run.get("result");
    assertThat(found.get("testAccuracy").asDouble()).isEqualTo(result.outcome().testAccuracy());
    assertThat(found.get("bestTestAccuracy").asDouble())
        .isEqualTo(result.outcome().bestTestAccuracy());
    assertThat(found.get("trainLoss").asDouble())
        .isEqualTo(result.outcome().epochs().getLast().trainLoss());
    assertThat(found.get("crc32").asText())
        .isEqualTo("%08x".formatted(result.outcome().weightsChecksum()));
  }

  @Test
  void theMetricsHoldALineAnEpoch() throws IOException {
    Run.Result result = run(settings("nero"), temporary.resolve("run"));
    List<String> lines = Files.readAllLines(temporary.resolve("run/metrics.jsonl"));
    assertThat(lines).hasSize(3);
    for (int i = 0; i < 3; i++) {
      JsonNode line = JSON.readTree(lines.get(i));
      Epoch epoch = result.outcome().epochs().get(i);
      assertThat(line.get("epoch").asInt()).isEqualTo(i + 1);
      assertThat(line.get("step").asInt()).isEqualTo(6 * (i + 1));
      assertThat(line.get("learningRate").asDouble()).isEqualTo(0.01 * Math.pow(0.5, i));
      assertThat(line.get("trainLoss").asDouble()).isEqualTo(epoch.trainLoss());
      assertThat(line.get("testLoss").asDouble()).isEqualTo(epoch.testLoss());
      assertThat(line.get("maxNormError").asDouble()).isLessThan(1e-6);
      assertThat(line.get("meanAngle").asDouble()).isEqualTo(epoch.balance().meanAngle());
    }
  }

  @Test
  void anIndependentReaderFindsTheMetricsInTheEvents() throws IOException {
    Run.Result result = run(settings("nero"), temporary.resolve("run"));
    Path file;
    try (Stream<Path> files = Files.list(temporary.resolve("run"))) {
      file = files.filter(f -> f.toString().contains("events.out.tfevents.")).findAny().get();
    }
    List<Event> events = EventReader.read(file);
    assertThat(events).hasSize(4);
    assertThat(events.getFirst().getFileVersion()).isEqualTo("brain.Event:2");
    assertThat(events.getFirst().getWallTime()).isGreaterThan(1.7e9);
    for (int i = 0; i < 3; i++) {
      Event event = events.get(i + 1);
      Epoch epoch = result.outcome().epochs().get(i);
      assertThat(event.getStep()).isEqualTo(epoch.step());
      Map<String, Float> scalars = new HashMap<>();
      for (Summary.Value value : event.getSummary().getValueList()) {
        scalars.put(value.getTag(), value.getSimpleValue());
      }
      assertThat(scalars)
          .hasSize(11)
          .containsEntry("testAccuracy", (float) epoch.testAccuracy())
          .containsEntry("trainLoss", (float) epoch.trainLoss())
          .containsEntry("maxAngle", (float) epoch.balance().maxAngle());
    }
  }

  @Test
  void theWeightsAreThoseOfTheChecksum() throws IOException {
    Run.Result result = run(settings("nero"), temporary.resolve("run"));
    byte[] file = Files.readAllBytes(temporary.resolve("run/weights.safetensors"));
    int length = Math.toIntExact(ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong());
    assertThat((8 + length) % 8).isZero();
    JsonNode header = JSON.readTree(new String(file, 8, length, StandardCharsets.UTF_8));
    assertThat(header.get("layers.0.weight").toString())
        .isEqualTo("{\"dtype\":\"F32\",\"shape\":[12,784],\"data_offsets\":[0,37632]}");
    assertThat(header.get("layers.0.bias").toString())
        .isEqualTo("{\"dtype\":\"F32\",\"shape\":[12],\"data_offsets\":[37632,37680]}");
    CRC32 crc = new CRC32();
    crc.update(file, 8 + length, file.length - 8 - length);
    assertThat(crc.getValue()).isEqualTo(result.outcome().weightsChecksum());
    ByteBuffer floats = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    double squares = 0;
    for (int i = 0; i < 784; i++) {
      squares += Math.pow(floats.getFloat(8 + length + 4 * i), 2);
    }
    assertThat(squares).as("norm of the first neuron").isCloseTo(1, within(1e-5));
  }

  @Test
  void aLossThatIsNoNumberIsNull() throws IOException {
    run(settings("sgd:lr=1000000"), temporary.resolve("run"));
    List<String> lines = Files.readAllLines(temporary.resolve("run/metrics.jsonl"));
    JsonNode last = JSON.readTree(lines.getLast());
    assertThat(last.has("trainLoss")).isTrue();
    assertThat(last.get("trainLoss").isNull()).isTrue();
    JsonNode run = json(temporary.resolve("run/run.json"));
    assertThat(run.get("status").asText()).isEqualTo("finished");
    assertThat(run.get("diverged").asBoolean()).isTrue();
    assertThat(run.get("result").get("trainLoss").isNull()).isTrue();
  }

  @Test
  void aRunThatFailsSaysSoAndOneThatIsGoingOnToo() throws IOException {
    Path folder = temporary.resolve("run");
    String[] status = new String[1];
    Run.Listener failing =
        new Run.Listener() {
          @Override
          public void epoch(Epoch epoch) {
            try {
              status[0] = json(folder.resolve("run.json")).get("status").asText();
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
            throw new IllegalStateException("out of patience");
          }
        };
    assertThatThrownBy(
            () -> new Run(settings("nero"), DATA).in(folder).execute(failing, () -> false))
        .hasMessage("out of patience");
    assertThat(status[0]).isEqualTo("running");
    JsonNode run = json(folder.resolve("run.json"));
    assertThat(run.get("status").asText()).isEqualTo("failed");
    assertThat(run.get("error").asText()).isEqualTo("out of patience");
    assertThat(run.get("result").isNull()).isTrue();
  }

  @Test
  void aStoppedRunKeepsWhatItReached() throws IOException {
    Path folder = temporary.resolve("run");
    int[] batches = {0};
    Run.Listener counting =
        new Run.Listener() {
          @Override
          public void batch(int epoch, int batch, int rows, double loss, int correct) {
            batches[0]++;
          }
        };
    Run.Result result =
        new Run(settings("nero"), DATA).in(folder).execute(counting, () -> batches[0] == 2);
    assertThat(result.outcome().ending()).isEqualTo(Outcome.Ending.STOPPED);
    JsonNode run = json(folder.resolve("run.json"));
    assertThat(run.get("status").asText()).isEqualTo("interrupted");
    assertThat(run.get("steps").asInt()).isEqualTo(2);
    assertThat(run.get("result").isNull()).isTrue();
    assertThat(folder.resolve("weights.safetensors")).exists();
  }

  @Test
  void aFolderInUseIsLeftAlone() throws IOException {
    Path other = Files.createDirectories(temporary.resolve("other"));
    Files.writeString(other.resolve("letter.txt"), "dear");
    refused(other, "is not empty");
    refused(other.resolve("letter.txt"), "is a file");
    run(settings("nero"), temporary.resolve("run"));
    refused(temporary.resolve("run"), "already holds a run");
    assertThat(Files.readString(other.resolve("letter.txt"))).isEqualTo("dear");
  }

  private static void refused(Path folder, String why) {
    assertThatThrownBy(() -> run(settings("nero"), folder))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(folder.toString())
        .hasMessageContaining(why);
  }

  @Test
  void wrongHyperParametersLeaveNoFolder() {
    Path folder = temporary.resolve("run");
    assertThatThrownBy(() -> run(settings("sgd:momentum=2"), folder))
        .hasMessageContaining("momentum is 2");
    assertThat(folder).doesNotExist();
  }
}
