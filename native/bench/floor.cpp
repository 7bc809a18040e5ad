// The yardsticks of the benchmark: loops that move the memory a step must move and do next to nothing else, dealt to
// all threads of a team like the steps'. A tensor set lies in one buffer a kind, so a loop over one pass sees no
// tensors.
#include "floor.h"

#include <algorithm>

#include "cpu/team.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define NERO_BEST_LEVEL __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define NERO_BEST_LEVEL
#endif

namespace {

using nero::Team;

constexpr int64_t kRange = 32768;
/// Elements that a loop of two passes takes at once: what such an optimiser could keep in a last-level cache.
constexpr int64_t kGroup = 256 * 1024;

struct Loop {
  nero_floor_buffers b;
  int64_t begin;
  int64_t end;
};

/// Keeps a sum alive that nobody reads.
inline void keep(float value) { __asm__ volatile("" : : "x"(value)); }

NERO_BEST_LEVEL void read(const float *w, int64_t n) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < n; i++) sum += w[i];
  keep(sum);
}

NERO_BEST_LEVEL void copy(float *w, const float *g, int64_t n) {
  // Not memcpy: that may write past the caches, which no in-place step can.
#pragma omp simd
  for (int64_t i = 0; i < n; i++) w[i] = g[i] + 1.0f;
}

NERO_BEST_LEVEL void axpy(float *w, const float *g, int64_t n) {
#pragma omp simd
  for (int64_t i = 0; i < n; i++) w[i] -= 1e-9f * g[i];
}

/// Reads three streams and writes two.
NERO_BEST_LEVEL void momentum(float *w, const float *g, float *m, int64_t n) {
#pragma omp simd
  for (int64_t i = 0; i < n; i++) {
    m[i] = 0.9f * m[i] + g[i];
    w[i] -= 1e-9f * m[i];
  }
}

/// Reads four streams and writes three, as Adam must, with as little arithmetic as that needs.
NERO_BEST_LEVEL void four_streams(float *w, const float *g, float *m, float *v, int64_t n) {
#pragma omp simd
  for (int64_t i = 0; i < n; i++) {
    m[i] = 0.9f * m[i] + g[i];
    v[i] = 0.9f * v[i] + g[i];
    w[i] -= 1e-9f * m[i];
  }
}

/// The norms of weights and gradients, which a layer-wise rate needs first.
NERO_BEST_LEVEL void norms(const float *w, const float *g, int64_t n) {
  float ww = 0;
  float gg = 0;
#pragma omp simd reduction(+ : ww, gg)
  for (int64_t i = 0; i < n; i++) {
    ww += w[i] * w[i];
    gg += g[i] * g[i];
  }
  keep(ww);
  keep(gg);
}

NERO_BEST_LEVEL void lamb_moments(const float *w, const float *g, float *m, float *v, int64_t n) {
  float ww = 0;
  float mm = 0;
#pragma omp simd reduction(+ : ww, mm)
  for (int64_t i = 0; i < n; i++) {
    m[i] = 0.9f * m[i] + g[i];
    v[i] = 0.9f * v[i] + g[i];
    ww += w[i] * w[i];
    mm += m[i] * m[i];
  }
  keep(ww);
  keep(mm);
}

NERO_BEST_LEVEL void lamb_weights(float *w, const float *m, const float *v, int64_t n) {
#pragma omp simd
  for (int64_t i = 0; i < n; i++) w[i] -= 1e-9f * m[i] + 1e-9f * v[i];
}

template <class Body>
void deal(void *team, const nero_floor_buffers &b, int64_t begin, int64_t end, const Body &) {
  Loop loop{b, begin, end};
  static_cast<Team *>(team)->run((end - begin + kRange - 1) / kRange,
                                 [](void *argument, int64_t from, int64_t to) {
                                   const Loop &l = *static_cast<Loop *>(argument);
                                   const int64_t at = l.begin + from * kRange;
                                   Body::run(l.b, at, std::min(l.begin + to * kRange, l.end) - at);
                                 },
                                 &loop, static_cast<Team *>(team)->threads());
}

/// Both passes over some tensors, then both over the next: a group holds whole tensors, of kGroup elements or one more.
template <class First, class Second>
void deal_twice(void *team, const nero_floor_buffers &b, const int64_t *ends, int64_t tensors) {
  int64_t begin = 0;
  for (int64_t i = 0; i < tensors; i++) {
    if (ends[i] - begin < kGroup && i + 1 < tensors) continue;
    deal(team, b, begin, ends[i], First());
    deal(team, b, begin, ends[i], Second());
    begin = ends[i];
  }
}

struct Read {
  static void run(const nero_floor_buffers &b, int64_t at, int64_t n) { read(b.w + at, n); }
};
struct Copy {
  static void run(const nero_floor_buffers &b, int64_t at, int64_t n) { copy(b.w + at, b.g + at, n); }
};
struct Axpy {
  static void run(const nero_floor_buffers &b, int64_t at, int64_t n) { axpy(b.w + at, b.g + at, n); }
};
struct Momentum {
  static void run(const nero_floor_buffers &b, int64_t at, int64_t n) { momentum(b.w + at, b.g + at, b.m + at, n); }
};
struct Adam {
  static void run(const nero_floor_buffers &b, int64_t at, int64_t n) {
    four_streams(b.w + at, b.g + at, b.m + at, b.v + at, n);
  }
};
struct Measure {
  static void run(const nero_floor_buffers &b, int64_t at, int64_t n) { norms(b.w + at, b.g + at, n); }
};
struct LambMoments {
  static void run(const nero_floor_buffers &b, int64_t at, int64_t n) {
    lamb_moments(b.w + at, b.g + at, b.m + at, b.v + at, n);
  }
};
struct LambWeights {
  static void run(const nero_floor_buffers &b, int64_t at, int64_t n) { lamb_weights(b.w + at, b.m + at, b.v + at, n); }
};

}  // namespace

void *nero_floor_team(int32_t threads) { return new Team(threads); }

void nero_floor_close(void *team) { delete static_cast<Team *>(team); }

void nero_floor_run(void *team, int32_t kind, const nero_floor_buffers *buffers, const int64_t *ends, int64_t tensors) {
  const nero_floor_buffers &b = *buffers;
  const int64_t count = tensors > 0 ? ends[tensors - 1] : 0;
  switch (kind) {
    case NERO_FLOOR_READ:
      return deal(team, b, 0, count, Read());
    case NERO_FLOOR_COPY:
      return deal(team, b, 0, count, Copy());
    case NERO_FLOOR_AXPY:
      return deal(team, b, 0, count, Axpy());
    case NERO_FLOOR_MOMENTUM:
      return deal(team, b, 0, count, Momentum());
    case NERO_FLOOR_ADAM:
      return deal(team, b, 0, count, Adam());
    case NERO_FLOOR_NORMS_AXPY:
      return deal_twice<Measure, Axpy>(team, b, ends, tensors);
    case NERO_FLOOR_NORMS_MOMENTUM:
      return deal_twice<Measure, Momentum>(team, b, ends, tensors);
    case NERO_FLOOR_LAMB:
      return deal_twice<LambMoments, LambWeights>(team, b, ends, tensors);
    default:
      return;
  }
}

void nero_floor_nothing(void) {}

int32_t nero_floor_call(int32_t (*function)(void *, const void *, void *, void *), void *a, const void *b, void *c,
                        void *d, int32_t times) {
  int32_t failed = 0;
  for (int32_t i = 0; i < times; i++) failed |= function(a, b, c, d);
  return failed;
}

int32_t nero_floor_nothing4(void *, const void *, void *, void *) { return 0; }
