package org.nero4j.bench.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.nero4j.NativeRuntime;

/// How each peer is started: fixed settings, the best that its documentation knows, stated in the
/// results.
public enum Launch {
  /// nero4j itself, on the class path of who asks.
  NERO4J("org.nero4j.bench.peers.NeroPeer", null),
  /// The JavaCPP presets of PyTorch.
  BYTEDECO("org.nero4j.bench.peers.BytedecoPeer", "peers/bytedeco/target/lib"),
  /// Deep Java Library with its PyTorch engine.
  DJL("org.nero4j.bench.peers.DjlPeer", "peers/djl/target/lib"),
  /// ND4J and Deeplearning4j. Its OpenBLAS is older than this processor may be, and would fall back
  /// to a kernel of 2004.
  ND4J("org.nero4j.bench.peers.Nd4jPeer", "peers/nd4j/target/lib");

  private final String main;
  private final String lib;

  Launch(String main, String lib) {
    this.main = main;
    this.lib = lib;
  }

  /// In lower case, as in results.
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// What it is started for: which of a library's pools of threads should have the processors
  /// depends on that.
  public enum Work {
    /// Steps of an optimiser.
    STEP,
    /// Networks whose time goes to products of matrices.
    LINEAR,
    /// Networks whose time goes to convolutions.
    CONVOLUTION;

    /// What training a network is.
    public static Work of(String network) {
      return Values.shape(network).length == 1 ? LINEAR : CONVOLUTION;
    }
  }

  /// bytedeco's OpenBLAS multiplies matrices with a pool of its own; all else is OpenMP's. Both at
  /// work are several times slower than either.
  private boolean openblas(Work work) {
    return this == BYTEDECO && work == Work.LINEAR;
  }

  private Map<String, String> environment(Work work, int threads) {
    Map<String, String> set = new LinkedHashMap<>();
    set.put("OMP_NUM_THREADS", Integer.toString(openblas(work) ? 1 : threads));
    switch (this) {
      case NERO4J -> {
        // As the commands of this repository have it: a short spin, then sleep.
        set.put("OMP_WAIT_POLICY", "PASSIVE");
        set.put("GOMP_SPINCOUNT", "2000");
      }
      case BYTEDECO ->
          set.put("OPENBLAS_NUM_THREADS", Integer.toString(openblas(work) ? threads : 1));
      case DJL -> {}
      case ND4J -> {
        switch (NativeRuntime.describe().cpuLevel()) {
          case "x86-64-v4" -> set.put("OPENBLAS_CORETYPE", "SKYLAKEX");
          case "x86-64-v3" -> set.put("OPENBLAS_CORETYPE", "HASWELL");
          default -> {}
        }
      }
    }
    return set;
  }

  /// Environment and properties, as they are stated in results.
  public String settings(Work work, int threads) {
    return String.join(
        " ", environment(work, threads).entrySet().stream().map(Object::toString).toList());
  }

  private String classPath(Path modules) throws IOException {
    if (lib == null) {
      return System.getProperty("java.class.path");
    }
    Path jars = modules.resolve(lib).toAbsolutePath();
    if (!Files.isDirectory(jars)) {
      throw new IOException(
          "%s is not built: no folder %s; `mvn -Ppeers package` makes it".formatted(id(), jars));
    }
    return jars + "/*";
  }

  /// Starts it, and waits until it answers.
  ///
  /// @param modules the bench module
  /// @param work what will be asked of it
  /// @param turnNanos about how long a turn is
  public PeerProcess start(Path modules, Work work, int threads, long turnNanos)
      throws IOException {
    Path scratch = Files.createDirectories(modules.resolve("target/peers/" + id()));
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElse("java"));
    command.addAll(
        List.of(
            "--enable-native-access=ALL-UNNAMED",
            "-Xmx3g",
            "-Dorg.bytedeco.javacpp.maxBytes=12g",
            "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0",
            "-Dorg.bytedeco.javacpp.cachedir=" + scratch.resolve("cache").toAbsolutePath(),
            "-Dai.djl.offline=true",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
            "-cp",
            classPath(modules),
            main,
            Integer.toString(openblas(work) ? 1 : threads),
            Long.toString(turnNanos)));
    ProcessBuilder builder = new ProcessBuilder(command).directory(scratch.toFile());
    builder.environment().putAll(environment(work, threads));
    builder
        .environment()
        .put("DJL_CACHE_DIR", scratch.resolve("cache").toAbsolutePath().toString());
    builder.redirectError(scratch.resolve("errors.log").toFile());
    try {
      return new PeerProcess(id(), builder.start());
    } catch (PeerProcess.Ended first) {
      // bytedeco's first start with an empty cache of libraries dies once it has filled it.
      return new PeerProcess(id(), builder.start());
    }
  }
}
