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

inline double squares_carefully(const float *x, int64_t count) {
  double total = 0;
  for (int64_t k = 0; k < count; k++) total += static_cast<double>(x[k]) * static_cast<double>(x[k]);
  return total;
}

/// part is |x|^2 in float lanes; again in double, where float squares would overflow or underflow.
NERO_INLINE double trusted(double part, const float *x, int64_t count) {
  // Infinity and NaN stay what they are in double.
  if (!lost_to_range(part, count) || all_zero(x, count) || !all_finite(x, count)) return part;
  return squares_carefully(x, count);
}

struct TwoSquares {
  double x, y;
};

/// |x|^2 and |y|^2, walked together; finite if and only if all elements are.
inline TwoSquares squares(const float *x, const float *y, int64_t count) {
  TwoSquares total = {0, 0};
  for (int64_t from = 0; from < count; from += kFoldEvery) {
    const int64_t n = count - from < kFoldEvery ? count - from : kFoldEvery;
    Lanes sum_x = zero_lanes();
    Lanes sum_y = zero_lanes();
    int64_t i = from;
    for (; i + kLanes <= from + n; i += kLanes) {
      const Lanes a = load_lanes(x + i);
      const Lanes b = load_lanes(y + i);
      accumulate_product(sum_x, a, a);
      accumulate_product(sum_y, b, b);
    }
    if (i < from + n) {
      const Lanes a = load_partial_lanes(x + i, from + n - i);
      const Lanes b = load_partial_lanes(y + i, from + n - i);
      accumulate_product(sum_x, a, a);
      accumulate_product(sum_y, b, b);
    }
    total.x += trusted(fold(sum_x), x + from, n);
    total.y += trusted(fold(sum_y), y + from, n);
  }
  return total;
}

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
      const Lanes v = load_partial_lanes(block + i, n - i);
      accumulate_product(sum, v, v);
    }
    total += trusted(fold(sum), block, n);
  }
  return total;
}
