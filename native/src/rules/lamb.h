// LAMB (You et al. 2020) in the five forms that go by the name; nero_lamb_hyper says which does what.
#pragma once

#include <cmath>
#include <cstdint>

#include "nero/nero.h"
#include "rules/adam.h"
#include "rules/gradient.h"
#include "rules/hd.h"

namespace nero {

struct LambStep {
  float gradient_scale;  ///< with the clipping of the global norm
  float coupled_decay;   ///< joins the gradient
  float update_decay;    ///< joins the update
  float keep;            ///< w is multiplied by it before anything is read from it
  float beta1, fresh1;
  float beta2, fresh2;
  float first_correction;  ///< multiplies m
  float root_correction;   ///< multiplies sqrt(v)
  float epsilon;
  float inner_epsilon;  ///< inside the root
  double rate;          ///< step size, corrected where the form says so; multiplied by the trust ratio
  bool adapt;           ///< false: the trust ratio is 1
};

NERO_HD inline LambStep make_lamb_step(const nero_lamb_hyper &hyper, double rate, double gradient_scale,
                                       double weight_decay_factor, int64_t step) {
  const double decay = hyper.weight_decay * weight_decay_factor;
  const double c1 = moment_correction(hyper.beta1, step);
  const double c2 = moment_correction(hyper.beta2, step);
  const bool moments = hyper.correction == NERO_LAMB_CORRECTION_MOMENTS;
  double size = rate;
  if (hyper.correction == NERO_LAMB_CORRECTION_STEP_SIZE) size = rate * std::sqrt(c2) / c1;
  if (hyper.correction == NERO_LAMB_CORRECTION_FIRST) size = rate / c1;
  const bool inside = hyper.epsilon_inside_root != 0;
  LambStep s;
  s.gradient_scale = static_cast<float>(gradient_scale);
  s.coupled_decay = hyper.decay == NERO_LAMB_DECAY_COUPLED ? static_cast<float>(decay) : 0;
  s.update_decay = hyper.decay == NERO_LAMB_DECAY_IN_UPDATE ? static_cast<float>(decay) : 0;
  s.keep = hyper.decay == NERO_LAMB_DECAY_BEFORE ? static_cast<float>(1 - rate * decay) : 1;
  s.beta1 = static_cast<float>(hyper.beta1);
  s.fresh1 = hyper.gradient_averaging != 0 ? static_cast<float>(1 - hyper.beta1) : 1;
  s.beta2 = static_cast<float>(hyper.beta2);
  s.fresh2 = static_cast<float>(1 - hyper.beta2);
  s.first_correction = moments ? static_cast<float>(1 / c1) : 1;
  s.root_correction = moments ? static_cast<float>(1 / std::sqrt(c2)) : 1;
  s.epsilon = inside ? 0 : static_cast<float>(hyper.epsilon);
  s.inner_epsilon = inside ? static_cast<float>(hyper.epsilon) : 0;
  s.rate = size;
  s.adapt = hyper.adapt_without_decay != 0 || decay != 0;
  return s;
}

/// kTame: the raw gradient is smaller than bounded_below says.
template <bool kTame = false>
NERO_HD inline void lamb_moment(float w, float raw_g, float &m, float &v, const LambStep &s) {
  const float unbounded = raw_g * s.gradient_scale + s.coupled_decay * (s.keep * w);
  const float g = kTame ? unbounded : bounded(unbounded, raw_g);
  m = s.beta1 * m + s.fresh1 * g;
  v = s.beta2 * v + s.fresh2 * (g * g);
}

/// The update before the trust ratio, from the moments of this step and the weight before it.
NERO_HD inline float lamb_update(float w, float m, float v, const LambStep &s) {
  const float denominator = NERO_SQRTF(v + s.inner_epsilon) * s.root_correction + s.epsilon;
  return moment_quotient(m * s.first_correction, v, denominator) + s.update_decay * (s.keep * w);
}

/// rate is the step's, with the trust ratio in it.
NERO_HD inline float lamb_element(float w, float m, float v, float rate, const LambStep &s) {
  return s.keep * w - rate * lamb_update(w, m, v, s);
}

NERO_HD inline double lamb_trust_ratio(double weight_norm2, double update_norm2, const nero_lamb_hyper &hyper,
                                       const LambStep &s) {
  const double weight_norm = std::sqrt(weight_norm2) * s.keep;
  const double update_norm = std::sqrt(update_norm2);
  if (!s.adapt || weight_norm == 0 || update_norm == 0) return 1;
  const double held = weight_norm < hyper.weight_norm_max ? weight_norm : hyper.weight_norm_max;
  const double ratio = held / (update_norm + hyper.ratio_epsilon);
  if (ratio < hyper.ratio_min) return hyper.ratio_min;
  return ratio > hyper.ratio_max ? hyper.ratio_max : ratio;
}

}  // namespace nero
