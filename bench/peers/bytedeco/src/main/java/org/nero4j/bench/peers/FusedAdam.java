package org.nero4j.bench.peers;

import static org.bytedeco.pytorch.global.torch.zeros;
import static org.bytedeco.pytorch.global.torch.zeros_like;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.OperatorHandle;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorType;
import org.bytedeco.pytorch.Type;

/// PyTorch's fastest Adam of the CPU. The presets have no binding of it, so it is reached through
/// the dispatcher, which eats its arguments: the stack is built anew for each step.
final class FusedAdam {
  private final OperatorHandle operator =
      Dispatcher.singleton().findSchemaOrThrow("aten::_fused_adam_", "");
  private final Tensor[] steps;
  private final IValue parameters;
  private final IValue firstMoments;
  private final IValue secondMoments;
  private final IValue none = list();
  private final IValue stepList;
  private final double rate;

  FusedAdam(Tensor[] p, double rate) {
    this.rate = rate;
    Tensor[] m = new Tensor[p.length];
    Tensor[] v = new Tensor[p.length];
    steps = new Tensor[p.length];
    for (int i = 0; i < p.length; i++) {
      m[i] = zeros_like(p[i]);
      v[i] = zeros_like(p[i]);
      steps[i] = zeros(new long[] {});
    }
    parameters = list(p);
    firstMoments = list(m);
    secondMoments = list(v);
    stepList = list(steps);
  }

  private static IValue list(Tensor... tensors) {
    GenericList all = new GenericList(new Type.TypePtr(TensorType.get()));
    for (Tensor t : tensors) {
      all.push_back(new IValue(t));
    }
    return new IValue(all);
  }

  /// @param g gradients, in the order of the parameters
  void step(Tensor... g) {
    try (PointerScope scope = new PointerScope()) {
      for (Tensor step : steps) {
        step.add_(new Scalar(1.0));
      }
      operator.callBoxed(
          new IValueVector(
              new IValue(parameters),
              list(g),
              new IValue(firstMoments),
              new IValue(secondMoments),
              new IValue(none),
              new IValue(stepList),
              new IValue(rate),
              new IValue(0.9),
              new IValue(0.999),
              new IValue(0.0),
              new IValue(1e-8),
              new IValue(false),
              new IValue(false),
              new IValue(),
              new IValue()));
    }
  }
}
