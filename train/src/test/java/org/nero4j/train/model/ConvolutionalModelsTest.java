package org.nero4j.train.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nero4j.Device;
import org.nero4j.InvalidArgumentException;
import org.nero4j.Nero;
import org.nero4j.Optimizer;
import org.nero4j.Parameter;
import org.nero4j.SizeMismatchException;
import org.nero4j.train.nn.Initialization;
import org.nero4j.train.nn.Model;
import org.nero4j.train.nn.ModelBuffer;
import org.nero4j.train.nn.ModelParameter;

class ConvolutionalModelsTest {
  private static final int BATCH = 4;

  private static <B extends ModelBuilder<B>> B small(B builder) {
    return builder.classes(10).batchSize(BATCH).threads(1).seed(3);
  }

  static List<ImageModelBuilder<?>> models() {
    return List.of(LeNet.builder(), Vgg11.builder(), ResNet18.builder());
  }

  private static void deal(Model model) {
    SplittableRandom random = new SplittableRandom(7);
    for (long i = 0; i < (long) BATCH * model.features(); i++) {
      float value = (float) (2 * random.nextDouble() - 1);
      model.inputs().setAtIndex(ValueLayout.JAVA_FLOAT, i, value);
    }
    for (int i = 0; i < BATCH; i++) {
      model.labels().setAtIndex(ValueLayout.JAVA_INT, i, 2 * i);
    }
  }

  private static long parameters(Model model) {
    return model.parameters().stream().mapToLong(ModelParameter::count).sum();
  }

  private static List<String> described(Model model) {
    return model.parameters().stream().map(p -> p.name() + " " + p.shape()).toList();
  }

  @Test
  void leNetIsAsPyTorchWouldNameIt() {
    try (Model model = small(LeNet.builder()).build()) {
      assertThat(described(model))
          .containsExactly(
              "conv1.weight [6, 1, 5, 5]",
              "conv1.bias [6]",
              "conv2.weight [16, 6, 5, 5]",
              "conv2.bias [16]",
              "fc1.weight [120, 400]",
              "fc1.bias [120]",
              "fc2.weight [84, 120]",
              "fc2.bias [84]",
              "fc3.weight [10, 84]",
              "fc3.bias [10]");
      assertThat(parameters(model)).isEqualTo(61_706);
      assertThat(model.parameters().getFirst().toParameter().toString())
          .isEqualTo("conv1.weight 6 x 25 (ROWS)");
    }
  }

  @Test
  void vgg11IsThePapers() {
    try (Model model = small(Vgg11.builder()).build()) {
      List<String> expected = new ArrayList<>();
      int[] places = {0, 3, 6, 8, 11, 13, 16, 18};
      int[] channels = {3, 64, 128, 256, 256, 512, 512, 512, 512};
      for (int i = 0; i < 8; i++) {
        expected.add(
            "features.%d.weight [%d, %d, 3, 3]".formatted(places[i], channels[i + 1], channels[i]));
      }
      int[] widths = {512, 4096, 4096, 10};
      for (int i = 0; i < 3; i++) {
        expected.add("classifier.%d.weight [%d, %d]".formatted(3 * i, widths[i + 1], widths[i]));
        expected.add("classifier.%d.bias [%d]".formatted(3 * i, widths[i + 1]));
      }
      assertThat(described(model)).containsExactlyElementsOf(expected);
      // 9 (3*64 + 64*128 + 128*256 + 256*256 + 256*512 + 3*512*512)
      //   + 513*4096 + 4097*4096 + 4097*10
      assertThat(parameters(model)).isEqualTo(9_217_728L + 18_923_530L);
    }
  }

  @Test
  void resNet18IsAsPyTorchHasIt() {
    try (Model model = small(ResNet18.builder()).build()) {
      assertThat(parameters(model)).isEqualTo(11_173_962);
      assertThat(described(model))
          .hasSize(62)
          .startsWith(
              "conv1.weight [64, 3, 3, 3]",
              "bn1.weight [64]",
              "bn1.bias [64]",
              "layer1.0.conv1.weight [64, 64, 3, 3]",
              "layer1.0.bn1.weight [64]")
          .contains("layer2.0.downsample.0.weight [128, 64, 1, 1]")
          .contains("layer4.0.downsample.1.bias [512]")
          .contains("layer3.1.conv2.weight [256, 256, 3, 3]")
          .endsWith("fc.weight [10, 512]", "fc.bias [10]");
      // Norms have no fan-in: an optimiser that balances neurons leaves them unconstrained.
      assertThat(model.parameters().get(1).toParameter().toString())
          .isEqualTo("bn1.weight 64 x 1 (VECTOR)");
      assertThat(model.buffers().stream().map(ModelBuffer::name))
          .hasSize(40)
          .startsWith("bn1.running_mean", "bn1.running_var", "layer1.0.bn1.running_mean")
          .contains("layer2.0.downsample.1.running_var");
      assertThat(model.buffers().stream().mapToLong(ModelBuffer::count).sum())
          .isEqualTo(2 * LongStream.of(5 * 64, 5 * 128, 5 * 256, 5 * 512).sum());
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void neroFitsAHandfulOfImagesTheSameWayTwice(ImageModelBuilder<?> builder) {
    List<Double> losses = new ArrayList<>();
    List<float[]> weights = new ArrayList<>();
    for (int run = 0; run < 2; run++) {
      try (Model model = builder.classes(10).batchSize(BATCH).threads(2).seed(3).build();
          Device device = Device.cpu();
          Optimizer nero =
              Nero.withLearningRate(0.01).over(device, parameters(model.parameters()))) {
        deal(model);
        double first = Double.NaN;
        for (int step = 0; step < (run == 0 ? 40 : 6); step++) {
          model.train(BATCH);
          first = step == 0 ? model.loss() : first;
          if (step < 6 && run == 0) {
            losses.add(model.loss());
          } else if (run == 1) {
            assertThat(model.loss()).as("step %d", step).isEqualTo(losses.get(step));
          }
          nero.step();
          if (step == 5) {
            weights.add(model.parameters().getLast().weights().toArray(ValueLayout.JAVA_FLOAT));
          }
        }
        if (run == 0) {
          assertThat(model.correct()).isEqualTo(BATCH);
          assertThat(model.loss()).isLessThan(0.1 * first);
        }
      }
    }
    assertThat(weights.get(0)).isEqualTo(weights.get(1));
  }

  private static Parameter[] parameters(List<ModelParameter> all) {
    return all.stream().map(ModelParameter::toParameter).toArray(Parameter[]::new);
  }

  @Test
  void everyModelStartsBalancedWhereItIsAsked() {
    for (ImageModelBuilder<?> builder : models()) {
      builder.classes(10).batchSize(1).threads(1).seed(3).initialization(Initialization.BALANCED);
      try (Model model = builder.build()) {
        for (ModelParameter p : model.parameters()) {
          float[] w = p.weights().asSlice(0, 4 * p.fanIn()).toArray(ValueLayout.JAVA_FLOAT);
          double sum = 0;
          double squares = 0;
          for (float x : w) {
            sum += x;
            squares += (double) x * x;
          }
          if (p.matrix()) {
            assertThat(Math.abs(sum)).as(p.name()).isLessThan(1e-5);
            assertThat(Math.abs(squares - 1)).as(p.name()).isLessThan(1e-5);
          } else {
            assertThat(sum).isEqualTo(p.role() == ModelParameter.Role.GAIN ? 1 : 0);
          }
        }
      }
    }
  }

  @Test
  void wrongShapesAreNamed() {
    assertThatThrownBy(small(Vgg11.builder()).shape(3, 16, 32)::build)
        .isInstanceOf(SizeMismatchException.class)
        .hasMessageContaining("a kernel of height 2 sees more than tensor");
    assertThatThrownBy(small(ResNet18.builder()).shape(3, 0, 32)::build)
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("an image is 3 x 0 x 32");
    assertThatThrownBy(small(LeNet.builder()).classes(0)::build)
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("outputs is 0");
    assertThatThrownBy(small(Vgg11.builder()).dropout(1)::build)
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("probability is 1");
    assertThatThrownBy(small(LeNet.builder()).initialization(null)::build)
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("initialization is null");
  }
}
