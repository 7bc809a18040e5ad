// Adam (Kingma and Ba 2015), AdamW (Loshchilov and Hutter 2019), AMSGrad (Reddi et al. 2018); epsilon outside the root
// and after the bias correction, as in PyTorch.
#pragma once

#include <cmath>
#include <cstdint>

#include "nero/nero.h"
#include "rules/gradient.h"
#include "rules/hd.h"

namespace nero {

struct AdamStep {
  float gradient_scale;
  float coupled_decay;  ///< joins the gradient
  float keep;           ///< 1 - rate * decoupled decay
  float beta1, fresh1;
  float beta2, fresh2;
  float root_correction;  ///< 1 / sqrt(1 - beta2^t)
  float epsilon;
  float rate;  ///< learning rate / (1 - beta1^t)
  bool amsgrad;
};

/// 1 - beta^t without the cancellation of writing it so.
NERO_HD inline double moment_correction(double beta, int64_t step) {
  return beta == 0 ? 1 : -std::expm1(static_cast<double>(step) * std::log(beta));
}

NERO_HD inline AdamStep make_adam_step(const nero_adam_hyper &hyper, double rate, double gradient_scale,
                                       double weight_decay_factor, int64_t step) {
  const double decay = hyper.weight_decay * weight_decay_factor;
  const bool coupled = hyper.weight_decay_kind == NERO_WEIGHT_DECAY_COUPLED;
  const double c1 = hyper.bias_correction != 0 ? moment_correction(hyper.beta1, step) : 1;
  const double c2 = hyper.bias_correction != 0 ? moment_correction(hyper.beta2, step) : 1;
  return {static_cast<float>(gradient_scale),
          coupled ? static_cast<float>(decay) : 0,
          coupled ? 1 : static_cast<float>(1 - rate * decay),
          static_cast<float>(hyper.beta1),
          static_cast<float>(1 - hyper.beta1),
          static_cast<float>(hyper.beta2),
          static_cast<float>(1 - hyper.beta2),
          static_cast<float>(1 / std::sqrt(c2)),
          static_cast<float>(hyper.epsilon),
          static_cast<float>(rate / c1),
          hyper.amsgrad != 0};
}

/// m / denominator; an element whose second moment is exactly 0 does not move, whatever epsilon is.
NERO_HD inline float moment_quotient(float m, float second, float denominator) {
  return second <= 0 ? 0 : m / denominator;
}

struct AdamMoments {
  float first, second;
};

/// kTame, here and below: the raw gradient is smaller than bounded_below says.
template <bool kTame>
NERO_HD inline AdamMoments adam_moments(float w, float raw_g, float m, float v, const AdamStep &s) {
  const float unbounded = raw_g * s.gradient_scale + s.coupled_decay * w;
  const float g = kTame ? unbounded : bounded(unbounded, raw_g);
  return {s.beta1 * m + s.fresh1 * g, s.beta2 * v + s.fresh2 * (g * g)};
}

/// second: the second moment, or the largest of those so far.
NERO_HD inline float adam_moved(float w, float first, float second, const AdamStep &s) {
  const float denominator = NERO_SQRTF(second) * s.root_correction + s.epsilon;
  return s.keep * w - s.rate * moment_quotient(first, second, denominator);
}

template <bool kTame = false>
NERO_HD inline float adam_element(float w, float raw_g, float &m, float &v, const AdamStep &s) {
  const AdamMoments now = adam_moments<kTame>(w, raw_g, m, v, s);
  m = now.first;
  v = now.second;
  return adam_moved(w, now.first, now.second, s);
}

template <bool kTame = false>
NERO_HD inline float amsgrad_element(float w, float raw_g, float &m, float &v, float &largest, const AdamStep &s) {
  const AdamMoments now = adam_moments<kTame>(w, raw_g, m, v, s);
  const float second = largest > now.second ? largest : now.second;
  m = now.first;
  v = now.second;
  largest = second;
  return adam_moved(w, now.first, second, s);
}

}  // namespace nero
