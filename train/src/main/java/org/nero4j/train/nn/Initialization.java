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
/// Fan-in is the width that a matrix reads, fan-out the width that it makes.
public enum Initialization {
  /// PyTorch's default for linear layers: weights and biases uniform within ±1/sqrt(fan-in).
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
  };

  abstract float weight(RandomGenerator random, long fanIn, long fanOut);

  float bias(RandomGenerator random, long fanIn) {
    return 0;
  }

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
    long fanIn = model.features();
    for (ModelParameter p : model.parameters()) {
      MemorySegment weights = p.weights();
      // A bias follows its layer's matrix and takes that one's fan-in.
      fanIn = p.matrix() ? p.fanIn() : fanIn;
      for (long i = 0; i < p.count(); i++) {
        float value = p.matrix() ? weight(random, fanIn, p.neurons()) : bias(random, fanIn);
        weights.setAtIndex(ValueLayout.JAVA_FLOAT, i, value);
      }
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
