package org.nero4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LibraryLoadingTest {
  private static final String RESOURCE =
      "META-INF/native/" + NativeResources.platform() + "/libnero4j.so";

  @TempDir Path folder;

  @Test
  void saysWhereTheLibraryCameFrom() {
    NativeRuntime runtime = NativeRuntime.describe();
    assertThat(runtime.library()).exists();
    assertThat(runtime.foundBy()).isNotBlank();
    assertThat(runtime.cpuLevels()).contains("generic").contains(runtime.cpuLevel());
  }

  @Test
  void aChosenPathThatDoesNotWorkIsAnErrorWithItsReason() throws Exception {
    Path missing = folder.resolve("nowhere.so");
    String output = child("-Dorg.nero4j.library.path=" + missing);
    assertThat(output).contains("LibraryLoadException").contains(missing.toString());
  }

  @Test
  void unpacksOnceAndRepairsADamagedFile() throws Exception {
    String moved = "-Dorg.nero4j.cache=" + folder;
    assertThat(child(moved)).contains("loaded");
    Path library;
    try (var files = Files.walk(folder)) {
      List<Path> found = files.filter(Files::isRegularFile).toList();
      assertThat(found).hasSize(1);
      library = found.getFirst();
    }
    var first = Files.getLastModifiedTime(library);
    assertThat(child(moved)).contains("loaded");
    assertThat(Files.getLastModifiedTime(library)).isEqualTo(first);
    Files.writeString(library, "damaged");
    assertThat(child(moved)).contains("loaded");
    assertThat(Files.size(library)).isGreaterThan(1000);
  }

  @Test
  void aMissingResourceIsNamed() {
    assertThatThrownBy(
            () -> NativeResources.unpack(getClass().getClassLoader(), "META-INF/none.so", "1"))
        .isInstanceOf(LibraryLoadException.class)
        .hasMessageContaining("META-INF/none.so");
    assertThat(getClass().getClassLoader().getResource(RESOURCE)).isNotNull();
  }

  /// Loads the library in a JVM of its own.
  static final class Child {
    public static void main(String[] arguments) {
      try {
        NativeRuntime.describe();
        System.out.println("loaded");
      } catch (NeroException e) {
        System.out.println(e);
      }
    }
  }

  private static String child(String property) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED", property, "-cp"));
    command.add(System.getProperty("java.class.path"));
    command.add(Child.class.getName());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes());
    process.waitFor();
    return output;
  }
}
