package org.nero4j;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.nero4j.bindings.nero_h;

/// Finds and loads libnero4j once. Loading this class never fails; [#require] does, with the whole
/// story.
final class NativeLibrary {
  static final String PATH_PROPERTY = "org.nero4j.library.path";
  static final String VERSION = "0.1.0";

  record Loaded(Path path, String foundBy) {}

  private static final class Holder {
    private static final Loaded LOADED;
    private static final LibraryLoadException FAILURE;

    static {
      Loaded loaded = null;
      LibraryLoadException failure = null;
      try {
        loaded = load();
      } catch (LibraryLoadException e) {
        failure = e;
      }
      LOADED = loaded;
      FAILURE = failure;
    }
  }

  private NativeLibrary() {}

  /// The loaded library.
  ///
  /// @throws LibraryLoadException with every attempt as a suppressed exception
  static Loaded require() {
    if (Holder.FAILURE != null) {
      LibraryLoadException again = new LibraryLoadException(Holder.FAILURE.getMessage());
      for (Throwable attempt : Holder.FAILURE.getSuppressed()) {
        again.addSuppressed(attempt);
      }
      throw again;
    }
    return Holder.LOADED;
  }

  private static Loaded load() {
    List<Throwable> attempts = new ArrayList<>();
    String chosen = System.getProperty(PATH_PROPERTY);
    String file = System.mapLibraryName("nero4j");
    if (chosen != null && !chosen.isBlank()) {
      Path path = Path.of(chosen).toAbsolutePath();
      Path library = Files.isDirectory(path) ? path.resolve(file) : path;
      if (tryLoad(library, attempts)) {
        return new Loaded(library, "-D" + PATH_PROPERTY);
      }
      // A path that was asked for and does not work is an error, not a hint.
      throw failure(attempts);
    }
    String resource = "META-INF/native/" + NativeResources.platform() + "/" + file;
    try {
      Path library =
          NativeResources.unpack(NativeLibrary.class.getClassLoader(), resource, VERSION);
      if (tryLoad(library, attempts)) {
        return new Loaded(library, "resource " + resource);
      }
    } catch (LibraryLoadException e) {
      attempts.add(e);
    }
    for (String folder :
        System.getProperty("java.library.path", "").split(java.io.File.pathSeparator)) {
      Path library = Path.of(folder.isEmpty() ? "." : folder).toAbsolutePath().resolve(file);
      if (Files.isRegularFile(library) && tryLoad(library, attempts)) {
        return new Loaded(library, "java.library.path");
      }
    }
    throw failure(attempts);
  }

  private static boolean tryLoad(Path library, List<Throwable> attempts) {
    try {
      System.load(library.toString());
      initializeBindings();
      return true;
    } catch (UnsatisfiedLinkError e) {
      String hint = "";
      if (String.valueOf(e.getMessage()).contains("failed to map segment")) {
        hint =
            "; its volume forbids execution (noexec): -D%s=FOLDER unpacks elsewhere"
                .formatted(NativeResources.CACHE_PROPERTY);
      }
      attempts.add(new LibraryLoadException(library + ": " + e.getMessage() + hint, e));
      return false;
    } catch (IllegalCallerException e) {
      attempts.add(
          new LibraryLoadException(
              library
                  + ": native access is denied; start java with --enable-native-access="
                  + (NativeLibrary.class.getModule().isNamed()
                      ? "org.nero4j,org.nero4j.bindings"
                      : "ALL-UNNAMED"),
              e));
      return false;
    }
  }

  /// The bindings are another module, which needs native access of its own, and asks for it when
  /// its class loads.
  private static void initializeBindings() {
    try {
      nero_h.NERO_ABI_VERSION();
    } catch (ExceptionInInitializerError e) {
      if (e.getCause() instanceof IllegalCallerException denied) {
        throw denied;
      }
      throw e;
    }
  }

  private static LibraryLoadException failure(List<Throwable> attempts) {
    StringBuilder message =
        new StringBuilder("libnero4j could not be loaded on ")
            .append(NativeResources.platform())
            .append(", Java ")
            .append(Runtime.version())
            .append(':');
    for (Throwable attempt : attempts) {
      message.append("\n  ").append(attempt.getMessage());
    }
    LibraryLoadException failure = new LibraryLoadException(message.toString());
    attempts.forEach(failure::addSuppressed);
    return failure;
  }
}
