// e^x in float, by range reduction and a polynomial: vectorises, and gives the same bits everywhere.
#pragma once

#include <cstdint>
#include <cstring>

#include "rules/hd.h"

namespace nero {

/// Within +-kExpNear, x is less than half of ln 2: no power of two is taken out of e^x.
constexpr float kExpNear = 0.34f;

/// What exp_float gives for |x| <= kExpNear, to the bit.
NERO_HD inline float exp_near_zero(float x) {
  // (e^x - 1 - x) / x^2 with the least largest error, beside e^x, over half of ln 2 on both sides: 3e-9.
  float p = 1.38145597e-3f;
  p = p * x + 8.36873572e-3f;
  p = p * x + 4.16683899e-2f;
  p = p * x + 1.66665205e-1f;
  p = p * x + 4.99999934e-1f;
  return (p * (x * x) + x) + 1.0f;
}

/// Within 2 units in the last place; 0 below -87.3, infinity above 88.7, NaN stays.
NERO_HD inline float exp_float(float x) {
  const float below = 89.0f < x ? 89.0f : x;
  const float held = -88.0f > below ? -88.0f : below;
  // Adding 1.5 * 2^23 rounds to the nearest integer in the current mode without a call, and leaves it in the last bits.
  const float magic = 12582912.0f;
  const float shifted = held * 1.44269504f + magic;
  const float k = shifted - magic;
  // ln 2 in two parts, so that k times the first is exact.
  const float r = (held - k * 0.693145751953125f) - k * 1.42860677e-6f;
  const float mantissa = exp_near_zero(r);
  // 2^k in two factors, so that both ends of the range are reached without overflow on the way.
  uint32_t shifted_bits;
  std::memcpy(&shifted_bits, &shifted, sizeof shifted);
  const auto exponent = static_cast<int32_t>(shifted_bits - 0x4b400000u);
  const int32_t half = exponent >> 1;
  const uint32_t first_bits = static_cast<uint32_t>(half + 127) << 23;
  const uint32_t second_bits = static_cast<uint32_t>(exponent - half + 127) << 23;
  float first, second;
  std::memcpy(&first, &first_bits, sizeof first);
  std::memcpy(&second, &second_bits, sizeof second);
  return mantissa * first * second;
}

}  // namespace nero
