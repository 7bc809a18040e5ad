package org.nero4j.bench;

import java.util.LinkedHashMap;
import java.util.Map;
import org.nero4j.train.model.LeNet;
import org.nero4j.train.model.Mlp;
import org.nero4j.train.model.ResNet18;
import org.nero4j.train.model.Vgg11;
import org.nero4j.train.nn.Model;

/// The networks whose training is timed. A new one is a row here; a peer that trains it too has a
/// row of that name in its worker.
public final class Networks {
  /// Plans a network for a batch.
  private interface Plan {
    Model build(int batch, int threads);
  }

  private static final Map<String, Plan> ALL = new LinkedHashMap<>();

  static {
    ALL.put(
        "mlp",
        (batch, threads) ->
            Mlp.builder()
                .inputs(784)
                .classes(10)
                .activation(Mlp.Activation.RELU)
                .batchSize(batch)
                .threads(threads)
                .seed(1)
                .build());
    ALL.put(
        "lenet",
        (batch, threads) ->
            LeNet.builder()
                .shape(1, 28, 28)
                .classes(10)
                .batchSize(batch)
                .threads(threads)
                .seed(1)
                .build());
    ALL.put(
        "vgg11",
        (batch, threads) ->
            Vgg11.builder().classes(10).batchSize(batch).threads(threads).seed(1).build());
    ALL.put(
        "resnet18",
        (batch, threads) ->
            ResNet18.builder().classes(10).batchSize(batch).threads(threads).seed(1).build());
  }

  private Networks() {}

  /// All of them.
  public static Iterable<String> names() {
    return ALL.keySet();
  }

  /// Images of a batch where nobody says otherwise: what the paper trains it with.
  public static int batch(String name) {
    return name.equals("mlp") ? 250 : 128;
  }

  /// Plans one of them for a batch.
  ///
  /// @throws IllegalArgumentException naming those that there are
  public static Model build(String name, int batch, int threads) {
    Plan plan = ALL.get(name);
    if (plan == null) {
      throw new IllegalArgumentException(
          "'%s' is no network, there are: %s".formatted(name, String.join(", ", ALL.keySet())));
    }
    return plan.build(batch, threads);
  }
}
