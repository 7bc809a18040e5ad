package org.nero4j;

/// How the CPU is used.
///
/// @param threads threads of a step, of which a short one uses fewer; 0 for `NERO_NUM_THREADS` or
///   else all processors; results do not depend on it
/// @param level a SIMD level of [NativeRuntime#cpuLevels], null for `NERO_CPU_LEVEL` or else the
///   best; results do not depend on it
public record CpuSettings(int threads, String level) {
  /// All defaults.
  public static CpuSettings defaults() {
    return new CpuSettings(0, null);
  }

  /// The same with this number of threads.
  public CpuSettings withThreads(int threads) {
    return new CpuSettings(threads, level);
  }

  /// The same with this SIMD level.
  public CpuSettings withLevel(String level) {
    return new CpuSettings(threads, level);
  }
}
