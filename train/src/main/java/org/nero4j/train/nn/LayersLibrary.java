package org.nero4j.train.nn;

import java.nio.file.Files;
import java.nio.file.Path;
import org.nero4j.NativeErrors;
import org.nero4j.NativeResources;
import org.nero4j.NativeRuntime;
import org.nero4j.bindings.nn.nero_nn_h;

/// Loads libnero4j_nn, and before it what it needs: oneDNN and its OpenMP from the jar of
/// `org.bytedeco:dnnl`.
public final class LayersLibrary {
  /// The system property that names the file or the folder of libnero4j_nn, instead of its jar.
  public static final String PATH_PROPERTY = "org.nero4j.nn.library.path";

  private static final String ONEDNN_VERSION = "onednn-3.8.1";

  private static boolean loaded;

  private LayersLibrary() {}

  /// Loads the library once.
  ///
  /// @throws org.nero4j.LibraryLoadException if a part is missing, naming it
  /// @throws org.nero4j.AbiMismatchException if the library is not the one that the bindings were
  ///   made for
  public static synchronized void require() {
    if (loaded) {
      return;
    }
    NativeRuntime.describe();
    ClassLoader loader = LayersLibrary.class.getClassLoader();
    String folder = "org/bytedeco/dnnl/" + NativeResources.platform() + "/";
    load(unpack(loader, folder + "libgomp.so.1", ONEDNN_VERSION));
    loadOneDnn(loader, unpack(loader, folder + "libdnnl.so.3", ONEDNN_VERSION));
    load(library(loader));
    LayersAbi.check(
        nero_nn_h.nero_nn_abi_version(),
        nero_nn_h.nero_nn_abi_describe().reinterpret(Long.MAX_VALUE).getString(0));
    loaded = true;
  }

  /// oneDNN's jar is linked to OpenCL, which a CPU engine does not call and few machines have.
  private static void loadOneDnn(ClassLoader loader, Path file) {
    try {
      System.load(file.toString());
    } catch (UnsatisfiedLinkError e) {
      if (String.valueOf(e.getMessage()).contains("libOpenCL")) {
        String stub = "META-INF/native/" + NativeResources.platform() + "/libOpenCL.so.1";
        load(unpack(loader, stub, NativeRuntime.describe().version()));
      }
      load(file);
    }
  }

  private static void load(Path file) {
    try {
      System.load(file.toString());
    } catch (UnsatisfiedLinkError e) {
      String hint = "";
      if (String.valueOf(e.getMessage()).contains("failed to map segment")) {
        hint =
            "; its volume forbids execution (noexec): -D%s=FOLDER unpacks elsewhere"
                .formatted(NativeResources.CACHE_PROPERTY);
      }
      throw NativeErrors.notLoaded(
          "the layers need %s, which could not be loaded: %s%s"
              .formatted(file, e.getMessage(), hint),
          e);
    }
  }

  private static Path library(ClassLoader loader) {
    String file = System.mapLibraryName("nero4j_nn");
    String chosen = System.getProperty(PATH_PROPERTY);
    if (chosen != null && !chosen.isBlank()) {
      Path path = Path.of(chosen).toAbsolutePath();
      return Files.isDirectory(path) ? path.resolve(file) : path;
    }
    String resource = "META-INF/native/" + NativeResources.platform() + "/" + file;
    return unpack(loader, resource, NativeRuntime.describe().version());
  }

  private static Path unpack(ClassLoader loader, String resource, String version) {
    return NativeResources.unpack(loader, resource, version);
  }

  /// oneDNN's version.
  public static String backend() {
    require();
    return nero_nn_h.nero_nn_backend().reinterpret(Long.MAX_VALUE).getString(0);
  }

  /// Whether the processor multiplies bfloat16 in tiles (AMX); see
  /// [NetworkBuilder#bfloat16(boolean)].
  public static boolean hasBfloat16() {
    require();
    return nero_nn_h.nero_nn_has_bfloat16() != 0;
  }
}
