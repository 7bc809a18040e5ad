package org.nero4j.train.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.nero4j.ClosedException;
import org.nero4j.ConcurrentUseException;
import org.nero4j.InvalidArgumentException;
import org.nero4j.NeroException;
import org.nero4j.SequenceException;
import org.nero4j.SizeMismatchException;

class NetworkTest {
  private static final int BATCH = 32;

  /// Two features whose angle tells one of four classes: no line parts them all.
  private static Network quadrants(int threads) {
    NetworkBuilder layers = Network.of(2, BATCH).threads(threads).linear(16).relu();
    Tensor skip = layers.tensor();
    Network network = layers.linear(16).relu(Math.sqrt(2)).add(skip).linear(4).build();
    Initialization.KAIMING_UNIFORM.fill(network, 11);
    SplittableRandom random = new SplittableRandom(5);
    for (int row = 0; row < BATCH; row++) {
      double angle = 2 * Math.PI * random.nextDouble();
      network.inputs().setAtIndex(ValueLayout.JAVA_FLOAT, 2 * row, (float) StrictMath.cos(angle));
      network
          .inputs()
          .setAtIndex(ValueLayout.JAVA_FLOAT, 2 * row + 1, (float) StrictMath.sin(angle));
      network.labels().setAtIndex(ValueLayout.JAVA_INT, row, (int) (angle / (Math.PI / 2)));
    }
    return network;
  }

  private static void descend(Model model, float rate) {
    for (ModelParameter p : model.parameters()) {
      for (long i = 0; i < p.count(); i++) {
        float w = p.weights().getAtIndex(ValueLayout.JAVA_FLOAT, i);
        float g = p.gradients().getAtIndex(ValueLayout.JAVA_FLOAT, i);
        p.weights().setAtIndex(ValueLayout.JAVA_FLOAT, i, w - rate * g);
      }
    }
  }

  private static List<float[]> weights(Model model) {
    return model.parameters().stream()
        .map(p -> p.weights().toArray(ValueLayout.JAVA_FLOAT))
        .toList();
  }

  @Test
  void plainDescentLearnsAndDoesTheSameTwice() {
    try (Network a = quadrants(1);
        Network b = quadrants(1)) {
      a.evaluate(BATCH);
      double first = a.loss();
      for (int step = 0; step < 400; step++) {
        a.train(BATCH);
        descend(a, 0.2f);
        b.train(BATCH);
        descend(b, 0.2f);
      }
      a.evaluate(BATCH);
      assertThat(a.loss()).isLessThan(0.2 * first);
      assertThat(a.correct()).isGreaterThanOrEqualTo(BATCH - 2);
      assertThat(weights(a)).usingRecursiveComparison().isEqualTo(weights(b));
    }
  }

  @Test
  void aPartialBatchIsTheMeanOfItsRowsAlone() {
    try (Network network = quadrants(1)) {
      double sum = 0;
      int correct = 0;
      for (int row = 0; row < 5; row++) {
        MemorySegment one = network.inputs().asSlice(8L * row, 8);
        int label = network.labels().getAtIndex(ValueLayout.JAVA_INT, row);
        try (Network single = quadrants(1)) {
          MemorySegment.copy(one, 0, single.inputs(), 0, 8);
          single.labels().setAtIndex(ValueLayout.JAVA_INT, 0, label);
          single.evaluate(1);
          sum += single.loss();
          correct += single.correct();
        }
      }
      // What lies behind has no part in it, whatever it is.
      network.inputs().asSlice(40).fill((byte) -1);
      network.train(5);
      assertThat(network.loss()).isCloseTo(sum / 5, within(1e-6));
      assertThat(network.correct()).isEqualTo(correct);
      for (ModelParameter p : network.parameters()) {
        for (float g : p.gradients().toArray(ValueLayout.JAVA_FLOAT)) {
          assertThat(g).as(p.name()).isFinite();
        }
      }
    }
  }

  @Test
  void outputsAreTheLogits() {
    try (Network network = quadrants(1)) {
      assertThat(network.loss()).isNaN();
      network.evaluate(BATCH);
      float[] logits = network.outputs().toArray(ValueLayout.JAVA_FLOAT);
      assertThat(logits).hasSize(4 * BATCH);
      double sum = 0;
      for (int row = 0; row < BATCH; row++) {
        double total = 0;
        for (int c = 0; c < 4; c++) {
          total += Math.exp(logits[4 * row + c]);
        }
        int label = network.labels().getAtIndex(ValueLayout.JAVA_INT, row);
        sum += Math.log(total) - logits[4 * row + label];
      }
      assertThat(network.loss()).isCloseTo(sum / BATCH, within(1e-9));
      assertThat(network.outputs().isReadOnly()).isTrue();
    }
  }

  @Test
  void aStepAllocatesNothing() {
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    try (Network network = quadrants(1)) {
      long allocated = Long.MAX_VALUE;
      double loss = 0;
      // The compiler may still be at work in the first rounds.
      for (int round = 0; round < 50 && allocated > 0; round++) {
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 3_000; i++) {
          network.train(BATCH);
          network.evaluate(BATCH - 1);
          loss += network.loss() + network.correct();
        }
        allocated = threads.getCurrentThreadAllocatedBytes() - before;
      }
      assertThat(allocated).isZero();
      assertThat(loss).isPositive();
    }
  }

  @Test
  void wrongRowsAndLabelsAreNamedAndChangeNothing() {
    try (Network network = quadrants(1)) {
      MemorySegment gradients = network.parameters().getFirst().gradients();
      gradients.setAtIndex(ValueLayout.JAVA_FLOAT, 0, 77);
      for (int rows : new int[] {BATCH + 1, 0, -1, Integer.MIN_VALUE}) {
        assertThatThrownBy(() -> network.train(rows))
            .isInstanceOf(InvalidArgumentException.class)
            .hasMessageContaining("count is");
      }
      network.labels().setAtIndex(ValueLayout.JAVA_INT, 2, 4);
      assertThatThrownBy(() -> network.evaluate(BATCH))
          .isInstanceOf(InvalidArgumentException.class)
          .hasMessageContaining("label 2 is 4, it must be within 0 and 3");
      assertThatThrownBy(() -> network.train(BATCH)).isInstanceOf(InvalidArgumentException.class);
      assertThat(gradients.getAtIndex(ValueLayout.JAVA_FLOAT, 0)).isEqualTo(77);
      network.train(2);
    }
  }

  @Test
  void wrongGraphsAreNamed() {
    NetworkBuilder layers = Network.of(3, 2).linear(4);
    Tensor four = layers.tensor();
    assertThatThrownBy(() -> layers.linear(5).add(four).build())
        .isInstanceOf(SizeMismatchException.class)
        .hasMessageContaining("tensor 2 is 5 wide, tensor 1 is 4 wide");
    NetworkBuilder forked = Network.of(3, 2).linear(4);
    Tensor unread = forked.tensor();
    assertThatThrownBy(() -> forked.from(new Tensor(forked, 0)).linear(2).build())
        .isInstanceOf(SequenceException.class)
        .hasMessageContaining("tensor 1");
    assertThatThrownBy(() -> Network.of(3, 2).add(unread))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("another network");
    assertThatThrownBy(() -> Network.of(3, 2).from(null))
        .isInstanceOf(InvalidArgumentException.class);
    assertThatThrownBy(() -> Network.of(3, 2).linear(4).relu(Double.NaN).build())
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("scale is nan");
    assertThatThrownBy(() -> Network.of(1 << 24, 1 << 24).build())
        .isInstanceOf(SizeMismatchException.class)
        .hasMessageContaining("16777216 x 16777216");
  }

  @Test
  void aClosedNetworkIsAnExceptionEverywhere() {
    Network network = quadrants(1);
    MemorySegment inputs = network.inputs();
    MemorySegment weights = network.parameters().getFirst().weights();
    network.close();
    network.close();
    for (Runnable call :
        List.<Runnable>of(
            () -> network.train(1),
            () -> network.evaluate(1),
            network::loss,
            network::correct,
            network::inputs,
            network::labels,
            network::outputs,
            network::parameters)) {
      assertThatThrownBy(call::run)
          .isInstanceOf(ClosedException.class)
          .hasMessageContaining("this network is closed");
    }
    assertThatThrownBy(() -> inputs.get(ValueLayout.JAVA_FLOAT, 0))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> weights.get(ValueLayout.JAVA_FLOAT, 0))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void twoThreadsAreRefusedAndClosingWaitsForNobody() throws InterruptedException {
    Network network = quadrants(1);
    List<Future<Integer>> done = new ArrayList<>();
    try (ExecutorService pool = Executors.newFixedThreadPool(3)) {
      for (int t = 0; t < 3; t++) {
        boolean closes = t == 2;
        done.add(
            pool.submit(
                () -> {
                  int passed = 0;
                  for (int i = 0; i < 2_000; i++) {
                    try {
                      if (closes && i == 1_999) {
                        network.close();
                      } else {
                        network.train(BATCH);
                      }
                      passed++;
                    } catch (ConcurrentUseException e) {
                      i -= closes && i == 1_999 ? 1 : 0;
                    } catch (ClosedException e) {
                      break;
                    }
                  }
                  return passed;
                }));
      }
    }
    int passed = 0;
    for (Future<Integer> one : done) {
      try {
        passed += one.get();
      } catch (ExecutionException e) {
        throw new AssertionError("neither a step nor a typed refusal", e.getCause());
      }
    }
    assertThat(passed).isPositive();
    assertThatThrownBy(() -> network.train(1)).isInstanceOf(NeroException.class);
  }
}
