package org.nero4j.train.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScheduleTest {
  private static final int STEPS = 10;
  private static final int EPOCHS = 8;

  private static double rate(String schedule, int step) {
    return Schedule.parse(schedule).rate(2, step, STEPS, EPOCHS);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "constant; 0; 2",
        "constant; 79; 2",
        "exponential; 9; 2",
        "exponential; 10; 1.8",
        "exponential; 25; 1.62",
        "exponential:0.5; 30; 0.25",
        "step:2,5; 19; 2",
        "step:2,5; 20; 0.4",
        "step:2,5; 50; 0.08",
        "step:5,2x0.1; 79; 0.02",
        "cosine; 0; 2",
        "cosine; 40; 1",
        "cosine; 80; 0",
        "warmup:2; 0; 0.1",
        "warmup:2; 9; 1",
        "warmup:2; 19; 2",
        "warmup:2; 60; 2",
        "warmup:2+step:4; 9; 1",
        "warmup:2+step:4; 39; 2",
        "warmup:2+step:4; 40; 0.4",
        "Warmup:1 + Cosine; 0; 0.2",
      })
  void multipliesTheRateByItsParts(String schedule, int step, double expected) {
    assertThat(rate(schedule, step)).isCloseTo(expected, within(1e-12));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "constant",
        "exponential",
        "exponential:0.8",
        "exponential:0.95604",
        "exponential:0.00001234567",
        "step:100,150,180",
        "step:3x0.123456789",
        "step:3x0.5",
        "cosine",
        "warmup:5+step:100,150,180"
      })
  void readsWhatItWrites(String text) {
    assertThat(Schedule.parse(text).toString()).isEqualTo(text);
    assertThat(Schedule.parse(Schedule.parse(text).toString())).isEqualTo(Schedule.parse(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "linear",
        "step",
        "step:",
        "step:0",
        "step:1x0",
        "step:ax2",
        "warmup",
        "warmup:-1",
        "exponential:0",
        "exponential:x",
        "constant:1",
        "cosine+",
        "cosine:2"
      })
  void namesWhatItCannotRead(String text) {
    assertThatThrownBy(() -> Schedule.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'" + text + "'")
        .hasMessageContaining(Schedule.FORMS);
  }

  @Test
  void describesItselfWithTheRatesThatItGives() {
    assertThat(Schedule.parse("warmup:1+step:4,6").describe(0.01, STEPS, EPOCHS))
        .isEqualTo(
            "0.01, up from 0 over 1 epoch, x0.2 after epoch 4 and 6; epoch 1 at 0.001, epoch 3 at"
                + " 0.01, epoch 5 at 0.002, epoch 6 at 0.002, epoch 8 at 0.0004, last step at"
                + " 0.0004");
    assertThat(Schedule.CONSTANT.describe(0.01, STEPS, EPOCHS)).isEqualTo("0.01, constant");
  }

  @Test
  void numbersKeepTheirExponents() {
    assertThat(IntStream.of(1, 2).mapToObj(n -> Schedule.number(n * 1e-10)).toList())
        .containsExactly("1e-10", "2e-10");
    assertThat(Schedule.number(100)).isEqualTo("100");
    assertThat(Schedule.number(0.25)).isEqualTo("0.25");
  }
}
