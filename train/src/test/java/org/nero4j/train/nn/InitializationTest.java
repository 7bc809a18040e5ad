package org.nero4j.train.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.ValueLayout;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nero4j.NotFoundException;

class InitializationTest {
  private static final int FAN_IN = 300;
  private static final int FAN_OUT = 200;

  private static float[] fill(Initialization how, long seed, int parameter) {
    try (Network network = Network.of(FAN_IN, 1).threads(1).linear(FAN_OUT).build()) {
      how.fill(network, seed);
      return network.parameters().get(parameter).weights().toArray(ValueLayout.JAVA_FLOAT);
    }
  }

  @ParameterizedTest
  @CsvSource({
    // Deviation in units of 1/sqrt(n), n the fan-in or the mean of fan-in and fan-out; bound, 0:
    // none.
    "TORCH, 300, 0.57735026919, 1",
    "KAIMING_UNIFORM, 300, 1.41421356237, 2.44948974278",
    "KAIMING_NORMAL, 300, 1.41421356237, 0",
    "XAVIER_UNIFORM, 250, 1, 1.73205080757",
    "XAVIER_NORMAL, 250, 1, 0",
    "KAIMING_FAN_OUT, 300, 0.57735026919, 1"
  })
  void deviatesAsItsPaperSays(Initialization how, int n, double deviation, double bound) {
    float[] weights = fill(how, 7, 0);
    double unit = 1 / Math.sqrt(n);
    double sum = 0;
    double squares = 0;
    double fourths = 0;
    double largest = 0;
    for (float w : weights) {
      double x = w / (unit * deviation);
      sum += x;
      squares += x * x;
      fourths += x * x * x * x;
      largest = Math.max(largest, Math.abs(w) / unit);
    }
    // Six deviations of each mean over 60,000 draws.
    double draws = weights.length;
    assertThat(sum / draws).isCloseTo(0, within(6 / Math.sqrt(draws)));
    assertThat(squares / draws).isCloseTo(1, within(6 * Math.sqrt(2 / draws)));
    assertThat(fourths / draws).isCloseTo(bound > 0 ? 1.8 : 3, within(6 * Math.sqrt(96 / draws)));
    if (bound > 0) {
      assertThat(largest).isBetween(0.999 * bound, 1.000001 * bound);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "TORCH, 3940347d",
    "KAIMING_UNIFORM, e75deb5b",
    "KAIMING_NORMAL, f46f0611",
    "XAVIER_UNIFORM, 0f6ad35f",
    "XAVIER_NORMAL, f037f4eb"
  })
  void aSeedGivesTheSameBitsOnEveryMachine(Initialization how, String crc32) {
    CRC32 crc = new CRC32();
    for (float w : fill(how, 42, 0)) {
      int bits = Float.floatToRawIntBits(w);
      for (int shift = 0; shift < 32; shift += 8) {
        crc.update(bits >>> shift);
      }
    }
    assertThat("%08x".formatted(crc.getValue())).isEqualTo(crc32);
    assertThat(fill(how, 43, 0)).isNotEqualTo(fill(how, 42, 0));
  }

  @Test
  void biasesAreZeroButForTorchs() {
    for (Initialization how : Initialization.values()) {
      float[] biases = fill(how, 1, 1);
      double largest = 0;
      for (float b : biases) {
        largest = Math.max(largest, Math.abs(b));
      }
      if (how == Initialization.TORCH || how == Initialization.KAIMING_FAN_OUT) {
        assertThat(largest).isBetween(0.9 / Math.sqrt(FAN_IN), 1 / Math.sqrt(FAN_IN));
      } else {
        assertThat(largest).isZero();
      }
    }
  }

  @Test
  void aConvolutionHasItsKernelInItsFans() {
    try (Network network =
        Network.ofImages(32, 4, 4, 1)
            .threads(1)
            .convolution(48, Window.of(3), true)
            .batchNorm()
            .flatten()
            .linear(2)
            .build()) {
      double[] deviations = {
        1 / Math.sqrt(3 * 288.0), // torch: within 1/sqrt(fan-in)
        Math.sqrt(2 / 288.0),
        Math.sqrt(2 / 288.0),
        Math.sqrt(2 / (288.0 + 432)),
        Math.sqrt(2 / (288.0 + 432)),
        Math.sqrt(2 / 432.0),
        1 / Math.sqrt(288.0)
      };
      for (Initialization how : Initialization.values()) {
        how.fill(network, 7);
        float[] w = network.parameters().getFirst().weights().toArray(ValueLayout.JAVA_FLOAT);
        double squares = 0;
        for (float x : w) {
          squares += (double) x * x / w.length;
        }
        assertThat(Math.sqrt(squares) / deviations[how.ordinal()])
            .as(how.name())
            .isCloseTo(1, within(6 / Math.sqrt(w.length)));
        float[] bias = network.parameters().get(1).weights().toArray(ValueLayout.JAVA_FLOAT);
        assertThat(bias[0] != 0).isEqualTo(how == Initialization.TORCH);
        assertThat(network.parameters().get(2).weights().toArray(ValueLayout.JAVA_FLOAT))
            .as("gain")
            .containsOnly(1);
        assertThat(network.parameters().get(3).weights().toArray(ValueLayout.JAVA_FLOAT))
            .as("bias of the norm")
            .containsOnly(0);
      }
    }
  }

  @Test
  void isFoundByName() {
    assertThat(Initialization.named("torch")).isEqualTo(Initialization.TORCH);
    assertThat(Initialization.named("Kaiming-Normal")).isEqualTo(Initialization.KAIMING_NORMAL);
    assertThatThrownBy(() -> Initialization.named("he"))
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining("'he'")
        .hasMessageContaining("xavier_uniform");
  }
}
