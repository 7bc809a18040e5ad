package org.nero4j.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nero4j.Layout;

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
    "c:784x784, 614656, 1",
    "c:3*50x70, 10500, 3",
  })
  void hasTheParametersOfTheNetwork(String name, long weights, int tensors) {
    TensorSet set = TensorSet.of(name);
    assertThat(set.count()).isEqualTo(weights);
    assertThat(set.tensors()).hasSize(tensors);
  }

  @Test
  void keepsNeuronsInColumnsWhereAsked() {
    MemorySegment memory = MemorySegment.ofArray(new float[12]);
    assertThat(TensorSet.of("c:4x3").tensors())
        .containsExactly(new TensorSet.Tensor(4, 3, true))
        .extracting(t -> t.parameter("p", memory, memory).layout())
        .containsExactly(Layout.COLUMNS);
    assertThat(TensorSet.of("4x3").tensors())
        .extracting(t -> t.parameter("p", memory, memory).layout())
        .containsExactly(Layout.ROWS);
  }

  @Test
  void refusesColumnsWhereOnlyRowsAreKnown() {
    assertThat(TensorSet.inRows("2*4x3")).isEqualTo(TensorSet.of("2*4x3"));
    assertThatThrownBy(() -> TensorSet.inRows("c:4x3"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'c:4x3' has its neurons in columns");
  }

  @Test
  void publishesColumnsBesideTheSameRows() {
    assertThat(TensorSet.DEFAULTS).contains("784x784", "c:784x784", "4096x1024", "c:4096x1024");
    assertThat(TensorSet.DEFAULTS).doesNotHaveDuplicates().allSatisfy(TensorSet::of);
  }

  @Test
  void laysEachTensorOnACacheLineOfItsOwn() {
    assertThat(TensorSet.of("3*5x7").ends()).containsExactly(48, 96, 144);
    assertThat(TensorSet.of("3*5x7").span()).isEqualTo(144);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", "vgg", "7", "7x", "0x3", "3*", "-1*2x2", "2*2*2x2", "1x2x3", "c:", "c:7", "c:mlp"
      })
  void refusesWhatIsNoSet(String name) {
    assertThatThrownBy(() -> TensorSet.of(name))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'" + name + "' is no tensor set");
  }
}
