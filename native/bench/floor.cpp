// The yardsticks of the benchmark: loops that move the same memory and do nothing else, dealt to threads as steps are.
#include <algorithm>
#include <cstdint>

#include "cpu/team.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define NERO_BEST_LEVEL __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define NERO_BEST_LEVEL
#endif

namespace {

constexpr int64_t kRange = 32768;

struct Buffers {
  float *w;
  const float *g;
  float *m;
  float *v;
  int64_t count;
};

NERO_BEST_LEVEL void axpy(float *w, const float *g, float c, int64_t n) {
  for (int64_t i = 0; i < n; i++) w[i] -= c * g[i];
}

/// Reads four streams and writes three, as Adam must, with as little arithmetic as that needs.
NERO_BEST_LEVEL void four_streams(float *w, const float *g, float *m, float *v, float c, int64_t n) {
  for (int64_t i = 0; i < n; i++) {
    m[i] = 0.9f * m[i] + g[i];
    v[i] = 0.9f * v[i] + g[i];
    w[i] -= c * m[i];
  }
}

}  // namespace

extern "C" {

__attribute__((visibility("default"))) void *nero_floor_team(int32_t threads) { return new nero::Team(threads); }

__attribute__((visibility("default"))) void nero_floor_close(void *team) { delete static_cast<nero::Team *>(team); }

__attribute__((visibility("default"))) void nero_floor_nothing(void) {}

/// w -= c g; 12 bytes a weight.
__attribute__((visibility("default"))) void nero_floor_axpy(void *team, float *w, const float *g, int64_t count) {
  Buffers buffers{w, g, nullptr, nullptr, count};
  static_cast<nero::Team *>(team)->run((count + kRange - 1) / kRange,
                                       [](void *argument, int64_t i) {
                                         const Buffers &b = *static_cast<Buffers *>(argument);
                                         axpy(b.w + i * kRange, b.g + i * kRange, 1e-9f,
                                              std::min(kRange, b.count - i * kRange));
                                       },
                                       &buffers);
}

/// The traffic of Adam; 28 bytes a weight.
__attribute__((visibility("default"))) void nero_floor_adam(void *team, float *w, const float *g, float *m, float *v,
                                                            int64_t count) {
  Buffers buffers{w, g, m, v, count};
  static_cast<nero::Team *>(team)->run((count + kRange - 1) / kRange,
                                       [](void *argument, int64_t i) {
                                         const Buffers &b = *static_cast<Buffers *>(argument);
                                         const int64_t at = i * kRange;
                                         four_streams(b.w + at, b.g + at, b.m + at, b.v + at, 1e-9f,
                                                      std::min(kRange, b.count - at));
                                       },
                                       &buffers);
}
}
