// The frame around every rule: a block takes its tile, prepares the step once, walks, and tells what it met.
#pragma once

#include "cuda/elements.cuh"

namespace nero {
namespace cuda {

/// The tensor of a block's tile, if the step touches it.
__device__ inline bool takes_part(const Program &p, Tile &tile) {
  if (blockIdx.x >= p.tile_count || p.totals->skip != 0) return false;
  tile = p.tiles[blockIdx.x];
  return p.tensors[tile.tensor].present != 0;
}

__device__ inline double rate_of(const Program &p, const DeviceTensor &t) {
  return terms_of(p).learning_rate * t.rate_factor;
}

__device__ inline double scale_of(const Program &p) { return terms_of(p).gradient_scale * p.totals->clip; }

/// One launch a step. Registers: at most 128, so that a multiprocessor holds at least one block, 16 warps, with
/// 64 KiB or more of loads under way.
template <class Rule>
__global__ void __launch_bounds__(kThreads, 1) single_kernel(const Program p) {
  Tile tile;
  if (takes_part(p, tile)) {
    __shared__ typename Rule::Step step;
    __shared__ DeviceTensor tensor;
    if (threadIdx.x == 0) tensor = p.tensors[tile.tensor];
    __syncthreads();
    const Walk walk = {tensor, p.non_finite, rate_of(p, tensor) != 0};
    if (threadIdx.x == 0) step = Rule::prepare(p, walk.t, tile.tensor);
    __syncthreads();
    Met met;
    double sums[3] = {0, 0, 0};
    drive(p, Rule(step), walk, tile, blockIdx.x, met, sums);
    tell(p, met);
  }
  finish(p);
}

/// The first of two launches: sums of every tile; the last block of a tensor makes of them what the second needs.
template <class Rule>
__global__ void __launch_bounds__(kThreads, 1) sums_kernel(const Program p) {
  Tile tile;
  if (!takes_part(p, tile)) return;
  __shared__ typename Rule::Step step;
  __shared__ DeviceTensor tensor;
  if (threadIdx.x == 0) tensor = p.tensors[tile.tensor];
  __syncthreads();
  const Walk walk = {tensor, p.non_finite, true};
  if (threadIdx.x == 0) step = Rule::prepare(p, walk.t, tile.tensor);
  __syncthreads();
  Met met;
  double sums[3] = {0, 0, 0};
  drive(p, Rule(step), walk, tile, blockIdx.x, met, sums);
  tell(p, met);
  block_sum(sums);
  if (threadIdx.x == 0) {
    for (int k = 0; k < 3; k++) p.sums[blockIdx.x].sum[k] = sums[k];
  }
  if (!last_of(p.tensor_tiles + tile.tensor, static_cast<uint32_t>(walk.t.tiles))) return;
  double total[3] = {0, 0, 0};
  for (int64_t i = threadIdx.x; i < walk.t.tiles; i += kThreads) {
    for (int k = 0; k < 3; k++) total[k] += __ldcg(&p.sums[walk.t.first_tile + i].sum[k]);
  }
  block_sum(total);
  if (threadIdx.x == 0) Rule::between(p, step, tile.tensor, total);
}

}  // namespace cuda
}  // namespace nero
