// Reading rows without changing them: finiteness, squares. Included by drivers.h alone.
#pragma once

NERO_INLINE uint32_t bits_of(float x) {
  uint32_t bits;
  __builtin_memcpy(&bits, &x, 4);
  return bits;
}

constexpr uint32_t kInfinityBits = 0x7f800000u;

template <class Storage>
NERO_INLINE void raise(Peak &peak, const typename Storage::Element *x, int64_t count) {
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) raise(peak, Storage::load(x + i));
  if (i < count) raise(peak, Storage::load_partial(x + i, count - i));
}

template <class Storage>
NERO_INLINE bool all_finite(const typename Storage::Element *x, int64_t count) {
  Peak peak = no_peak();
  raise<Storage>(peak, x, count);
  return is_below(peak, kInfinityBits);
}

template <class Storage>
NERO_INLINE bool all_zero(const typename Storage::Element *x, int64_t count) {
  uint32_t any = 0;
#pragma omp simd reduction(| : any)
  for (int64_t i = 0; i < count; i++) {
    any |= bits_of(Storage::get(x + i)) << 1;  // without the sign: -0 is zero too
  }
  return any == 0;
}

template <class Storage>
inline double squares_carefully(const typename Storage::Element *x, int64_t count) {
  double total = 0;
  for (int64_t k = 0; k < count; k++) {
    const double v = Storage::get(x + k);
    total += v * v;
  }
  return total;
}

/// part is |x|^2 in float lanes; again in double, where float squares would overflow or underflow.
template <class Storage>
NERO_INLINE double trusted(double part, const typename Storage::Element *x, int64_t count) {
  // Infinity and NaN stay what they are in double.
  if (!lost_to_range(part, count) || all_zero<Storage>(x, count) || !all_finite<Storage>(x, count)) return part;
  return squares_carefully<Storage>(x, count);
}

struct TwoSquares {
  double x, y;
};

/// |x|^2 and |y|^2, walked together; finite if and only if all elements are.
template <class Storage>
inline TwoSquares squares(const typename Storage::Element *x, const typename Storage::Element *y, int64_t count) {
  TwoSquares total = {0, 0};
  for (int64_t from = 0; from < count; from += kFoldEvery) {
    const int64_t n = count - from < kFoldEvery ? count - from : kFoldEvery;
    Lanes sum_x = zero_lanes();
    Lanes sum_y = zero_lanes();
    int64_t i = from;
    for (; i + kLanes <= from + n; i += kLanes) {
      const Lanes a = Storage::load(x + i);
      const Lanes b = Storage::load(y + i);
      accumulate_product(sum_x, a, a);
      accumulate_product(sum_y, b, b);
    }
    if (i < from + n) {
      const Lanes a = Storage::load_partial(x + i, from + n - i);
      const Lanes b = Storage::load_partial(y + i, from + n - i);
      accumulate_product(sum_x, a, a);
      accumulate_product(sum_y, b, b);
    }
    total.x += trusted<Storage>(fold(sum_x), x + from, n);
    total.y += trusted<Storage>(fold(sum_y), y + from, n);
  }
  return total;
}

template <class Storage>
inline double squares(const typename Storage::Element *x, int64_t count) {
  double total = 0;
  for (int64_t from = 0; from < count; from += kFoldEvery) {
    const int64_t n = count - from < kFoldEvery ? count - from : kFoldEvery;
    const auto *block = x + from;
    Lanes sum = zero_lanes();
    int64_t i = 0;
    for (; i + kLanes <= n; i += kLanes) {
      const Lanes v = Storage::load(block + i);
      accumulate_product(sum, v, v);
    }
    if (i < n) {
      const Lanes v = Storage::load_partial(block + i, n - i);
      accumulate_product(sum, v, v);
    }
    total += trusted<Storage>(fold(sum), block, n);
  }
  return total;
}
