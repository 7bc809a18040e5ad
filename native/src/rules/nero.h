// Nero: Liu, Bernstein, Meister, Yue 2021, "Learning by Turning", Algorithm 1 with the bias correction of its text.
#pragma once

#include <cmath>
#include <cstdint>

#include "nero/nero.h"
#include "rules/hd.h"

namespace nero {

/// The five sums over one neuron from which its whole update follows; gradients unscaled.
struct NeuronSums {
  double w, g, ww, gg, wg;
};

/// w <- (w - turn * g - shift) * stretch moves, re-centres and re-normalises a neuron at once.
struct NeuronUpdate {
  double turn, shift, stretch;
  bool cancelled;  ///< the norm below is what is left of a difference of larger numbers
  double norm2;    ///< |w - turn * g - shift|^2
};

struct NeroStep {
  double rate;            ///< learning rate
  double scale;           ///< stored scale of the tensor
  double gradient_scale;  ///< what the raw gradient is multiplied by
  double beta;
  double correction;  ///< 1 - beta^t
  double epsilon;
  bool current_scale;  ///< the neuron's own norm instead of the stored scale
};

NERO_HD inline NeroStep make_nero_step(const nero_nero_hyper &hyper, double rate, double gradient_scale, double scale,
                                       int64_t step) {
  return {rate,
          scale,
          gradient_scale,
          hyper.beta,
          -std::expm1(static_cast<double>(step) * std::log(hyper.beta)),
          hyper.epsilon,
          hyper.scale == NERO_SCALE_CURRENT};
}

/// square <- beta square + (1 - beta) |g|^2
NERO_HD inline double nero_square(double square, double raw_gg, const NeroStep &step) {
  return step.beta * square + (1 - step.beta) * (raw_gg * step.gradient_scale * step.gradient_scale);
}

/// The factor of the raw gradient in the move; 0 where there is no gradient to follow.
NERO_HD inline double nero_turn(double square, double norm2, double raw_gg, const NeroStep &step) {
  if (raw_gg == 0 || square == 0) return 0;
  const double scale = step.current_scale ? (norm2 > 0 ? std::sqrt(norm2) : 0.01) : step.scale;
  return step.rate * scale * step.gradient_scale / (std::sqrt(square / step.correction) + step.epsilon);
}

/// Below this share of its terms a difference has lost too many digits for float sums.
constexpr double kCancellation = 1e-3;

NERO_HD inline NeuronUpdate nero_update(const NeuronSums &s, double turn, double fan_in, unsigned constraint,
                                        double epsilon) {
  const double mean = (constraint & NERO_CONSTRAINT_MEAN) != 0 ? (s.w - turn * s.g) / fan_in : 0;
  const double terms = s.ww + turn * turn * s.gg;
  const double norm2 = s.ww - 2 * turn * s.wg + turn * turn * s.gg - fan_in * mean * mean;
  const bool normed = (constraint & NERO_CONSTRAINT_NORM) != 0;
  return {turn, mean, normed ? 1 / (std::sqrt(norm2) + epsilon) : 1,
          constraint != 0 && !(norm2 > kCancellation * terms), norm2};
}

/// A row or a whole vector register of it, moved in float.
template <class Value>
NERO_HD inline Value nero_moved(Value w, Value g, float turn, float shift, float stretch) {
  return (w - turn * g - shift) * stretch;
}

/// Where a neuron's element lands before it is centred, in double.
NERO_HD inline double nero_landing(float w, float g, double turn) {
  return static_cast<double>(w) - turn * static_cast<double>(g);
}

}  // namespace nero
