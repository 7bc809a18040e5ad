package org.nero4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nero4j.bindings.nero_h;
import org.nero4j.examples.Snippets;

class DocumentationTest {
  private static final String RESULTS =
      """
      arrays 0.5608977
      segments StepReport[skipped=false, step=1, parametersStepped=1, parametersAbsent=0, \
      neuronsNonFinite=1, neuronsUnbalanced=0, neuronsExempt=0, gradientNorm=NaN]
      columns -0.7087559
      decay 1.0
      moving 0.0
      resumed 1
      foreign [0.5, 0.5, 0.5, 0.5]
      timed true
      """;

  @TempDir Path folder;

  @Test
  void theExamplesDoWhatTheySay() {
    PrintStream before = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      Snippets.main(new String[0]);
    } finally {
      System.setOut(before);
    }
    assertThat(printed.toString(StandardCharsets.UTF_8)).isEqualToNormalizingNewlines(RESULTS);
  }

  /// Everything public has a comment, and every link and example in one is found.
  @Test
  void everythingPublicIsDocumented() {
    StringWriter said = new StringWriter();
    int status =
        ToolProvider.findFirst("javadoc")
            .orElseThrow()
            .run(
                new PrintWriter(said),
                new PrintWriter(said),
                "-d",
                folder.toString(),
                "-quiet",
                "-Xdoclint:all",
                "-Xmaxwarns",
                "10000",
                "--module-path",
                location(nero_h.class),
                "--source-path",
                "src/main/java",
                "--snippet-path",
                "src/test/java",
                "--module",
                "org.nero4j");
    assertThat(status).as("%s", said).isZero();
    // A sentence that says what a method returns needs no tag that says it again.
    assertThat(said.toString().lines())
        .filteredOn(line -> line.contains("warning:") || line.contains("error:"))
        .filteredOn(line -> !line.matches(".*warning: no @(return|param|throws).*"))
        .isEmpty();
    assertThat(folder.resolve("org.nero4j/org/nero4j/Nero.html"))
        .content()
        .contains("two neurons of three inputs");
  }

  /// The same examples where `org.nero4j` is the module that it says it is.
  @Test
  void theExamplesRunOnTheModulePath() throws Exception {
    String rest =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(entry -> !entry.equals(location(Nero.class)))
            .filter(entry -> !entry.equals(location(nero_h.class)))
            .collect(Collectors.joining(File.pathSeparator));
    String output =
        ChildJvm.run(
            Snippets.class,
            "--enable-native-access=org.nero4j,org.nero4j.bindings",
            "--illegal-native-access=deny",
            "-p",
            location(Nero.class) + File.pathSeparator + location(nero_h.class),
            "--add-modules",
            "org.nero4j",
            "-cp",
            rest);
    assertThat(output).isEqualToNormalizingNewlines(RESULTS);
  }

  private static String location(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
    } catch (java.net.URISyntaxException e) {
      throw new AssertionError(e);
    }
  }
}
