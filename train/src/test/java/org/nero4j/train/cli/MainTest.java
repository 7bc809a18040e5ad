package org.nero4j.train.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nero4j.train.run.OptimizerKind;
import picocli.CommandLine;

class MainTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String line) {
    CommandLine command = Main.commandLine();
    command.setOut(new PrintWriter(out, true));
    command.setErr(new PrintWriter(err, true));
    return command.execute(line.split(" "));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "train --depth 0",
        "train --epochs -1",
        "train --lr -1",
        "train --lr NaN",
        "train --optimizer none",
        "train --data /nowhere/at/all",
        "train --what",
        "train --width 1",
        "train --batch 0",
        "train --batch many",
        "train --threads -1",
        "train --train-limit -1",
        "train --model cnn",
        "train --init none",
        "train --augment blur",
        "train --schedule linear",
        "train --device gpu",
        "train --device cuda:99",
        "train --constraint both",
        "train --momentum 0.9",
        "train --optimizer sgd --momentum 2",
        "train --optimizer sgd --beta 0.9",
        "train --optimizer adam --beta1 x",
        "train --optimizer lamb --preset best",
        "train --save pom.xml",
        "fly"
      })
  void wrongArgumentsGetOneLineAndExitCodeTwo(String line) {
    assertThat(run(line)).isEqualTo(2);
    assertThat(err.toString().lines()).hasSize(1).allMatch(l -> l.startsWith("nero: "));
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void oneSeedGivesTheSameBits() {
    String small = "train --depth 2 --width 32 --epochs 1 --threads 2 --seed 7 --no-progress";
    assertThat(run(small)).as(err.toString()).isZero();
    String first = line("weights");
    out.getBuffer().setLength(0);
    assertThat(run(small)).isZero();
    assertThat(line("weights")).isEqualTo(first);
    out.getBuffer().setLength(0);
    assertThat(run(small.replace("seed 7", "seed 8"))).isZero();
    assertThat(line("weights")).isNotEqualTo(first);
  }

  @ParameterizedTest
  @EnumSource(OptimizerKind.class)
  void everyOptimizerLearnsTheSampleFarBeyondChance(OptimizerKind optimizer) {
    // Ten classes: chance is 10 %.
    assertThat(run("train --depth 2 --width 64 --epochs 2 --no-progress --optimizer " + optimizer))
        .as(err.toString())
        .isZero();
    String last = out.toString().lines().reduce((a, b) -> b).orElseThrow();
    assertThat(last).matches("test accuracy \\d+\\.\\d\\d %");
    assertThat(Double.parseDouble(last.split(" ")[2])).isGreaterThan(50);
  }

  @Test
  void aConstraintAndHyperParametersReachTheRun(@TempDir Path temporary) throws IOException {
    String run =
        "train --depth 2 --width 16 --epochs 1 --train-limit 500 --no-progress --optimizer sgd"
            + " --constraint balanced --momentum 0.5 --nesterov --schedule warmup:1 --save ";
    assertThat(run(run + temporary.resolve("run"))).as(err.toString()).isZero();
    assertThat(out.toString())
        .contains("sgd balanced momentum=0.5 nesterov=true")
        .contains("up from 0 over 1 epoch");
    assertThat(Files.readString(temporary.resolve("run/run.json")))
        .contains("\"constraint\" : \"balanced\"", "\"momentum\" : 0.5", "\"nesterov\" : true");
    assertThat(Files.readString(temporary.resolve("run/metrics.jsonl")))
        .containsPattern("\"maxNormError\":\\d\\.\\d+E-[78]");
  }

  @Test
  void doctorKnowsTheMachine() {
    assertThat(run("doctor")).as(out.toString()).isZero();
    assertThat(out.toString()).contains("SIMD level", "CUDA", "oneDNN 3", "gave what it should");
  }

  private String line(String start) {
    return out.toString().lines().filter(l -> l.startsWith(start)).findFirst().orElseThrow();
  }
}
