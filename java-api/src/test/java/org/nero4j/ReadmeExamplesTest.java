package org.nero4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Each Java example of the README compiles and runs as it stands there.
class ReadmeExamplesTest {
  @TempDir Path folder;

  @Test
  void everyExampleRuns() throws Exception {
    String readme = Files.readString(Path.of("../README.md"));
    Matcher blocks = Pattern.compile("(?s)```java\n(.*?)```").matcher(readme);
    List<String> outputs = new ArrayList<>();
    while (blocks.find()) {
      Path source = folder.resolve("Example" + outputs.size() + ".java");
      Files.writeString(source, blocks.group(1));
      outputs.add(run(source));
    }
    assertThat(outputs)
        .containsExactly("first neuron: 0.5609 -0.7943 0.2334\n", "steps 10, state 12544 bytes\n");
  }

  private static String run(Path source) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                source.toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }
}
