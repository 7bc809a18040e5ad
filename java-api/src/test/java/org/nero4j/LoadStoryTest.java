package org.nero4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.io.InputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Each way to the library, and what is said where none leads there.
class LoadStoryTest {
  private static final String RESOURCE =
      "META-INF/native/" + NativeResources.platform() + "/libnero4j.so";

  @TempDir Path folder;

  /// Says how the library was found, or the whole story of why not.
  static final class Describer {
    public static void main(String[] arguments) {
      Nero.Builder builder = null; // Naming a class loads nothing.
      try {
        builder = Nero.withLearningRate(0.1);
        NativeRuntime runtime = NativeRuntime.describe();
        System.out.println("found by " + runtime.foundBy() + " at " + runtime.library());
      } catch (LibraryLoadException e) {
        System.out.println(e.status() + " with " + e.getSuppressed().length + " attempts: " + e);
        try {
          Device.cpu();
        } catch (LibraryLoadException again) {
          System.out.println("again with " + again.getSuppressed().length + " attempts");
        }
      }
      if (builder != null) {
        builder.beta(0.9);
      }
    }
  }

  private Path copyOfTheLibrary() throws Exception {
    Path library = folder.resolve("libnero4j.so");
    try (InputStream in = getClass().getClassLoader().getResourceAsStream(RESOURCE)) {
      Files.copy(in, library);
    }
    return library;
  }

  /// The class path without the library's jar.
  private static String bare() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(entry -> !entry.contains("nero4j-native"))
        .collect(Collectors.joining(File.pathSeparator));
  }

  @Test
  void aChosenFileOrFolderComesFirst() throws Exception {
    Path library = copyOfTheLibrary();
    for (Path chosen : new Path[] {library, folder}) {
      assertThat(ChildJvm.run(Describer.class, "-Dorg.nero4j.library.path=" + chosen))
          .contains("found by -Dorg.nero4j.library.path at " + library);
    }
  }

  @Test
  void theLibraryPathComesLast() throws Exception {
    Path library = copyOfTheLibrary();
    String path = "-Djava.library.path=" + folder;
    assertThat(ChildJvm.run(Describer.class, path)).contains("found by resource");
    assertThat(ChildJvm.run(Describer.class, path, "-cp", bare()))
        .contains("found by java.library.path at " + library);
  }

  @Test
  void everyFailedAttemptIsTold() throws Exception {
    Files.writeString(folder.resolve("libnero4j.so"), "no library");
    String output = ChildJvm.run(Describer.class, "-Djava.library.path=" + folder, "-cp", bare());
    assertThat(output)
        .contains("UNSUPPORTED with 2 attempts")
        .contains("no resource " + RESOURCE)
        .contains(folder.resolve("libnero4j.so") + ": ")
        .contains("again with 2 attempts");
  }

  @Test
  void deniedNativeAccessNamesTheFlag() throws Exception {
    assertThat(ChildJvm.run(Describer.class, "--illegal-native-access=deny"))
        .contains("--enable-native-access=ALL-UNNAMED");
  }

  @Test
  void aFolderThatCannotBeWrittenNamesThePropertyThatMovesIt() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "not a folder");
    assertThat(ChildJvm.run(Describer.class, "-Dorg.nero4j.cache=" + file))
        .contains("cannot unpack libnero4j.so to " + file)
        .contains("-Dorg.nero4j.cache=FOLDER");
  }

  @Test
  void aResourceWithoutItsHashIsToldByItsJarsChecksum() throws Exception {
    String before = System.setProperty(NativeResources.CACHE_PROPERTY, folder.toString());
    try {
      Path first = unpack("one.jar", "content", null);
      assertThat(first).hasContent("content").hasFileName("lib.so");
      assertThat(unpack("one.jar", "content", null)).isEqualTo(first);
      assertThat(unpack("two.jar", "changed", null)).hasContent("changed").isNotEqualTo(first);
      assertThat(first).hasContent("content");
      Files.writeString(first, "CONTENT");
      assertThat(unpack("one.jar", "content", null)).isEqualTo(first).hasContent("content");
      String sha256 = "ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73";
      assertThat(unpack("three.jar", "content", sha256).getParent().getFileName())
          .hasToString("1-ed7002b439e9ac84");
      assertThatThrownBy(() -> unpack("four.jar", "tampered", sha256.replace('e', '1')))
          .isInstanceOf(LibraryLoadException.class)
          .hasMessageContaining("lib.so")
          .hasMessageContaining("content");
    } finally {
      if (before == null) {
        System.clearProperty(NativeResources.CACHE_PROPERTY);
      } else {
        System.setProperty(NativeResources.CACHE_PROPERTY, before);
      }
    }
  }

  private Path unpack(String jarName, String content, String sha256) throws Exception {
    Path jar = folder.resolve(jarName);
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(jar))) {
      add(out, "native/lib.so", content);
      if (sha256 != null) {
        add(out, "native/lib.so.sha256", sha256 + "\n");
      }
    }
    try (URLClassLoader loader = new URLClassLoader(new URL[] {jar.toUri().toURL()}, null)) {
      return NativeResources.unpack(loader, "native/lib.so", "1");
    }
  }

  private static void add(ZipOutputStream out, String name, String text) throws Exception {
    out.putNextEntry(new ZipEntry(name));
    out.write(text.getBytes(StandardCharsets.UTF_8));
    out.closeEntry();
  }
}
