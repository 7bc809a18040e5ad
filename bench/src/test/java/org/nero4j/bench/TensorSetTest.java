package org.nero4j.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TensorSetTest {
  /// Numbers of parameters that others publish for these networks; of VGG-11, those of this
  /// project's, which is the paper's.
  @ParameterizedTest
  @CsvSource({
    "mlp, 2469610, 10",
    "vgg11, 28141258, 14",
    "resnet18, 11173962, 62",
    "784x784, 614656, 1",
    "3000*50x70, 10500000, 3000",
  })
  void hasTheParametersOfTheNetwork(String name, long weights, int tensors) {
    TensorSet set = TensorSet.of(name);
    assertThat(set.count()).isEqualTo(weights);
    assertThat(set.tensors()).hasSize(tensors);
  }

  @Test
  void laysEachTensorOnACacheLineOfItsOwn() {
    assertThat(TensorSet.of("3*5x7").ends()).containsExactly(48, 96, 144);
    assertThat(TensorSet.of("3*5x7").span()).isEqualTo(144);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "vgg", "7", "7x", "0x3", "3*", "-1*2x2", "2*2*2x2", "1x2x3"})
  void refusesWhatIsNoSet(String name) {
    assertThatThrownBy(() -> TensorSet.of(name))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'" + name + "' is no tensor set");
  }
}
