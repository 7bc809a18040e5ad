// Reading rows without changing them: finiteness, squares. Included by level.cpp alone, inside its namespace.
#pragma once

NERO_INLINE bool all_finite(const float *x, int64_t count) {
  uint32_t beyond = 0;
#pragma omp simd reduction(| : beyond)
  for (int64_t i = 0; i < count; i++) {
    uint32_t bits;
    __builtin_memcpy(&bits, x + i, 4);
    beyond |= static_cast<uint32_t>((bits & 0x7f800000u) == 0x7f800000u);
  }
  return beyond == 0;
}

NERO_INLINE bool all_zero(const float *x, int64_t count) {
  uint32_t any = 0;
#pragma omp simd reduction(| : any)
  for (int64_t i = 0; i < count; i++) {
    uint32_t bits;
    __builtin_memcpy(&bits, x + i, 4);
    any |= bits << 1;  // without the sign: -0 is zero too
  }
  return any == 0;
}

/// |x|^2 in float lanes; in double, where float squares would overflow or underflow.
inline double squares(const float *x, int64_t count) {
  double total = 0;
  for (int64_t from = 0; from < count; from += kFoldEvery) {
    const int64_t n = count - from < kFoldEvery ? count - from : kFoldEvery;
    const float *block = x + from;
    Lanes sum = zero_lanes();
    int64_t i = 0;
    for (; i + kLanes <= n; i += kLanes) {
      const Lanes v = load_lanes(block + i);
      accumulate_product(sum, v, v);
    }
    if (i < n) {
      const Lanes v = load_partial(block + i, n - i);
      accumulate_product(sum, v, v);
    }
    double part = fold(sum);
    if (lost_to_range(part, n) && !all_zero(block, n)) {
      part = 0;
      for (int64_t k = 0; k < n; k++) part += static_cast<double>(block[k]) * static_cast<double>(block[k]);
    }
    total += part;
  }
  return total;
}
