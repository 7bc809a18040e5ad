package org.nero4j.train.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nero4j.CpuSettings;
import org.nero4j.Device;
import org.nero4j.Optimizer;
import org.nero4j.Parameter;
import org.nero4j.StateInfo;
import org.nero4j.train.data.Augmentation;
import org.nero4j.train.data.Dataset;
import org.nero4j.train.data.Datasets;
import org.nero4j.train.loop.Epoch;
import org.nero4j.train.loop.Plan;
import org.nero4j.train.loop.Progress;
import org.nero4j.train.loop.Schedule;
import org.nero4j.train.loop.Trainer;
import org.nero4j.train.nn.Initialization;
import org.nero4j.train.nn.Model;
import org.nero4j.train.nn.ModelParameter;
import org.nero4j.train.nn.Network;
import org.nero4j.train.nn.Window;

class CheckpointTest {
  private static final Dataset.Split DATA = Datasets.open("sample").limited(230, 60);

  /// Five batches an epoch, the last of thirty; all that a run can depend on is in it.
  private static final Plan PLAN =
      new Plan(Schedule.parse("cosine"), 3, 11, Augmentation.CROP_FLIP, true);

  @TempDir private Path temporary;

  /// A small network of batch norm and dropout, with its optimiser.
  private final class Subject implements AutoCloseable {
    final Device device = Device.cpu(CpuSettings.defaults().withThreads(1));
    final Model model;
    final Optimizer optimizer;
    final Checkpoint checkpoint;

    /// @param seed of the first weights
    Subject(String settings, long seed) {
      model =
          Network.ofImages(1, 28, 28, 50)
              .seed(3)
              .threads(1)
              .convolution(4, Window.of(3).stride(2), false)
              .batchNorm()
              .relu()
              .flatten()
              .dropout(0.3)
              .linear(10)
              .build();
      Initialization.KAIMING_UNIFORM.fill(model, seed);
      List<Parameter> parameters =
          model.parameters().stream().map(ModelParameter::toParameter).toList();
      optimizer = OptimizerSettings.parse(settings).builder().over(device, parameters);
      checkpoint = new Checkpoint(temporary.resolve("checkpoint"), settings, 230, model, optimizer);
    }

    /// All bits that a run has.
    Map<String, String> bits() {
      Map<String, String> bits = new TreeMap<>();
      WeightsFile.tensors(model)
          .forEach(
              (name, tensor) ->
                  bits.put(name, hex(tensor.values().toArray(ValueLayout.JAVA_BYTE))));
      for (Parameter p : optimizer.parameters()) {
        for (StateInfo state : optimizer.states(p.name())) {
          byte[] value = new byte[(int) state.bytes()];
          optimizer.readState(
              p.name(), state.name(), java.lang.foreign.MemorySegment.ofArray(value));
          bits.put(p.name() + " " + state.name(), hex(value));
        }
      }
      bits.put("step", String.valueOf(model.step()));
      return bits;
    }

    private static String hex(byte[] bytes) {
      return HexFormat.of().formatHex(bytes);
    }

    @Override
    public void close() {
      optimizer.close();
      model.close();
      device.close();
    }
  }

  private static List<List<Object>> untimed(List<Epoch> epochs) {
    List<List<Object>> all = new ArrayList<>();
    for (Epoch e : epochs) {
      all.add(
          List.of(
              e.number(),
              e.step(),
              e.rate(),
              e.trainLoss(),
              e.trainAccuracy(),
              e.testLoss(),
              e.testAccuracy(),
              e.balance()));
    }
    return all;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "nero; 2",
        "nero:constraint=none,scale=current; 7",
        "sgd:momentum=0.9,nesterov=true; 3",
        "adam:amsgrad=true; 5",
        "adamw:weight-decay=0.1; 10",
        "lamb; 9",
        "lamb:preset=apex; 12",
        "madam; 4",
        "fromage:weight-bound=2; 6",
        "lars:momentum=0.9; 14",
      })
  void whatGoesOnInNewMemoryEndsWithTheSameBits(String settings, int cut) throws IOException {
    Map<String, String> expected;
    List<List<Object>> epochs;
    try (Subject whole = new Subject(settings, 1)) {
      Trainer trainer = new Trainer(whole.model, whole.optimizer, PLAN, () -> false);
      epochs = untimed(trainer.run(DATA, new Trainer.Listener() {}).epochs());
      expected = whole.bits();
    }
    try (Subject first = new Subject(settings, 1)) {
      int[] batches = {0};
      Trainer trainer = new Trainer(first.model, first.optimizer, PLAN, () -> ++batches[0] == cut);
      trainer.run(DATA, new Trainer.Listener() {});
      assertThat(trainer.progress().steps(5)).isEqualTo(cut);
      first.checkpoint.write(trainer.progress());
      assertThat(first.bits()).isNotEqualTo(expected);
    }
    catchUp(settings, expected, epochs);
  }

  private void catchUp(String settings, Map<String, String> expected, List<List<Object>> epochs) {
    // Other first weights: all that matters comes from the file.
    try (Subject second = new Subject(settings, 2)) {
      Progress from = second.checkpoint.restore();
      Trainer trainer = new Trainer(second.model, second.optimizer, PLAN, () -> false, from);
      assertThat(untimed(trainer.run(DATA, new Trainer.Listener() {}).epochs())).isEqualTo(epochs);
      assertThat(second.bits()).isEqualTo(expected);
    }
  }

  private Path written() throws IOException {
    try (Subject subject = new Subject("adam", 1)) {
      subject.checkpoint.write(Progress.NONE);
      return subject.checkpoint.file();
    }
  }

  private void refused(String settings, int images, String... why) {
    try (Subject subject = new Subject(settings, 2)) {
      Map<String, String> before = subject.bits();
      Checkpoint checkpoint =
          new Checkpoint(
              subject.checkpoint.file(), "adam", images, subject.model, subject.optimizer);
      assertThatThrownBy(checkpoint::restore)
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining(subject.checkpoint.file().toString())
          .hasMessageContainingAll(why);
      assertThat(subject.bits()).isEqualTo(before);
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.001, 0.01, 0.2, 0.5, 0.9, 0.999999})
  void aByteThatChangedIsNoticed(double place) throws IOException {
    Path file = written();
    byte[] bytes = Files.readAllBytes(file);
    bytes[(int) (place * bytes.length)] ^= 4;
    Files.write(file, bytes);
    refused("adam", 230, "");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 7, 8, 100, 5000, -1})
  void aFileThatWasCutIsNoticed(int length) throws IOException {
    Path file = written();
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, java.util.Arrays.copyOf(bytes, length < 0 ? bytes.length + length : length));
    refused("adam", 230, "is damaged");
  }

  @Test
  void anotherRunsIsRefused() throws IOException {
    written();
    refused("adam", 231, "230 training images", "231");
    refused("nero", 230, "tensors", "model's");
    try (Subject subject = new Subject("nero", 2)) {
      assertThatThrownBy(subject.checkpoint::restore)
          .hasMessageContaining("other settings: their fingerprint is adam, this run's is nero");
    }
    Files.delete(temporary.resolve("checkpoint"));
    refused("adam", 230, "cannot read");
  }

  @Test
  void aCheckpointIsDueAfterItsTimeAndCostsAFiftiethAtMost() {
    long[] now = {0};
    CheckpointPace pace = new CheckpointPace(10, () -> now[0]);
    assertThat(pace.due()).isFalse();
    now[0] = 9_999_999_999L;
    assertThat(pace.due()).isFalse();
    now[0] = 10_000_000_000L;
    assertThat(pace.due()).isTrue();
    pace.write(() -> now[0] += 1_000_000_000L);
    now[0] += 49_999_999_999L;
    assertThat(pace.due()).isFalse();
    now[0] += 1;
    assertThat(pace.due()).isTrue();
    CheckpointPace always = new CheckpointPace(0, () -> now[0]);
    always.write(() -> now[0] += 1_000_000_000L);
    assertThat(always.due()).isTrue();
  }
}
