package org.nero4j.train.nn;

import java.lang.foreign.MemorySegment;
import java.util.List;

/// A network planned for one batch size, with its loss; every buffer lies in native memory and is
/// made once.
///
/// Any thread may use a model, one at a time: a second one gets
/// [org.nero4j.ConcurrentUseException]. After [#close()] every method but the sizes throws
/// [org.nero4j.ClosedException], and the segments cannot be read any more.
public interface Model extends AutoCloseable {
  /// Its parameters, named as PyTorch names them, in the order of the layers, a layer's matrix
  /// before its bias.
  List<ModelParameter> parameters();

  /// The parameters whose rows are the neurons that layers multiply with: the matrices among
  /// [#parameters()], unless neurons are made of what is trained.
  default List<ModelParameter> neurons() {
    return parameters().stream().filter(ModelParameter::matrix).toList();
  }

  /// What training changes beside them, named as PyTorch names it, in the order of the layers.
  List<ModelBuffer> buffers();

  /// Calls of [#train(int)] that were done; dropout draws by it.
  long step();

  /// Sets that number, for a run that goes on where another stopped.
  ///
  /// @throws org.nero4j.InvalidArgumentException if it is below 0
  void setStep(long step);

  /// Rows that it is planned for.
  int batchSize();

  /// Floats of an input.
  int features();

  /// Classes of an output.
  int classes();

  /// `[batchSize, features]` floats, written by the caller; zero at first.
  MemorySegment inputs();

  /// `[batchSize]` 32-bit labels from 0 to `classes - 1`, written by the caller; zero at first.
  MemorySegment labels();

  /// Forward and backward over the first rows: gradients of their mean loss into each parameter's
  /// gradients. Inputs of the rows behind are set to zero. Allocates nothing.
  ///
  /// @param rows 1 to `batchSize`
  /// @throws org.nero4j.InvalidArgumentException if rows or a label are out of range; no gradient
  ///   has changed then
  void train(int rows);

  /// Forward alone.
  ///
  /// @param rows 1 to `batchSize`
  /// @throws org.nero4j.InvalidArgumentException if rows or a label are out of range
  void evaluate(int rows);

  /// Mean cross entropy of the last call's rows; NaN before the first.
  double loss();

  /// Right predictions among the last call's rows.
  int correct();

  /// Frees the buffers. Closing twice does nothing. Whatever steps the parameters is closed before.
  ///
  /// @throws org.nero4j.ConcurrentUseException if another thread is using the model, which stays
  ///   open
  @Override
  void close();
}
