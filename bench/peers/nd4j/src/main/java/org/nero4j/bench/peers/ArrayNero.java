package org.nero4j.bench.peers;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/// Nero ("Learning by Turning", Algorithm 1) as one would write it with ND4J's arrays, in place
/// where they allow it. No library of the JVM has it.
final class ArrayNero implements Runnable {
  private static final double BETA = 0.999;

  private final INDArray[] weights;
  private final INDArray[] gradients;
  private final INDArray[] squares;
  private final double[] scales;
  private final double rate;
  private int step;

  ArrayNero(INDArray[] weights, INDArray[] gradients, double rate) {
    this.weights = weights;
    this.gradients = gradients;
    this.rate = rate;
    squares = new INDArray[weights.length];
    scales = new double[weights.length];
    for (int i = 0; i < weights.length; i++) {
      if (matrix(i)) {
        balance(weights[i]);
      }
      scales[i] = weights[i].norm2(1).meanNumber().doubleValue();
      squares[i] = Nd4j.zeros(weights[i].dataType(), weights[i].size(0), 1);
    }
  }

  /// Vectors have one column here, and are not constrained.
  private boolean matrix(int i) {
    return weights[i].size(1) > 1;
  }

  private static void balance(INDArray w) {
    w.subiColumnVector(w.mean(true, 1));
    w.diviColumnVector(w.norm2(true, 1));
  }

  @Override
  public void run() {
    step++;
    double correction = 1 - Math.pow(BETA, step);
    for (int i = 0; i < weights.length; i++) {
      INDArray norms = gradients[i].norm2(true, 1);
      squares[i].muli(BETA).addi(norms.muli(norms).muli(1 - BETA));
      INDArray turns =
          org.nd4j.linalg.ops.transforms.Transforms.sqrt(squares[i].div(correction), false)
              .rdivi(rate * scales[i]);
      weights[i].subi(gradients[i].mulColumnVector(turns));
      if (matrix(i)) {
        balance(weights[i]);
      }
    }
  }
}
