package org.nero4j.train.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nero4j.train.data.Augmentation;
import org.nero4j.train.loop.Epoch;
import org.nero4j.train.loop.Outcome;
import org.nero4j.train.loop.Progress;
import org.nero4j.train.loop.Schedule;
import org.nero4j.train.run.ModelSettings;
import org.nero4j.train.run.OptimizerSettings;
import org.nero4j.train.run.RunReport;
import org.nero4j.train.run.RunSettings;

class GridRunnerTest {
  private static final List<RunSettings> CELLS =
      new Grid(
              "compare",
              new Grid.GridData("sample", 500, 100, Augmentation.NONE),
              Schedule.CONSTANT,
              3)
          .seeds(0, 1, 2)
          .batch(100)
          .arm("nero", ModelSettings.parse("mlp:depth=2,width=12"), OptimizerSettings.parse("nero"))
          .cells();

  @TempDir private Path folder;

  private final List<String> heard = new ArrayList<>();

  /// Throws at the end of the second epoch of the cell with seed 1.
  private Error failure;

  private final GridRunner.Listener listener =
      new GridRunner.Listener() {
        @Override
        public void resumed(RunSettings cell, Progress from) {
          heard.add("resumed %d after %d".formatted(cell.seed(), from.epochs().size()));
        }

        @Override
        public void epoch(RunSettings cell, Epoch epoch) {
          heard.add("epoch %d of %d".formatted(epoch.number(), cell.seed()));
          if (failure != null && cell.seed() == 1 && epoch.number() == 2) {
            throw failure;
          }
        }

        @Override
        public void finished(RunSettings cell, Outcome outcome) {
          heard.add("finished " + cell.seed());
        }

        @Override
        public void failed(RunSettings cell, Throwable cause) {
          heard.add("failed %d by %s".formatted(cell.seed(), cause.getMessage()));
        }
      };

  private GridRunner run() {
    GridRunner runner = new GridRunner(folder, 1, 0);
    heard.clear();
    runner.run(CELLS, listener, () -> false);
    return runner;
  }

  private Path cell(int seed) {
    return CellFolder.of(folder, CELLS.get(seed)).path();
  }

  private List<String> reports() {
    return new GridRunner(folder, 1, 0).finished(CELLS).stream().map(RunReport::toString).toList();
  }

  private List<String> expected;

  @BeforeEach
  void runWhole() {
    assertThat(run().fatal()).isNull();
    assertThat(heard).contains("finished 0", "finished 1", "finished 2");
    expected = reports();
    assertThat(expected).hasSize(3);
  }

  /// As it is before the first call.
  private void clear() throws IOException {
    for (int seed = 0; seed < 3; seed++) {
      CellFolder.of(folder, CELLS.get(seed)).clear();
    }
  }

  @Test
  void anErrorFailsItsCellAloneWhichThenGoesOn() throws IOException {
    for (Error error : List.of(new UnsatisfiedLinkError("gone"), new OutOfMemoryError("heap"))) {
      clear();
      failure = error;
      GridRunner runner = run();
      assertThat(runner.fatal()).isSameAs(error instanceof VirtualMachineError ? error : null);
      assertThat(heard)
          .contains("finished 0", "failed 1 by " + error.getMessage(), "finished 2")
          .doesNotContain("finished 1");
      assertThat(Files.readString(cell(1).resolve("run.json")))
          .contains("\"status\" : \"failed\"", error.toString());
      assertThat(reports()).hasSize(2);
      failure = null;
      run();
      assertThat(heard)
          .containsExactly("resumed 1 after 1", "epoch 2 of 1", "epoch 3 of 1", "finished 1");
      assertThat(reports()).isEqualTo(expected);
    }
  }

  @Test
  void aFinishedRunWithoutItsMetricsIsRunAgain() throws IOException {
    Files.writeString(cell(2).resolve("metrics.jsonl"), "\0".repeat(4096));
    assertThat(reports()).hasSize(2);
    run();
    assertThat(heard).contains("epoch 1 of 2", "finished 2").doesNotContain("finished 0");
    assertThat(reports()).isEqualTo(expected);
  }

  @Test
  void aDamagedCheckpointIsNoObstacle() throws IOException {
    clear();
    failure = new UnsatisfiedLinkError("gone");
    run();
    failure = null;
    Path checkpoint = cell(1).resolve("checkpoint.safetensors");
    byte[] bytes = Files.readAllBytes(checkpoint);
    bytes[bytes.length - 1] ^= 1;
    Files.write(checkpoint, bytes);
    run();
    assertThat(heard).containsExactly("epoch 1 of 1", "epoch 2 of 1", "epoch 3 of 1", "finished 1");
    assertThat(reports()).isEqualTo(expected);
  }
}
