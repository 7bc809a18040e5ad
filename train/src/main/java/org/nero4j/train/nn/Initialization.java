package org.nero4j.train.nn;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Locale;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Collectors;
import org.nero4j.NativeErrors;
import org.nero4j.Status;

/// How a model's weights start. A seed gives the same bits on every machine.
///
/// Fan-in is the number of weights of a neuron: the width that a matrix reads, or the channels of a
/// convolution's group times its kernel. Fan-out is the number of neurons, times the kernel. Gains
/// start at 1 and biases of norms at 0 everywhere; the rows of an embedding are standard normal but
/// for the balanced start.
public enum Initialization {
  /// PyTorch's default for linear layers and convolutions: weights and biases uniform within
  /// ±1/sqrt(fan-in).
  TORCH {
    @Override
    float weight(RandomGenerator random, long fanIn, long fanOut) {
      return uniform(random, 1 / Math.sqrt(fanIn));
    }

    @Override
    float bias(RandomGenerator random, long fanIn) {
      return uniform(random, 1 / Math.sqrt(fanIn));
    }
  },
  /// He et al. 2015, for ReLU: uniform within ±sqrt(6/fan-in); biases 0.
  KAIMING_UNIFORM {
    @Override
    float weight(RandomGenerator random, long fanIn, long fanOut) {
      return uniform(random, Math.sqrt(6.0 / fanIn));
    }
  },
  /// He et al. 2015, for ReLU: normal with deviation sqrt(2/fan-in); biases 0.
  KAIMING_NORMAL {
    @Override
    float weight(RandomGenerator random, long fanIn, long fanOut) {
      return normal(random, Math.sqrt(2.0 / fanIn));
    }
  },
  /// Glorot and Bengio 2010: uniform within ±sqrt(6/(fan-in + fan-out)); biases 0.
  XAVIER_UNIFORM {
    @Override
    float weight(RandomGenerator random, long fanIn, long fanOut) {
      return uniform(random, Math.sqrt(6.0 / (fanIn + fanOut)));
    }
  },
  /// Glorot and Bengio 2010: normal with deviation sqrt(2/(fan-in + fan-out)); biases 0.
  XAVIER_NORMAL {
    @Override
    float weight(RandomGenerator random, long fanIn, long fanOut) {
      return normal(random, Math.sqrt(2.0 / (fanIn + fanOut)));
    }
  },
  /// As torchvision starts its convolutional networks, and the paper its VGG-11: convolutions
  /// normal with deviation sqrt(2/fan-out) and without bias, linear layers by PyTorch's default.
  KAIMING_FAN_OUT {
    @Override
    float weight(RandomGenerator random, long fanIn, long fanOut) {
      return uniform(random, 1 / Math.sqrt(fanIn));
    }

    @Override
    float convolution(RandomGenerator random, long fanIn, long fanOut) {
      return normal(random, Math.sqrt(2.0 / fanOut));
    }

    @Override
    float bias(RandomGenerator random, long fanIn) {
      return uniform(random, 1 / Math.sqrt(fanIn));
    }

    @Override
    float convolutionBias(RandomGenerator random, long fanIn) {
      return 0;
    }
  },
  /// As Nero keeps neurons: normal, then each neuron's mean taken off and its norm made 1, so that
  /// an optimiser without constraints starts where Nero does; biases 0. A neuron of one weight is 1
  /// or -1.
  BALANCED {
    @Override
    float weight(RandomGenerator random, long fanIn, long fanOut) {
      return normal(random, 1);
    }

    @Override
    void finish(ModelParameter p) {
      for (long n = 0; n < p.neurons(); n++) {
        balance(p.weights(), n * p.fanIn(), p.fanIn());
      }
    }
  };

  abstract float weight(RandomGenerator random, long fanIn, long fanOut);

  float convolution(RandomGenerator random, long fanIn, long fanOut) {
    return weight(random, fanIn, fanOut);
  }

  float bias(RandomGenerator random, long fanIn) {
    return 0;
  }

  float convolutionBias(RandomGenerator random, long fanIn) {
    return bias(random, fanIn);
  }

  /// Works on a matrix that was filled.
  void finish(ModelParameter p) {}

  /// By its name in any case, with hyphens or underscores.
  ///
  /// @throws org.nero4j.NotFoundException naming all there are
  public static Initialization named(String name) {
    String wanted = String.valueOf(name).replace('-', '_');
    for (Initialization one : values()) {
      if (one.name().equalsIgnoreCase(wanted)) {
        return one;
      }
    }
    throw NativeErrors.of(
        Status.NOT_FOUND,
        "there is no initialization '%s', there are %s"
            .formatted(
                name,
                Arrays.stream(values())
                    .map(one -> one.name().toLowerCase(Locale.ROOT))
                    .collect(Collectors.joining(", "))));
  }

  /// Writes all weights of a model, parameter after parameter.
  public void fill(Model model, long seed) {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    // A bias follows its layer's weights or gain, and takes their fan-in.
    ModelParameter owner = null;
    for (ModelParameter p : model.parameters()) {
      if (p.role() != ModelParameter.Role.BIAS) {
        owner = p;
      }
      ModelParameter layer = owner;
      Value value =
          switch (p.role()) {
            case WEIGHT -> isConvolution(p) ? this::convolution : this::weight;
            case EMBEDDING -> (r, in, out) -> normal(r, 1);
            case GAIN -> (r, in, out) -> 1;
            case BIAS ->
                layer.role() == ModelParameter.Role.GAIN
                    ? (r, in, out) -> 0
                    : isConvolution(layer)
                        ? (r, in, out) -> convolutionBias(r, in)
                        : (r, in, out) -> bias(r, in);
          };
      long fanOut = p.neurons() * (isConvolution(p) ? p.shape().get(2) * p.shape().get(3) : 1);
      for (long i = 0; i < p.count(); i++) {
        p.weights().setAtIndex(ValueLayout.JAVA_FLOAT, i, value.of(random, layer.fanIn(), fanOut));
      }
      if (p.matrix()) {
        finish(p);
      }
    }
  }

  @FunctionalInterface
  private interface Value {
    float of(RandomGenerator random, long fanIn, long fanOut);
  }

  private static boolean isConvolution(ModelParameter p) {
    return p.shape().size() == 4;
  }

  private static void balance(MemorySegment weights, long from, long count) {
    double mean = 0;
    for (long i = from; i < from + count && count > 1; i++) {
      mean += weights.getAtIndex(ValueLayout.JAVA_FLOAT, i) / count;
    }
    double squares = 0;
    for (long i = from; i < from + count; i++) {
      double w = weights.getAtIndex(ValueLayout.JAVA_FLOAT, i) - mean;
      squares += w * w;
    }
    double norm = Math.sqrt(squares);
    for (long i = from; i < from + count; i++) {
      double w = weights.getAtIndex(ValueLayout.JAVA_FLOAT, i) - mean;
      weights.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) (w / norm));
    }
  }

  private static float uniform(RandomGenerator random, double bound) {
    return (float) ((2 * random.nextDouble() - 1) * bound);
  }

  /// By Box and Muller over [StrictMath], whose results no machine changes.
  private static float normal(RandomGenerator random, double deviation) {
    double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - random.nextDouble()));
    double angle = 2 * Math.PI * random.nextDouble();
    return (float) (deviation * radius * StrictMath.cos(angle));
  }
}
