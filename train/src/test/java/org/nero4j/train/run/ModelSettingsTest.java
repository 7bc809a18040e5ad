package org.nero4j.train.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.nero4j.SizeMismatchException;
import org.nero4j.train.data.Augmentation;
import org.nero4j.train.data.Dataset;
import org.nero4j.train.data.Datasets;
import org.nero4j.train.data.Enlarged;
import org.nero4j.train.loop.Schedule;
import org.nero4j.train.nn.Initialization;

class ModelSettingsTest {
  private static final Dataset.Split GREY = Datasets.open("sample").limited(8, 4);

  private static Run.Result train(ModelSettings model, Dataset.Split data, Path folder) {
    RunSettings settings =
        new RunSettings(
            "tiny",
            null,
            null,
            "sample",
            8,
            4,
            Augmentation.CROP_FLIP,
            model,
            OptimizerSettings.parse("nero"),
            Schedule.CONSTANT,
            1,
            4,
            0,
            1);
    return new Run(settings, data).in(folder).execute(new Run.Listener() {}, () -> false);
  }

  @ParameterizedTest
  @EnumSource(ModelKind.class)
  void everyModelTrainsOnImagesOfItsSize(ModelKind kind) {
    Run.Result result = train(ModelSettings.of(kind, null, null), Enlarged.of(GREY, 32, 3), null);
    assertThat(result.outcome().steps()).isEqualTo(2);
    assertThat(result.outcome().epochs().getFirst().trainLoss()).isPositive();
    assertThat(result.outcome().epochs().getFirst().balance().maxNormError()).isLessThan(1e-5);
  }

  @Test
  void savedWeightsHoldShapesAndRunningStatistics(@TempDir Path temporary) throws IOException {
    train(ModelSettings.parse("resnet18"), Enlarged.of(GREY, 32, 3), temporary.resolve("run"));
    byte[] file = Files.readAllBytes(temporary.resolve("run/weights.safetensors"));
    int length = Math.toIntExact(ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong());
    JsonNode header =
        new JsonMapper().readTree(new String(file, 8, length, StandardCharsets.UTF_8));
    assertThat(header.get("conv1.weight").get("shape").toString()).isEqualTo("[64,3,3,3]");
    JsonNode mean = header.get("layer1.0.bn1.running_mean");
    assertThat(mean.get("shape").toString()).isEqualTo("[64]");
    float first =
        ByteBuffer.wrap(file)
            .order(ByteOrder.LITTLE_ENDIAN)
            .getFloat(8 + length + mean.get("data_offsets").get(0).asInt());
    assertThat(first).as("a mean that has run").isNotZero();
    long end = 0;
    for (JsonNode tensor : header) {
      end = Math.max(end, tensor.path("data_offsets").path(1).asLong());
    }
    assertThat(file.length).isEqualTo(8 + length + end);
  }

  @Test
  void anImageThatIsTooSmallIsRefused() {
    assertThatThrownBy(() -> train(ModelSettings.parse("vgg11"), GREY, null))
        .isInstanceOf(SizeMismatchException.class);
  }

  @Test
  void readsItsText() {
    ModelSettings model = ModelSettings.parse("mlp:depth=7,width=9,init=xavier-normal");
    assertThat(model.depth()).isEqualTo(7);
    assertThat(model.width()).isEqualTo(9);
    assertThat(model.initialization()).isEqualTo(Initialization.XAVIER_NORMAL);
    assertThat(model.label()).isEqualTo("mlp of 7 layers, 9 wide, xavier-normal start");
    assertThat(ModelSettings.parse("VGG11").label()).isEqualTo("vgg11");
    assertThat(ModelSettings.parse("lenet:bf16=true").bfloat16()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "vgg | model is 'vgg', it must be mlp, lenet, vgg11 or resnet18",
        "vgg11:depth=3 | vgg11 has no depth, its shape is fixed",
        "mlp:depth=0 | depth is 0, it must be within 1 and 1000",
        "mlp:width=x | width is 'x', no number",
        "mlp:heads=2 | model 'mlp:heads=2' has no heads; it has depth, width, init and bf16",
        "mlp:depth | model 'mlp:depth': 'depth' is no name=value",
        "mlp:bf16=maybe | bf16 is 'maybe', it must be true or false",
      })
  void namesWhatItCannotRead(String text, String message) {
    assertThatThrownBy(() -> ModelSettings.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }
}
