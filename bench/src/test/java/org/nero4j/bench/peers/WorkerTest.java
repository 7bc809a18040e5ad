package org.nero4j.bench.peers;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nero4j.bench.TensorSet;

class WorkerTest {
  private final Worker worker = new Worker(new NeroPeer(1), 0);

  @Test
  void stepsTheSameValuesForEveryPeer() {
    assertThat(worker.answer("version")).startsWith("nero4j ");
    assertThat(worker.answer("step a adam 4x3 0.01")).isEqualTo("made");
    float[] before = Values.weights(0, 12);
    float[] gradients = Values.gradients(0, 12);
    assertThat(worker.answer("once a")).isEqualTo("done");
    String[] after = worker.answer("look a").split(" ");
    for (int i = 0; i < 12; i++) {
      // The first step of Adam moves each weight by the rate.
      float want = before[i] - 0.01f * Math.signum(gradients[i]);
      assertThat(Float.parseFloat(after[i]))
          .isCloseTo(want, org.assertj.core.data.Offset.offset(1e-6f));
    }
    assertThat(Double.parseDouble(worker.answer("take a"))).isPositive();
    assertThat(worker.answer("drop")).isEqualTo("dropped");
    assertThat(worker.answer("once a")).startsWith("failed ").contains("no task 'a'");
  }

  @Test
  void refreshesWhatIsUsedUpBeforeEachTurn() {
    List<String> log = new ArrayList<>();
    Peer.Task task =
        Peer.Task.of(() -> log.add("run"), () -> log.add("refresh"), () -> new float[0], () -> {});
    Peer peer =
        new Peer() {
          @Override
          public String version() {
            return "none";
          }

          @Override
          public Task step(String implementation, TensorSet set, double rate) {
            return task;
          }

          @Override
          public Training train(String optimizer, String network, int batch, double rate) {
            throw new IllegalArgumentException();
          }
        };
    Worker worker = new Worker(peer, 0);
    worker.answer("step a adam 4x3 1");
    worker.answer("take a");
    log.clear();
    worker.answer("take a");
    // Of the runs, the first is not timed.
    assertThat(log).containsExactly("refresh", "run", "run");
    worker.answer("drop");
  }

  @Test
  void trainsNearTheLossOfAGuess() {
    assertThat(worker.answer("train t nero mlp 4 1e-6")).isEqualTo("2469610");
    assertThat(worker.answer("once t")).isEqualTo("done");
    assertThat(Float.parseFloat(worker.answer("look t"))).isBetween(1f, 6f);
    // Once to warm up and once to be timed, whatever it takes.
    assertThat(worker.answer("runs t 0")).matches("[1-9][0-9]*");
    assertThat(worker.answer("runs t 30").split(" ")).hasSizeGreaterThan(1);
    worker.answer("drop");
  }

  @Test
  void saysWhatItDoesNotKnow() {
    assertThat(worker.answer("step a adamax 4x3 1")).startsWith("failed ").contains("adamax");
    assertThat(worker.answer("train t nero alexnet 4 1")).contains("'alexnet' is no network");
    assertThat(worker.answer("dance")).contains("no command 'dance'");
  }
}
