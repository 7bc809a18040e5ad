package org.nero4j;

/// Kinds of processors.
public enum DeviceKind {
  /// The host's processor; memory is host memory.
  CPU,
  /// An NVIDIA GPU.
  CUDA
}
