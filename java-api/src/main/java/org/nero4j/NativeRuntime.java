package org.nero4j;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import org.nero4j.bindings.nero_h;
import org.nero4j.bindings.nero_runtime_info;

/// The native library as it was found on this machine: what an issue report should say.
///
/// @param version the library's version
/// @param abiVersion number of its contract
/// @param layoutHash hash of the layouts of its structs
/// @param cpuLevel the SIMD level that it uses by default
/// @param cpuLevels the levels that this processor can run, best first
/// @param threads threads of a step by default
/// @param cudaDevices CUDA devices, 0 where there are none
/// @param cuda the CUDA runtime, or why there is none
/// @param build the compiler and platform that it was built with
/// @param library its file
/// @param foundBy how that file was found
public record NativeRuntime(
    String version,
    int abiVersion,
    long layoutHash,
    String cpuLevel,
    List<String> cpuLevels,
    int threads,
    int cudaDevices,
    String cuda,
    String build,
    Path library,
    String foundBy) {

  private static volatile NativeRuntime described;

  /// Loads the library if it is not loaded yet, and describes it.
  ///
  /// @throws LibraryLoadException with every failed attempt
  /// @throws AbiMismatchException if the library is not the one that the bindings were made for
  /// @throws InvalidArgumentException if `NERO_NUM_THREADS` is not a number of threads
  /// @throws NotFoundException if `NERO_CPU_LEVEL` names no level of this processor
  public static NativeRuntime describe() {
    NativeRuntime known = described;
    if (known == null) {
      known = load();
      described = known;
    }
    return known;
  }

  /// Sizes, offsets and values of the contract as the C compiler saw them, a line each.
  public static String abi() {
    NativeLibrary.require();
    return Abi.text(nero_h.nero_abi_describe());
  }

  private static NativeRuntime load() {
    NativeLibrary.Loaded loaded = NativeLibrary.require();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment error = Errors.allocate(arena);
      MemorySegment info = nero_runtime_info.allocate(arena);
      nero_runtime_info.struct_size(info, (int) nero_runtime_info.sizeof());
      Errors.check(nero_h.nero_runtime_describe(info, error), error);
      int abi = nero_runtime_info.abi_version(info);
      long hash = nero_runtime_info.layout_hash(info);
      Abi.check(abi, hash, abi());
      return new NativeRuntime(
          nero_runtime_info.version(info).getString(0),
          abi,
          hash,
          nero_runtime_info.cpu_level(info).getString(0),
          List.of(nero_runtime_info.cpu_levels(info).getString(0).split(" ")),
          nero_runtime_info.threads(info),
          nero_runtime_info.cuda_devices(info),
          nero_runtime_info.cuda(info).getString(0),
          nero_runtime_info.build(info).getString(0),
          loaded.path(),
          loaded.foundBy());
    }
  }
}
