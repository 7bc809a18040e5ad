package org.nero4j.train.nn;

import java.lang.foreign.MemorySegment;
import java.util.List;

/// A network planned for one batch size, with its loss; every buffer lies in native memory and is made once.
public interface Model extends AutoCloseable {
  /// Its parameters, named as PyTorch names them, in the order of the layers.
  List<ModelParameter> parameters();

  /// Rows that it is planned for.
  int batchSize();

  /// Floats of an input.
  int features();

  /// Classes of an output.
  int classes();

  /// `[batchSize, features]` floats, written by the caller.
  MemorySegment inputs();

  /// `[batchSize]` 32-bit labels, written by the caller.
  MemorySegment labels();

  /// Forward and backward over the first rows; gradients of the mean loss. Allocates nothing.
  void train(int rows);

  /// Forward alone.
  void evaluate(int rows);

  /// Mean cross entropy of the last call.
  double loss();

  /// Right predictions of the last call.
  int correct();

  @Override
  void close();
}
