package org.nero4j.train.nn;

import java.lang.foreign.MemorySegment;

/// What training changes and no gradient does: a batch norm's running mean or variance. It belongs
/// into a file of a model's weights.
///
/// @param name such as `layer1.0.bn1.running_mean`
/// @param values 32-bit floats in the model's own memory, which may be written between calls
public record ModelBuffer(String name, MemorySegment values) {
  /// Floats in all.
  public long count() {
    return values.byteSize() / Float.BYTES;
  }
}
