// Virtual lanes: sums run over a fixed number of them whatever the width of the processor's vectors, so that every SIMD
// level adds in the same order. Included by drivers.h alone.
#pragma once

#if defined(__AVX512F__)
#define NERO_VECTOR_BYTES 64
#elif defined(__AVX__)
#define NERO_VECTOR_BYTES 32
#else
#define NERO_VECTOR_BYTES 16
#endif

#define NERO_INLINE inline __attribute__((always_inline))

/// In front of a loop: not to be unrolled.
#if defined(__clang__)
#define NERO_ROLLED _Pragma("clang loop unroll(disable)")
#else
#define NERO_ROLLED _Pragma("GCC unroll 1")
#endif

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

#if defined(__AVX2__) && !defined(__AVX512F__)
/// Which lanes of part i are among the first count.
NERO_INLINE __m256i part_mask(int i, int64_t count) {
  const __m256i lane = _mm256_add_epi32(_mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7), _mm256_set1_epi32(i * kPartLanes));
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(count)), lane);
}
#endif

/// The first count lanes, zeros behind them: a tail then runs through the same code as the body. Memory behind them is
/// not touched.
NERO_INLINE Lanes load_partial_lanes(const float *from, int64_t count) {
#if defined(__AVX512F__)
  const auto mask = static_cast<__mmask16>((1u << count) - 1);
  return {{reinterpret_cast<Part>(_mm512_maskz_loadu_ps(mask, from))}};
#elif defined(__AVX2__)
  Lanes r;
  for (int i = 0; i < kParts; i++) {
    r.part[i] = reinterpret_cast<Part>(_mm256_maskload_ps(from + i * kPartLanes, part_mask(i, count)));
  }
  return r;
#else
  float padded[kLanes] = {};
  for (int64_t i = 0; i < count; i++) padded[i] = from[i];
  return load_lanes(padded);
#endif
}

NERO_INLINE void store_partial_lanes(float *to, const Lanes &x, int64_t count) {
#if defined(__AVX512F__)
  const auto mask = static_cast<__mmask16>((1u << count) - 1);
  _mm512_mask_storeu_ps(to, mask, reinterpret_cast<__m512>(x.part[0]));
#elif defined(__AVX2__)
  for (int i = 0; i < kParts; i++) {
    _mm256_maskstore_ps(to + i * kPartLanes, part_mask(i, count), reinterpret_cast<__m256>(x.part[i]));
  }
#else
  float padded[kLanes];
  store_lanes(padded, x);
  for (int64_t i = 0; i < count; i++) to[i] = padded[i];
#endif
}

NERO_INLINE void accumulate(Lanes &sum, const Lanes &x) {
  for (int i = 0; i < kParts; i++) sum.part[i] += x.part[i];
}

NERO_INLINE void accumulate_product(Lanes &sum, const Lanes &x, const Lanes &y) {
  for (int i = 0; i < kParts; i++) sum.part[i] += x.part[i] * y.part[i];
}

/// The lanes' sum in double but for the last addition, always in the same order: lanes 8 apart, then 4, then 2.
struct HalfSum {
  double even, odd;
};

NERO_INLINE HalfSum fold_to_two(const Lanes &x) {
#if defined(__AVX512F__)
  const auto lanes = reinterpret_cast<__m512>(x.part[0]);
  const __m512d low = _mm512_cvtps_pd(_mm512_castps512_ps256(lanes));
  const __m512d high = _mm512_cvtps_pd(_mm512_extractf32x8_ps(lanes, 1));
  const __m512d pairs = _mm512_add_pd(low, high);
  const __m256d quad = _mm256_add_pd(_mm512_castpd512_pd256(pairs), _mm512_extractf64x4_pd(pairs, 1));
  const __m128d two = _mm_add_pd(_mm256_castpd256_pd128(quad), _mm256_extractf128_pd(quad, 1));
  return {two[0], two[1]};
#elif defined(__AVX2__)
  const auto first = reinterpret_cast<__m256>(x.part[0]);
  const auto second = reinterpret_cast<__m256>(x.part[1]);
  const __m256d low =
      _mm256_add_pd(_mm256_cvtps_pd(_mm256_castps256_ps128(first)), _mm256_cvtps_pd(_mm256_castps256_ps128(second)));
  const __m256d high = _mm256_add_pd(_mm256_cvtps_pd(_mm256_extractf128_ps(first, 1)),
                                     _mm256_cvtps_pd(_mm256_extractf128_ps(second, 1)));
  const __m256d quad = _mm256_add_pd(low, high);
  const __m128d two = _mm_add_pd(_mm256_castpd256_pd128(quad), _mm256_extractf128_pd(quad, 1));
  return {two[0], two[1]};
#else
  float lane[kLanes];
  store_lanes(lane, x);
  double pair[kLanes / 2];
  for (int i = 0; i < kLanes / 2; i++)
    pair[i] = static_cast<double>(lane[i]) + static_cast<double>(lane[i + kLanes / 2]);
  for (int i = 0; i < 4; i++) pair[i] += pair[i + 4];
  return {pair[0] + pair[2], pair[1] + pair[3]};
#endif
}

NERO_INLINE double fold(const Lanes &x) {
  const HalfSum two = fold_to_two(x);
  return two.even + two.odd;
}

typedef uint32_t BitsPart __attribute__((vector_size(NERO_VECTOR_BYTES)));

/// The largest magnitude of some floats, as bits: its order is that of the magnitudes, and NaN is above infinity.
struct Peak {
  BitsPart part[kParts];
};

NERO_INLINE Peak no_peak() {
  Peak r;
  for (int i = 0; i < kParts; i++) r.part[i] = BitsPart{};
  return r;
}

NERO_INLINE void raise(Peak &peak, const Lanes &x) {
  for (int i = 0; i < kParts; i++) {
    const BitsPart bits = reinterpret_cast<BitsPart>(x.part[i]) & 0x7fffffffu;
    peak.part[i] = bits > peak.part[i] ? bits : peak.part[i];
  }
}

/// Whether all were below a magnitude, which is given in bits too.
NERO_INLINE bool is_below(const Peak &peak, uint32_t bits) {
#if defined(__AVX512F__)
  const __m512i bound = _mm512_set1_epi32(static_cast<int>(bits));
  return _mm512_cmpge_epi32_mask(reinterpret_cast<__m512i>(peak.part[0]), bound) == 0;
#elif defined(__AVX2__)
  const __m256i last = _mm256_set1_epi32(static_cast<int>(bits) - 1);
  const __m256i first = _mm256_cmpgt_epi32(reinterpret_cast<__m256i>(peak.part[0]), last);
  const __m256i beyond = _mm256_or_si256(first, _mm256_cmpgt_epi32(reinterpret_cast<__m256i>(peak.part[1]), last));
  return _mm256_testz_si256(beyond, beyond) != 0;
#else
  uint32_t beyond = 0;
  for (int i = 0; i < kParts; i++) {
    for (int k = 0; k < kPartLanes; k++) beyond |= static_cast<uint32_t>(peak.part[i][k] >= bits);
  }
  return beyond == 0;
#endif
}

/// Floats that are summed before a fold into double; bounds the rounding of long rows.
constexpr int64_t kFoldEvery = 4096;
