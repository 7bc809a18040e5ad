// Virtual lanes: sums run over a fixed number of them whatever the width of the processor's vectors, so that every SIMD
// level adds in the same order. Included by level.cpp alone, inside its namespace.
#pragma once

#if defined(__AVX512F__)
#define NERO_VECTOR_BYTES 64
#elif defined(__AVX__)
#define NERO_VECTOR_BYTES 32
#else
#define NERO_VECTOR_BYTES 16
#endif

#define NERO_INLINE inline __attribute__((always_inline))

constexpr int kLanes = 16;
constexpr int kParts = kLanes * 4 / NERO_VECTOR_BYTES;
constexpr int kPartLanes = kLanes / kParts;

typedef float Part __attribute__((vector_size(NERO_VECTOR_BYTES)));
typedef float UnalignedPart __attribute__((vector_size(NERO_VECTOR_BYTES), aligned(4), may_alias));

struct Lanes {
  Part part[kParts];
};

NERO_INLINE Lanes zero_lanes() {
  Lanes r;
  for (int i = 0; i < kParts; i++) r.part[i] = Part{};
  return r;
}

NERO_INLINE Lanes load_lanes(const float *from) {
  Lanes r;
  for (int i = 0; i < kParts; i++) r.part[i] = *reinterpret_cast<const UnalignedPart *>(from + i * kPartLanes);
  return r;
}

NERO_INLINE void store_lanes(float *to, const Lanes &x) {
  for (int i = 0; i < kParts; i++) *reinterpret_cast<UnalignedPart *>(to + i * kPartLanes) = x.part[i];
}

/// The first count lanes, zeros behind them: a tail then runs through the same code as the body.
NERO_INLINE Lanes load_partial(const float *from, int64_t count) {
  float padded[kLanes] = {};
  for (int64_t i = 0; i < count; i++) padded[i] = from[i];
  return load_lanes(padded);
}

NERO_INLINE void store_partial(float *to, const Lanes &x, int64_t count) {
  float padded[kLanes];
  store_lanes(padded, x);
  for (int64_t i = 0; i < count; i++) to[i] = padded[i];
}

NERO_INLINE void accumulate(Lanes &sum, const Lanes &x) {
  for (int i = 0; i < kParts; i++) sum.part[i] += x.part[i];
}

NERO_INLINE void accumulate_product(Lanes &sum, const Lanes &x, const Lanes &y) {
  for (int i = 0; i < kParts; i++) sum.part[i] += x.part[i] * y.part[i];
}

/// The lanes' sum in double, always in the same order.
NERO_INLINE double fold(const Lanes &x) {
  float lane[kLanes];
  store_lanes(lane, x);
  double pair[kLanes / 2];
  for (int i = 0; i < kLanes / 2; i++)
    pair[i] = static_cast<double>(lane[i]) + static_cast<double>(lane[i + kLanes / 2]);
  for (int half = kLanes / 4; half > 0; half /= 2) {
    for (int i = 0; i < half; i++) pair[i] += pair[i + half];
  }
  return pair[0];
}

/// Floats that are summed before a fold into double; bounds the rounding of long rows.
constexpr int64_t kFoldEvery = 4096;
