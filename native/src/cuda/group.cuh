// Threads that hold one neuron together, and what they tell each other. Every sum is added in a fixed order:
// butterflies inside a warp, then the warps of a block in theirs.
#pragma once

#include "cuda/program.h"

namespace nero {
namespace cuda {

constexpr unsigned kAll = 0xffffffffu;

template <int kCount>
__device__ __forceinline__ void butterfly(double (&v)[kCount], int width) {
#pragma unroll
  for (int offset = width / 2; offset > 0; offset /= 2) {
#pragma unroll
    for (int i = 0; i < kCount; i++) v[i] += __shfl_xor_sync(kAll, v[i], offset);
  }
}

/// The sums over a block's threads, in every thread. Shared memory is written again only after a barrier that all
/// readers have passed.
template <int kCount>
__device__ __forceinline__ void block_sum(double (&v)[kCount]) {
  __shared__ double parts[kCount][kWarps];
  __shared__ double total[kCount];
  butterfly(v, 32);
  const int lane = threadIdx.x % 32;
  const int warp = threadIdx.x / 32;
  if (lane == 0) {
#pragma unroll
    for (int i = 0; i < kCount; i++) parts[i][warp] = v[i];
  }
  __syncthreads();
  if (warp == 0) {
#pragma unroll
    for (int i = 0; i < kCount; i++) v[i] = lane < kWarps ? parts[i][lane] : 0;
    butterfly(v, kWarps);
    if (lane == 0) {
#pragma unroll
      for (int i = 0; i < kCount; i++) total[i] = v[i];
    }
  }
  __syncthreads();
#pragma unroll
  for (int i = 0; i < kCount; i++) v[i] = total[i];
}

/// 8 or 32 threads of a warp. A warp's groups stay together: whoever has no neuron takes part with nothing.
template <int kSize>
struct Group {
  static constexpr int kLanes = kSize;
  static constexpr int kEach = kThreads / kSize;  ///< groups of a block
  static constexpr bool kColumnar = false;        ///< a neuron is a column

  static __device__ int lane() { return threadIdx.x % kSize; }
  static __device__ int index() { return threadIdx.x / kSize; }
  template <int kCount>
  static __device__ void sum(double (&v)[kCount]) {
    butterfly(v, kSize);
  }
  static __device__ bool any(bool x) {
    const unsigned votes = __ballot_sync(kAll, x);
    const unsigned mine = kSize == 32 ? kAll : ((1u << (kSize % 32)) - 1) << (threadIdx.x % 32 / kSize * kSize);
    return (votes & mine) != 0;
  }
  /// Of all threads that must take the same branch.
  static __device__ bool any_together(bool x) { return __any_sync(kAll, x) != 0; }
  /// What one of them wrote before, all see behind it.
  static __device__ void settle() { __syncwarp(); }
  /// The value of make(), made where that is cheapest.
  template <class Value, class Make>
  static __device__ Value once(const Make &make) {
    return make();
  }
};

template <>
struct Group<kThreads> {
  static constexpr int kLanes = kThreads;
  static constexpr int kEach = 1;
  static constexpr bool kColumnar = false;

  static __device__ int lane() { return threadIdx.x; }
  static __device__ int index() { return 0; }
  template <int kCount>
  static __device__ void sum(double (&v)[kCount]) {
    block_sum(v);
  }
  static __device__ bool any(bool x) { return __syncthreads_or(x) != 0; }
  static __device__ bool any_together(bool x) { return __syncthreads_or(x) != 0; }
  static __device__ void settle() { __syncthreads(); }
  /// By one warp: the double precision of small cards is shared by all.
  template <class Value, class Make>
  static __device__ Value once(const Make &make) {
    __shared__ Value made;
    if (threadIdx.x < 32) {
      const Value value = make();
      if (threadIdx.x == 0) made = value;
    }
    __syncthreads();
    const Value value = made;
    __syncthreads();
    return value;
  }
};

/// The sums over the 16 threads that share a column, in each of them.
template <int kCount>
__device__ __forceinline__ void column_sum(double (&v)[kCount]) {
  __shared__ double parts[kWarps][kColumns];
  const int column = threadIdx.x % kColumns;
  const int part = threadIdx.x / kColumns;
#pragma unroll
  for (int i = 0; i < kCount; i++) {
    parts[part][column] = v[i];
    __syncthreads();
    double sum = 0;
    for (int k = 0; k < kWarps; k++) sum += parts[k][column];
    v[i] = sum;
    __syncthreads();
  }
}

/// Whether x holds in any of the threads that share a column.
__device__ __forceinline__ bool column_any(bool x) {
  __shared__ uint8_t parts[kWarps][kColumns];
  const int column = threadIdx.x % kColumns;
  parts[threadIdx.x / kColumns][column] = x ? 1 : 0;
  __syncthreads();
  bool any = false;
  for (int k = 0; k < kWarps; k++) any = any || parts[k][column] != 0;
  __syncthreads();
  return any;
}

/// 16 threads of a block, one of each warp, that share a column; a warp reads 32 neighbours.
struct ColumnGroup {
  static constexpr int kLanes = kWarps;
  static constexpr int kEach = kColumns;
  static constexpr bool kColumnar = true;

  static __device__ int lane() { return threadIdx.x / kColumns; }
  static __device__ int index() { return threadIdx.x % kColumns; }
  template <int kCount>
  static __device__ void sum(double (&v)[kCount]) {
    column_sum(v);
  }
  static __device__ bool any(bool x) { return column_any(x); }
  static __device__ bool any_together(bool x) { return __syncthreads_or(x) != 0; }
  static __device__ void settle() { __syncthreads(); }
  template <class Value, class Make>
  static __device__ Value once(const Make &make) {
    return make();
  }
};

/// 16 bytes of device memory at once. The table's addresses are of no known space to the compiler, which would make
/// generic accesses of them. No kernel reads by these what it wrote by itself before.
__device__ __forceinline__ void load_global(float (&to)[4], const float *from) {
  asm volatile("ld.global.v4.f32 {%0, %1, %2, %3}, [%4];"
               : "=f"(to[0]), "=f"(to[1]), "=f"(to[2]), "=f"(to[3])
               : "l"(__cvta_generic_to_global(from)));
}

__device__ __forceinline__ void store_global(float *to, const float (&from)[4]) {
  asm volatile("st.global.v4.f32 [%0], {%1, %2, %3, %4};" ::"l"(__cvta_generic_to_global(to)), "f"(from[0]),
               "f"(from[1]), "f"(from[2]), "f"(from[3])
               : "memory");
}

/// Four adjacent floats of a row of n from at on; zeros behind its end. 16 bytes at once where the row is aligned; an
/// unaligned row is read by the same threads, so that alignment changes no bit.
template <class Index>
__device__ __forceinline__ void load_quad(float (&to)[4], const float *row, Index at, Index n, bool aligned) {
  if (aligned && at + 4 <= n) {
    load_global(to, row + at);
    return;
  }
#pragma unroll
  for (int j = 0; j < 4; j++) to[j] = at + j < n ? row[at + j] : 0.0f;
}

template <class Index>
__device__ __forceinline__ void store_quad(float *row, const float (&from)[4], Index at, Index n, bool aligned) {
  if (aligned && at + 4 <= n) {
    store_global(row + at, from);
    return;
  }
#pragma unroll
  for (int j = 0; j < 4; j++) {
    if (at + j < n) row[at + j] = from[j];
  }
}

__device__ __forceinline__ uintptr_t low_bits(const void *address) { return reinterpret_cast<uintptr_t>(address) & 15; }

/// True in all threads of the last of count blocks to come here. What the others wrote before is then seen.
__device__ __forceinline__ bool last_of(uint32_t *done, uint32_t count) {
  __shared__ bool last;
  __syncthreads();
  if (threadIdx.x == 0) {
    __threadfence();
    last = atomicAdd(done, 1u) == count - 1;
    if (last) *done = 0;
  }
  __syncthreads();
  if (last) __threadfence();
  return last;
}

/// What a thread met; few threads meet anything.
struct Met {
  int non_finite = 0;
  int unbalanced = 0;
};

__device__ __forceinline__ void tell(const Program &p, const Met &met) {
  if (met.non_finite != 0) atomicAdd(&p.totals->non_finite, static_cast<unsigned long long>(met.non_finite));
  if (met.unbalanced != 0) atomicAdd(&p.totals->unbalanced, static_cast<unsigned long long>(met.unbalanced));
}

__device__ __forceinline__ StepTerms terms_of(const Program &p) {
  return p.terms_at != nullptr ? *p.terms_at : p.terms;
}

/// The number of the step under way for a tensor.
__device__ __forceinline__ int64_t step_of(const Program &p, int32_t tensor) {
  return (p.shared_count ? p.totals->step : p.numbers[tensor].step) + 1;
}

__device__ __forceinline__ unsigned constraint_of(const DeviceTensor &t, int64_t neuron) {
  return t.exempt != nullptr && t.exempt[neuron] != 0 ? 0u : static_cast<unsigned>(t.constraint);
}

/// Called by every block at the end of a step's last launch: the last of them counts the step and files its result.
__device__ __forceinline__ void finish(const Program &p) {
  if (!p.finishes || !last_of(&p.totals->stepped_tiles, gridDim.x)) return;
  Totals &totals = *p.totals;
  const bool skip = totals.skip != 0;
  const int64_t next = totals.step + 1;
  __shared__ unsigned long long largest, present;
  if (threadIdx.x == 0) largest = 0, present = 0;
  __syncthreads();
  unsigned long long most = 0, here = 0;
  for (int64_t i = threadIdx.x; i < p.tensor_count; i += blockDim.x) {
    const bool is_present = p.tensors[i].present != 0;
    int64_t step = p.numbers[i].step;
    if (!skip && (is_present || p.shared_count)) {
      step = p.shared_count ? next : step + 1;
      p.numbers[i].step = step;
    }
    here += is_present ? 1 : 0;
    if (static_cast<unsigned long long>(step) > most) most = static_cast<unsigned long long>(step);
  }
  if (most != 0) atomicMax(&largest, most);
  if (here != 0) atomicAdd(&present, here);
  __syncthreads();
  if (threadIdx.x != 0) return;
  totals.step = static_cast<int64_t>(largest);
  StepResult &r = totals.result;
  r.step = totals.step;
  r.stepped = skip ? 0 : static_cast<int64_t>(present);
  r.absent = p.tensor_count - static_cast<int64_t>(present);
  r.non_finite = static_cast<int64_t>(skip ? totals.inspected_non_finite : totals.non_finite);
  r.unbalanced = static_cast<int64_t>(totals.unbalanced);
  r.gradient_norm2 = totals.gradient_norm2;
  r.skipped = skip ? 1 : 0;
  totals.non_finite = 0;
  totals.unbalanced = 0;
}

}  // namespace cuda
}  // namespace nero
