package org.nero4j.train.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nero4j.ClosedException;
import org.nero4j.InvalidArgumentException;
import org.nero4j.SequenceException;
import org.nero4j.SizeMismatchException;
import org.nero4j.UnsupportedException;

/// The layers that [NetworkTest] does not know.
class LayersTest {
  private static final int BATCH = 6;

  private static Network dealt(NetworkBuilder layers) {
    Network network = layers.build();
    Initialization.KAIMING_NORMAL.fill(network, 3);
    for (int i = 0; i < BATCH * network.features(); i++) {
      network.inputs().setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) Math.sin(1 + 3 * i));
    }
    for (int i = 0; i < BATCH; i++) {
      network.labels().setAtIndex(ValueLayout.JAVA_INT, i, i % 3);
    }
    return network;
  }

  /// Every layer that images pass through.
  private static NetworkBuilder fitting(int threads) {
    NetworkBuilder layers = Network.ofImages(2, 8, 8, BATCH).threads(threads).seed(5);
    layers.named("stem").convolution(8, Window.of(3).padding(1), false);
    layers.named("norm").batchNorm().relu();
    Tensor skip = layers.tensor();
    layers.convolution(8, Window.of(3).padding(1), 2, true);
    layers.averagePool(Window.of(3).stride(2).padding(1)).relu();
    Tensor branch = layers.tensor();
    layers.from(skip).maxPool(Window.of(3).stride(2).padding(1)).add(branch);
    return layers.globalAveragePool().flatten().layerNorm().dropout(0.25).linear(3);
  }

  @Test
  void parametersAndBuffersHaveTheirNamesAndShapes() {
    try (Network network = dealt(fitting(1))) {
      assertThat(network.parameters().stream().map(p -> p.name() + " " + p.role() + p.shape()))
          .containsExactly(
              "stem.weight WEIGHT[8, 2, 3, 3]",
              "norm.weight GAIN[8]",
              "norm.bias BIAS[8]",
              "layers.2.weight WEIGHT[8, 4, 3, 3]",
              "layers.2.bias BIAS[8]",
              "layers.3.weight GAIN[8]",
              "layers.3.bias BIAS[8]",
              "layers.4.weight WEIGHT[3, 8]",
              "layers.4.bias BIAS[3]");
      assertThat(network.parameters().get(3).fanIn()).isEqualTo(36);
      assertThat(network.buffers().stream().map(b -> b.name() + " " + b.count()))
          .containsExactly("norm.running_mean 8", "norm.running_var 8");
      assertThat(floats(network.buffers().get(1).values())).containsOnly(1);
      network.train(BATCH);
      assertThat(floats(network.buffers().get(0).values())).doesNotContain(0);
    }
  }

  private static float[] floats(MemorySegment values) {
    return values.toArray(ValueLayout.JAVA_FLOAT);
  }

  /// Weights, buffers and the step are all that a run needs to go on as if it had never stopped.
  @Test
  void aRunThatIsResumedGoesOnTheSame() {
    try (Network a = dealt(fitting(1));
        Network b = dealt(fitting(1))) {
      for (int i = 0; i < 3; i++) {
        a.train(BATCH);
      }
      assertThat(a.step()).isEqualTo(3);
      for (int i = 0; i < a.buffers().size(); i++) {
        b.buffers().get(i).values().copyFrom(a.buffers().get(i).values());
      }
      b.setStep(3);
      a.train(BATCH);
      b.train(BATCH);
      assertThat(a.loss()).isEqualTo(b.loss());
      a.evaluate(BATCH);
      b.evaluate(BATCH);
      assertThat(a.loss()).isEqualTo(b.loss());
      b.setStep(0);
      a.train(BATCH);
      b.train(BATCH);
      assertThat(a.loss()).as("other elements are dropped").isNotEqualTo(b.loss());
      assertThatThrownBy(() -> a.setStep(-1))
          .isInstanceOf(InvalidArgumentException.class)
          .hasMessageContaining("step is -1");
    }
  }

  @Test
  void tokensFindTheirRows() {
    try (Network network = Network.of(2, 3).threads(1).embedding(5, 4).linear(3).build()) {
      Initialization.TORCH.fill(network, 3);
      ModelParameter table = network.parameters().getFirst();
      assertThat(table.role()).isEqualTo(ModelParameter.Role.EMBEDDING);
      network.inputs().setAtIndex(ValueLayout.JAVA_FLOAT, 0, 4);
      network.inputs().setAtIndex(ValueLayout.JAVA_FLOAT, 1, 2);
      network.train(1);
      float[] gradients = floats(table.gradients());
      for (int row = 0; row < 5; row++) {
        boolean seen = row == 4 || row == 2;
        assertThat(gradients[4 * row] != 0).as("row %d", row).isEqualTo(seen);
      }
      network.inputs().setAtIndex(ValueLayout.JAVA_FLOAT, 1, 5);
      assertThatThrownBy(() -> network.train(1))
          .isInstanceOf(InvalidArgumentException.class)
          .hasMessageContaining("token 1 of row 0 is 5, it must be a whole number within 0 and 4");
    }
  }

  @Test
  void bfloat16IsThereOrSaysSo() {
    if (!LayersLibrary.hasBfloat16()) {
      assertThatThrownBy(() -> convolution(true))
          .isInstanceOf(UnsupportedException.class)
          .hasMessageContaining("bfloat16");
      return;
    }
    try (Network rounded = convolution(true);
        Network plain = convolution(false)) {
      rounded.evaluate(BATCH);
      plain.evaluate(BATCH);
      assertThat(rounded.loss()).isNotEqualTo(plain.loss());
      assertThat(Math.abs(rounded.loss() / plain.loss() - 1)).isLessThan(0.02);
    }
  }

  private static Network convolution(boolean bfloat16) {
    NetworkBuilder layers = Network.ofImages(32, 5, 5, BATCH).threads(1).bfloat16(bfloat16);
    return dealt(layers.convolution(32, Window.of(3), true).relu().flatten().linear(3));
  }

  @Test
  void wrongLayersAreNamed() {
    assertThatThrownBy(() -> Network.ofImages(1, 4, 4, 2).linear(3).build())
        .isInstanceOf(SizeMismatchException.class)
        .hasMessageContaining("tensor 0 is an image of 1 x 4 x 4: flatten it first");
    assertThatThrownBy(() -> Network.of(3, 2).convolution(4, Window.of(1), true).build())
        .isInstanceOf(SizeMismatchException.class)
        .hasMessageContaining("a convolution reads an image, tensor 0 is a vector, 3 wide");
    NetworkBuilder forked = Network.ofImages(2, 8, 8, 2);
    Tensor image = forked.tensor();
    forked.averagePool(new Window(3, 2, 2, 1, 1, 0));
    Tensor branch = forked.tensor();
    assertThatThrownBy(() -> forked.from(image).maxPool(Window.of(2).stride(2)).add(branch).build())
        .isInstanceOf(SizeMismatchException.class)
        .hasMessageContaining("tensor 2 is 2 x 4 x 4, tensor 1 is 2 x 4 x 7");
    assertThatThrownBy(() -> Network.ofImages(1, 4, 4, 2).maxPool(null))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("window is null");
    assertThatThrownBy(() -> Network.ofImages(300, 300, 300, 1))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("27000000 floats, at most 16777216 are");
    assertThatThrownBy(() -> Network.of(3, 2).named("a").linear(3).named("a"))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("there is a layer 'a' already");
    // A name given is not given again by counting, nor one that counting gave by a name.
    NetworkBuilder counted = Network.of(3, 2).named("layers.1").linear(3);
    assertThatThrownBy(() -> counted.linear(3))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("there is a layer 'layers.1' already");
    assertThatThrownBy(() -> Network.of(3, 2).linear(3).named("layers.0"))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("there is a layer 'layers.0' already");
    assertThatThrownBy(() -> Network.of(3, 2).linear(3).named("b").relu().build())
        .isInstanceOf(SequenceException.class)
        .hasMessageContaining("follows the name 'b'");
  }

  @Test
  void aStepAllocatesNothing() {
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    try (Network network = dealt(fitting(1))) {
      long allocated = Long.MAX_VALUE;
      // The compiler may still be at work in the first rounds.
      for (int round = 0; round < 50 && allocated > 0; round++) {
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 1_000; i++) {
          network.train(BATCH);
          network.evaluate(BATCH - 1);
        }
        allocated = threads.getCurrentThreadAllocatedBytes() - before;
      }
      assertThat(allocated).isZero();
    }
  }

  @Test
  void aClosedNetworkHasNoBuffersAndNoStep() {
    Network network = dealt(fitting(1));
    network.close();
    for (Runnable call :
        List.<Runnable>of(network::buffers, network::step, () -> network.setStep(1))) {
      assertThatThrownBy(call::run).isInstanceOf(ClosedException.class);
    }
  }
}
