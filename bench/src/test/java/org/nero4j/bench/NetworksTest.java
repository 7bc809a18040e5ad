package org.nero4j.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nero4j.bench.peers.Values;
import org.nero4j.train.nn.Model;
import org.nero4j.train.nn.ModelParameter;

/// What the peers are told of a network is what nero4j's own is.
class NetworksTest {
  /// Parameters as torchvision and the paper's code count them, for ten classes.
  @ParameterizedTest
  @CsvSource({
    "mlp, 250, 2469610",
    "lenet, 128, 61706",
    "vgg11, 128, 28141258",
    "resnet18, 128, 11173962",
  })
  void haveTheShapesThatPeersRead(String network, int batch, long parameters) {
    assertThat(Networks.names()).contains(network);
    assertThat(Networks.batch(network)).isEqualTo(batch);
    try (Model model = Networks.build(network, 2, 1)) {
      assertThat(model.features()).isEqualTo(Values.count(Values.shape(network)));
      assertThat(model.parameters().stream().mapToLong(ModelParameter::count).sum())
          .isEqualTo(parameters);
    }
    assertThat(Values.shape(network, batch)).startsWith(batch).endsWith(Values.shape(network));
  }

  @Test
  void namesWhatIsNone() {
    assertThatThrownBy(() -> Values.shape("alexnet")).hasMessageContaining("'alexnet'");
  }
}
