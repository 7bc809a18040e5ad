package org.nero4j.train.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nero4j.AbiMismatchException;
import org.nero4j.LibraryLoadException;
import org.nero4j.bindings.nn.nero_nn_h;

class LayersLibraryTest {
  /// Run in a JVM of its own, since a library is loaded once.
  static final class Loads {
    private Loads() {}

    public static void main(String[] arguments) {
      for (int attempt = 0; attempt < 2; attempt++) {
        try {
          LayersLibrary.require();
          System.out.println("loaded");
        } catch (LibraryLoadException e) {
          System.out.println("refused: " + e.getMessage());
        }
      }
    }
  }

  private static List<String> load(String... options) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-XX:-UsePerfData"));
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Loads.class.getName()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output.lines().toList();
  }

  @Test
  void isUnpackedOnceAndLoadedFromTheCache(@TempDir Path cache) throws Exception {
    assertThat(load("-Dorg.nero4j.cache=" + cache)).containsExactly("loaded", "loaded");
    List<Path> first = files(cache);
    assertThat(first.stream().map(p -> p.getFileName().toString()))
        .contains("libdnnl.so.3", "libgomp.so.1", "libnero4j_nn.so", "libnero4j.so");
    List<Object> before = stamps(first);
    assertThat(load("-Dorg.nero4j.cache=" + cache)).containsExactly("loaded", "loaded");
    assertThat(files(cache)).isEqualTo(first);
    assertThat(stamps(first)).isEqualTo(before);
  }

  private static List<Path> files(Path folder) throws IOException {
    try (var all = Files.walk(folder)) {
      return all.filter(Files::isRegularFile).sorted().toList();
    }
  }

  private static List<Object> stamps(List<Path> files) throws IOException {
    List<Object> stamps = new ArrayList<>();
    for (Path file : files) {
      stamps.add(Files.getAttribute(file, "unix:ino"));
      stamps.add(Files.getLastModifiedTime(file));
    }
    return stamps;
  }

  @Test
  void aPathThatIsAskedForAndMissingIsNamedEachTime(@TempDir Path folder) throws Exception {
    List<String> said = load("-D" + LayersLibrary.PATH_PROPERTY + "=" + folder);
    assertThat(said).hasSize(2);
    assertThat(said)
        .allSatisfy(
            line ->
                assertThat(line)
                    .startsWith("refused: the layers need")
                    .contains(folder.resolve("libnero4j_nn.so").toString()));
  }

  @Test
  void bindingsOfAnotherHeaderAreRefused() {
    LayersLibrary.require();
    int version = nero_nn_h.NERO_NN_ABI_VERSION();
    String described = nero_nn_h.nero_nn_abi_describe().reinterpret(Long.MAX_VALUE).getString(0);
    assertThat(described).contains("field nero_nn_result.loss ");
    assertThatCode(() -> LayersAbi.check(version, described)).doesNotThrowAnyException();
    assertThatThrownBy(() -> LayersAbi.check(version + 1, described))
        .isInstanceOf(AbiMismatchException.class)
        .hasMessageContaining("ABI " + (version + 1));
    for (String[] change :
        new String[][] {
          {"field nero_nn_result.loss 16 8", "field nero_nn_result.loss 24 8"},
          {"struct nero_nn_parameter 88", "struct nero_nn_parameter 96"},
          {"field nero_nn_options.threads", "field nero_nn_options.helpers"}
        }) {
      String changed = described.replace(change[0], change[1]);
      assertThat(changed).isNotEqualTo(described);
      assertThatThrownBy(() -> LayersAbi.check(version, changed))
          .isInstanceOf(AbiMismatchException.class)
          .hasMessageContaining(change[1].split(" ")[1]);
    }
  }
}
