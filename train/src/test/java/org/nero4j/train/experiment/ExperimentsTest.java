package org.nero4j.train.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nero4j.train.nn.Initialization;
import org.nero4j.train.run.RunSettings;

class ExperimentsTest {
  private static Stream<Arguments> everyExperimentAtEveryScale() {
    return Experiments.all().stream()
        .flatMap(e -> Stream.of(Scale.values()).map(scale -> Arguments.of(e.name(), scale)));
  }

  @ParameterizedTest
  @MethodSource("everyExperimentAtEveryScale")
  void hasCellsOfTheirOwn(String name, Scale scale) {
    Experiment experiment = Experiments.named(name);
    List<RunSettings> cells = experiment.cells(scale, "/some/data");
    assertThat(cells).isNotEmpty();
    assertThat(cells.stream().map(cell -> CellFolder.of(Path.of("runs"), cell)))
        .doesNotHaveDuplicates()
        .allMatch(cell -> cell.path().getFileName().toString().matches("[a-z0-9.-]+"));
    assertThat(cells)
        .allMatch(cell -> cell.experiment().equals(name))
        .allMatch(cell -> cell.data().equals("/some/data"));
    assertThat(experiment.paper()).isNotBlank();
  }

  @Test
  void deepMlpHasThePapersSettings() {
    List<RunSettings> cells = Experiments.named("deep-mlp").cells(Scale.PAPER, "mnist");
    // Four optimisers from PyTorch's start and from a balanced one; three seeds.
    assertThat(cells).hasSize(24);
    assertThat(cells)
        .allMatch(c -> c.model().depth() == 100 && c.model().width() == 784)
        .allMatch(c -> c.epochs() == 50 && c.batch() == 250)
        .allMatch(c -> c.schedule().toString().equals("exponential"));
    assertThat(cells.getFirst().optimizer().learningRate()).isEqualTo(0.001);
    assertThat(cells.stream().filter(c -> c.model().initialization() == Initialization.BALANCED))
        .hasSize(12);
  }

  @Test
  void someArmsAreChosenByNameOrByAPartOfIt() {
    List<RunSettings> cells = Experiments.named("deep-mlp").cells(Scale.PAPER, "mnist");
    assertThat(Grid.chosen(cells, List.of("nero")).stream().map(RunSettings::arm))
        .containsExactly("nero", "nero", "nero");
    assertThat(Grid.chosen(cells, List.of("balanced", "lamb")).stream().map(RunSettings::arm))
        .hasSize(15)
        .allMatch(arm -> arm.equals("lamb") || arm.endsWith("balanced start"));
    assertThatThrownBy(() -> Grid.chosen(cells, List.of("nero", "adamw")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'adamw'")
        .hasMessageContaining("adam, balanced start");
  }

  @Test
  void aChangedSettingIsAnotherCell() {
    RunSettings one = Experiments.named("rates").cells(Scale.SMALL, "sample").getFirst();
    RunSettings longer =
        new RunSettings(
            one.name(),
            one.experiment(),
            one.arm(),
            one.data(),
            one.trainLimit(),
            one.testLimit(),
            one.augmentation(),
            one.model(),
            one.optimizer(),
            one.schedule(),
            one.epochs() + 1,
            one.batch(),
            one.seed(),
            one.threads());
    Path grid = Path.of("runs");
    assertThat(CellFolder.of(grid, longer)).isNotEqualTo(CellFolder.of(grid, one));
    assertThat(CellFolder.of(grid, one)).isEqualTo(CellFolder.of(grid, one));
  }
}
