package org.nero4j.bench.peers;

import java.util.function.Supplier;
import org.nero4j.bench.TensorSet;

/// A library that is measured beside nero4j, in a process of its own: each brings native libraries
/// that would not share one. Needs nothing but the JDK, so that a peer's class path stays its own.
public interface Peer {
  /// Something to run again and again.
  interface Task extends Runnable, AutoCloseable {
    /// Puts back what runs use up, before some of them and untimed: a backward pass would have made
    /// new gradients for each.
    void refresh();

    /// The first tensor's weights as they are now, or a network's last loss alone.
    float[] look();

    @Override
    void close();

    /// One that uses nothing up.
    static Task of(Runnable run, Supplier<float[]> look, Runnable close) {
      return of(run, () -> {}, look, close);
    }

    /// One of four parts.
    static Task of(Runnable run, Runnable refresh, Supplier<float[]> look, Runnable close) {
      return new Task() {
        @Override
        public void refresh() {
          refresh.run();
        }

        @Override
        public void run() {
          run.run();
        }

        @Override
        public float[] look() {
          return look.get();
        }

        @Override
        public void close() {
          close.run();
        }
      };
    }
  }

  /// Batch after batch of training.
  interface Training extends Task {
    /// Numbers that the optimiser moves. A peer with another count trains another network.
    long parameters();

    /// One of a task.
    static Training of(long parameters, Task task) {
      return new Training() {
        @Override
        public long parameters() {
          return parameters;
        }

        @Override
        public void refresh() {
          task.refresh();
        }

        @Override
        public void run() {
          task.run();
        }

        @Override
        public float[] look() {
          return task.look();
        }

        @Override
        public void close() {
          task.close();
        }
      };
    }
  }

  /// Name and version of what does the work.
  String version();

  /// A step over tensors of [Values].
  ///
  /// @throws IllegalArgumentException if it has no such implementation
  Task step(String implementation, TensorSet set, double rate);

  /// A batch of training on images of [Values]: forward, backward and a step.
  ///
  /// @throws IllegalArgumentException if it has no such network or optimiser
  Training train(String optimizer, String network, int batch, double rate);
}
