package org.nero4j.tests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The command line in a JVM of its own, over a library of choice.
record CommandLineJvm(int code, String said) {
  private static final Path NATIVE_BUILD = Path.of("../native/target/cmake").toAbsolutePath();

  /// The native build that this test run is of.
  static Path nativeBuild() {
    return NATIVE_BUILD.normalize();
  }

  /// Linked to the PTX emulator; exists where the build found nvcc.
  static Path emulatedLibrary() {
    return nativeBuild().resolve("emulated/libnero4j.so");
  }

  /// As NERO_CUDA=OFF makes it; exists where the build found nvcc.
  static Path cudalessLibrary() {
    return nativeBuild().resolve("cudaless/libnero4j.so");
  }

  static boolean hasCuda() {
    return Files.exists(emulatedLibrary());
  }

  /// library null: the one that users have.
  static CommandLineJvm run(Path library, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    if (library != null) {
      command.add("-Dorg.nero4j.library.path=" + library);
    }
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add("org.nero4j.train.cli.Main");
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes());
    return new CommandLineJvm(process.waitFor(), said);
  }
}
