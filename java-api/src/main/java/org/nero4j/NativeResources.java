package org.nero4j;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/// Unpacks native libraries from jars to files that the system can load.
///
/// Files go to `CACHE/nero4j/VERSION-HASH/`, where `CACHE` is the system property
/// `org.nero4j.cache`, else `$XDG_CACHE_HOME`, else `~/.cache`. HASH is of the content. They are
/// written under another name and renamed, and reused when their content is still what the jar has.
/// Modules that bring libraries of their own may use this class too.
public final class NativeResources {
  /// The system property that moves the cache folder.
  public static final String CACHE_PROPERTY = "org.nero4j.cache";

  private NativeResources() {}

  /// This machine in the words of the jars' folders, such as `linux-x86_64`.
  public static String platform() {
    String os = System.getProperty("os.name").toLowerCase(java.util.Locale.ROOT);
    String name = os.startsWith("mac") ? "darwin" : os.startsWith("windows") ? "windows" : os;
    String arch = System.getProperty("os.arch");
    return name + "-" + (arch.equals("amd64") ? "x86_64" : arch);
  }

  /// Unpacks a resource of a class loader and gives the file's path. The file keeps the resource's
  /// name.
  ///
  /// @param loader where the resource is looked for
  /// @param resource its path, such as `META-INF/native/linux-x86_64/libnero4j.so`
  /// @param version becomes part of the folder's name
  /// @throws LibraryLoadException if there is no such resource, or it cannot be written
  public static Path unpack(ClassLoader loader, String resource, String version) {
    URL url = loader.getResource(resource);
    if (url == null) {
      throw new LibraryLoadException("no resource " + resource + " on the class or module path");
    }
    String name = resource.substring(resource.lastIndexOf('/') + 1);
    try {
      Fingerprint content = Fingerprint.of(url, loader.getResource(resource + ".sha256"));
      Path folder = cache().resolve("nero4j").resolve(version + "-" + content.prefix());
      Path file = folder.resolve(name);
      if (Files.isRegularFile(file) && content.isOf(file)) {
        return file;
      }
      Files.createDirectories(folder);
      Path partial = Files.createTempFile(folder, name, ".part");
      try {
        try (InputStream in = url.openStream()) {
          Files.copy(in, partial, StandardCopyOption.REPLACE_EXISTING);
        }
        if (!content.isOf(partial)) {
          throw new IOException("its content is not what its jar says, " + content.value());
        }
        move(partial, file);
      } finally {
        Files.deleteIfExists(partial);
      }
      return file;
    } catch (IOException | SecurityException e) {
      throw new LibraryLoadException(
          "cannot unpack %s to %s (%s); -D%s=FOLDER moves the folder"
              .formatted(name, cache(), e, CACHE_PROPERTY),
          e);
    }
  }

  private static void move(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /// The folder under which libraries are unpacked.
  public static Path cache() {
    String chosen = System.getProperty(CACHE_PROPERTY);
    if (chosen != null && !chosen.isBlank()) {
      return Path.of(chosen);
    }
    String xdg = System.getenv("XDG_CACHE_HOME");
    if (xdg != null && !xdg.isBlank()) {
      return Path.of(xdg);
    }
    return Path.of(System.getProperty("user.home"), ".cache");
  }
}
