package org.nero4j;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Runs a main class of these tests in a JVM of its own, for what a JVM can do or be told only
/// once.
final class ChildJvm {
  private ChildJvm() {}

  /// What it prints, errors too. Native access is granted unless the options say otherwise.
  static String run(Class<?> main, String... options) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(options));
    if (command.stream().noneMatch(option -> option.contains("native-access"))) {
      command.add("--enable-native-access=ALL-UNNAMED");
    }
    if (!command.contains("-cp")) {
      command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    }
    command.add(main.getName());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return output;
  }
}
