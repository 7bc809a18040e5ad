// What the benchmark's library exports: loops to hold steps against, and functions that do nothing.
#pragma once

#include <cstdint>

#define NERO_FLOOR_API extern "C" __attribute__((visibility("default")))

/// Bytes are of memory moved an element, f32: as a step with the same traffic would count them.
enum nero_floor_kind : int32_t {
  NERO_FLOOR_READ,            ///< reads w: 4 bytes
  NERO_FLOOR_COPY,            ///< reads g, writes w: 8 bytes
  NERO_FLOOR_AXPY,            ///< w -= c g: 12 bytes; SGD and Nero
  NERO_FLOOR_MOMENTUM,        ///< reads w, g, m, writes w, m: 20 bytes; SGD with momentum, Madam
  NERO_FLOOR_ADAM,            ///< reads w, g, m, v, writes w, m, v: 28 bytes; Adam
  NERO_FLOOR_NORMS_AXPY,      ///< two norms, then axpy, layer by layer: 20 bytes; Fromage
  NERO_FLOOR_NORMS_MOMENTUM,  ///< two norms, then momentum, layer by layer: 28 bytes; LARS
  NERO_FLOOR_LAMB             ///< reads w, g, m, v, writes m, v; then reads w, m, v, writes w; layer by layer: 40 bytes
};

/// Buffers of as many elements each; those that a loop does not use may be NULL.
struct nero_floor_buffers {
  float *w;
  const float *g;
  float *m;
  float *v;
};

NERO_FLOOR_API void *nero_floor_team(int32_t threads);
NERO_FLOOR_API void nero_floor_close(void *team);

/// One pass of a yardstick over a set of tensors that lie one after the other.
/// ends [in] `tensors` numbers: where each ends, in elements
NERO_FLOOR_API void nero_floor_run(void *team, int32_t kind, const nero_floor_buffers *buffers, const int64_t *ends,
                                   int64_t tensors);

/// What a downcall costs.
NERO_FLOOR_API void nero_floor_nothing(void);

/// The same with the signature of nero_optimizer_step.
NERO_FLOOR_API int32_t nero_floor_nothing4(void *, const void *, void *, void *);

/// C's own call: `function(a, b, c, d)`, so many times; 0 if all gave 0.
NERO_FLOOR_API int32_t nero_floor_call(int32_t (*function)(void *, const void *, void *, void *), void *a,
                                       const void *b, void *c, void *d, int32_t times);
