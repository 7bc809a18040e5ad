package org.nero4j;

/// Types of numbers in state.
public enum DType {
  /// 32-bit float.
  F32,
  /// 64-bit float.
  F64,
  /// 64-bit integer.
  I64
}
