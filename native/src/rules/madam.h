// Madam (Bernstein et al. 2020, "Learning compositional functions via multiplicative weight updates"), with the
// constants named as in its reference: p_scale is weight_scale, g_bound is gradient_bound.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#include "nero/nero.h"
#include "rules/adam.h"
#include "rules/exp.h"
#include "rules/gradient.h"
#include "rules/hd.h"

namespace nero {

struct MadamStep {
  float gradient_scale;
  float quarter_beta, quarter_fresh;
  float descent;  ///< -rate * sqrt(1 - beta^t) / 2
  float longest;  ///< no logarithm of a weight changes by more: |rate| * gradient_bound
  float bound;    ///< weights are held within +-bound
};

NERO_HD inline MadamStep make_madam_step(const nero_madam_hyper &hyper, double rate, double gradient_scale,
                                         double bound, int64_t step) {
  return {static_cast<float>(gradient_scale),
          static_cast<float>(hyper.beta / 4),
          static_cast<float>((1 - hyper.beta) / 4),
          static_cast<float>(-rate * std::sqrt(moment_correction(hyper.beta, step)) / 2),
          static_cast<float>(std::fabs(rate) * hyper.gradient_bound),
          static_cast<float>(bound)};
}

/// Within +-bound; NaN passes. Written as the minimum and the maximum that processors have.
NERO_HD inline float clamped(float x, float bound) {
  const float low = bound < x ? bound : x;
  return -bound > low ? -bound : low;
}

/// A power of two near x, within 2^-125 and 2^127, and twice its inverse: numbers up to x, multiplied by that, have
/// squares that neither overflow nor vanish.
struct Power {
  float itself, twice_inverse;
};

/// x is not negative. Only every fourth power is taken: no exponent then needs to be held within a range.
NERO_HD inline Power power_near(float x) {
  uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  const uint32_t itself_bits = (bits & 0x7e000000u) | 0x01000000u;
  const uint32_t inverse_bits = 0x7f800000u - itself_bits;
  Power p;
  std::memcpy(&p.itself, &itself_bits, sizeof itself_bits);
  std::memcpy(&p.twice_inverse, &inverse_bits, sizeof inverse_bits);
  return p;
}

/// In units of power_near: so far below every root of two numbers that are not both 0 that it adds nothing to it. And
/// where beta is 0 and a gradient's square is lost beside the old root, above that gradient.
constexpr float kNoRoot = 1e-19f;

/// Whether madam_element<true> may be taken: no weight moves by more than e^+-kExpNear, and no finite gradient is
/// scaled out of the floats.
NERO_HD inline bool madam_is_short(const MadamStep &s) {
  return s.longest <= kExpNear && NERO_ABSF(s.gradient_scale) <= 1;
}

/// root is the square root of the second moment: its range is the gradient's own. kShort gives the same bits with half
/// the instructions.
template <bool kShort = false>
NERO_HD inline float madam_element(float w, float raw_g, float &root, const MadamStep &s) {
  const float scaled = raw_g * s.gradient_scale;
  const bool beyond = !kShort && !finite(scaled) && finite(raw_g);
  const float g = beyond ? NERO_COPYSIGNF(kLargestFinite, scaled) : scaled;
  const float size = NERO_ABSF(g);
  const Power unit = power_near(size > root ? size : root);
  const float a = root * unit.twice_inverse;
  const float b = g * unit.twice_inverse;
  const float r = NERO_SQRTF(s.quarter_beta * (a * a) + s.quarter_fresh * (b * b));
  root = r * unit.itself;
  const float turn = clamped(s.descent * b / (r + kNoRoot), s.longest);
  // A short step leaves a weight of 0 where it is, whatever its sign is taken for.
  const float sign = kShort ? NERO_COPYSIGNF(1.0f, w) : (w > 0 ? 1.0f : (w < 0 ? -1.0f : 0.0f));
  const float x = turn * sign;
  return clamped(w * (kShort ? exp_near_zero(x) : exp_float(x)), s.bound);
}

}  // namespace nero
