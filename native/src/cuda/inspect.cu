// Launches around a step that only some need: gradients are inspected before it where the policy may skip the step,
// LAMB clips, or rows are long; long rows are put on a constraint behind it.
#include "cuda/launch.h"
#include "cuda/step.cuh"

namespace nero {
namespace cuda {

namespace {

struct InspectRule {
  static constexpr int kStates = 0;
  static constexpr bool kReadsWeights = false;
  static constexpr bool kWritesStates = false;
  static constexpr bool kMoves = false;
  static constexpr bool kCounts = true;
  __device__ float operator()(float, float g, float *, double *sums) const {
    sums[0] = fma(static_cast<double>(g), static_cast<double>(g), sums[0]);
    return 0;
  }
};

__device__ inline void inspect_segment(const DeviceTensor &t, const Tile &tile, Partial &out) {
  const int64_t size = segment_elements(t.fan_in);
  const int64_t base = tile.begin * t.fan_in + tile.end * size;
  const int64_t left = t.fan_in - tile.end * size;
  const int64_t n = left < size ? left : size;
  const float *const w = t.weights + base;
  const float *const g = t.gradients + base;
  const bool aligned = (low_bits(w) | low_bits(g)) == 0;
  double v[5] = {0, 0, 0, 0, 0};
  bool good = true;
  for (int64_t at = threadIdx.x * 4; at < n; at += kThreads * 4) {
    float x[4], y[4];
    load_quad(x, w, at, n, aligned);
    load_quad(y, g, at, n, aligned);
#pragma unroll
    for (int j = 0; j < 4; j++) {
      good = good && finite(y[j]);
      const double a = x[j], b = y[j];
      v[0] += a;
      v[1] += b;
      v[2] = fma(a, a, v[2]);
      v[3] = fma(b, b, v[3]);
      v[4] = fma(a, b, v[4]);
    }
  }
  const bool bad = __syncthreads_or(!good) != 0;
  block_sum(v);
  if (threadIdx.x != 0) return;
  for (int k = 0; k < 5; k++) out.sum[k] = v[k];
  out.non_finite = bad ? 1 : 0;
}

/// A long row's segments together, by one thread.
struct LongRow {
  double gg;
  bool bad;
};

__device__ inline LongRow long_row(const Program &p, const DeviceTensor &t, int64_t first_segment) {
  const int64_t size = segment_elements(t.fan_in);
  const int64_t segments = (t.fan_in + size - 1) / size;
  LongRow row = {0, false};
  for (int64_t k = 0; k < segments; k++) {
    row.gg += __ldcg(&p.inspected[first_segment + k].sum[3]);
    row.bad = row.bad || __ldcg(&p.inspected[first_segment + k].non_finite) != 0;
  }
  return row;
}

/// The last block of an inspection: what it came to, and the state of Nero's long neurons.
__device__ inline void conclude(const Program &p) {
  double v[2] = {0, 0};
  for (int64_t i = threadIdx.x; i < p.tile_count; i += kThreads) {
    const Tile tile = p.tiles[i];
    const DeviceTensor &t = p.tensors[tile.tensor];
    if (t.present == 0) continue;
    if (tile.way == Way::kSegment) {
      if (tile.end != 0) continue;
      const LongRow row = long_row(p, t, i);
      v[0] += row.bad ? 0 : row.gg;
      v[1] += row.bad ? 1 : 0;
    } else if (p.inspects_all) {
      v[0] += __ldcg(&p.inspected[i].sum[0]);
      v[1] += static_cast<double>(__ldcg(&p.inspected[i].non_finite));
    }
  }
  block_sum(v);
  const double scale = terms_of(p).gradient_scale;
  const double norm2 = v[0] * scale * scale;
  const bool skip = p.non_finite == NERO_NON_FINITE_SKIP_STEP && v[1] > 0;
  if (threadIdx.x == 0) {
    const double norm = sqrt(norm2);
    p.totals->gradient_norm2 = norm2;
    p.totals->inspected_non_finite = static_cast<unsigned long long>(v[1]);
    p.totals->skip = skip ? 1 : 0;
    p.totals->clip = p.max_gradient_norm > 0 && norm > p.max_gradient_norm ? p.max_gradient_norm / norm : 1;
  }
  if (p.kind != NERO_KIND_NERO || skip) return;
  for (int64_t i = threadIdx.x; i < p.tile_count; i += kThreads) {
    const Tile tile = p.tiles[i];
    const DeviceTensor &t = p.tensors[tile.tensor];
    if (t.present == 0 || tile.way != Way::kSegment || tile.end != 0) continue;
    const LongRow row = long_row(p, t, i);
    if (row.bad && p.non_finite == NERO_NON_FINITE_SKIP_NEURON) continue;
    const NeroStep step =
        make_nero_step(p.hyper.nero, rate_of(p, t), scale, p.numbers[tile.tensor].scale, step_of(p, tile.tensor));
    t.square[tile.begin] = nero_square(t.square[tile.begin], row.gg, step);
  }
}

__global__ void __launch_bounds__(kThreads, 1) inspect_kernel(const Program p) {
  if (blockIdx.x < p.tile_count) {
    const Tile tile = p.tiles[blockIdx.x];
    const DeviceTensor &t = p.tensors[tile.tensor];
    if (t.present != 0 && tile.way == Way::kSegment) {
      inspect_segment(t, tile, p.inspected[blockIdx.x]);
    } else if (t.present != 0 && p.inspects_all) {
      const Walk walk = {t, NERO_NON_FINITE_SKIP_NEURON, false};
      Met met;
      double sums[3] = {0, 0, 0};
      drive(p, InspectRule(), walk, tile, blockIdx.x, met, sums);
      double v[2] = {sums[0], static_cast<double>(met.non_finite)};
      block_sum(v);
      if (threadIdx.x == 0) {
        p.inspected[blockIdx.x].sum[0] = v[0];
        p.inspected[blockIdx.x].non_finite = static_cast<int64_t>(v[1]);
      }
    }
  }
  if (last_of(&p.totals->inspected_tiles, gridDim.x)) conclude(p);
}

/// Whether the constraint is put on a long row behind the step, and where its segment lies.
__device__ inline bool balances(const Program &p, Tile &tile, int64_t &base, int64_t &n) {
  if (!takes_part(p, tile) || tile.way != Way::kSegment) return false;
  const DeviceTensor &t = p.tensors[tile.tensor];
  if (rate_of(p, t) == 0 || constraint_of(t, tile.begin) == 0) return false;
  if (row_is_bad(p, t, tile, blockIdx.x) && p.non_finite == NERO_NON_FINITE_SKIP_NEURON) return false;
  const int64_t size = segment_elements(t.fan_in);
  base = tile.begin * t.fan_in + tile.end * size;
  const int64_t left = t.fan_in - tile.end * size;
  n = left < size ? left : size;
  return true;
}

__global__ void __launch_bounds__(kThreads, 1) long_sums_kernel(const Program p) {
  Tile tile;
  int64_t base, n;
  if (!balances(p, tile, base, n)) return;
  const float *const w = p.tensors[tile.tensor].weights + base;
  double v[2] = {0, 0};
  for (int64_t i = threadIdx.x; i < n; i += kThreads) {
    const double x = w[i];
    v[0] += x;
    v[1] = fma(x, x, v[1]);
  }
  block_sum(v);
  if (threadIdx.x != 0) return;
  p.sums[blockIdx.x].sum[0] = v[0];
  p.sums[blockIdx.x].sum[1] = v[1];
}

__global__ void __launch_bounds__(kThreads, 1) long_balance_kernel(const Program p) {
  Tile tile;
  int64_t base, n;
  if (balances(p, tile, base, n)) {
    const DeviceTensor &t = p.tensors[tile.tensor];
    const int64_t size = segment_elements(t.fan_in);
    const int64_t segments = (t.fan_in + size - 1) / size;
    const Partial *parts = p.sums + (blockIdx.x - tile.end);
    double v[2] = {0, 0};
    for (int64_t i = threadIdx.x; i < segments; i += kThreads) {
      v[0] += parts[i].sum[0];
      v[1] += parts[i].sum[1];
    }
    block_sum(v);
    const NeuronUpdate u =
        nero_update({v[0], 0, v[1], 0, 0}, 0, static_cast<double>(t.fan_in), constraint_of(t, tile.begin), 0);
    Met met;
    if (can_be_balanced(u.norm2, v[1])) {
      float *const w = t.weights + base;
      for (int64_t i = threadIdx.x; i < n; i += kThreads) {
        w[i] = static_cast<float>((static_cast<double>(w[i]) - u.shift) * u.stretch);
      }
    } else if (tile.end == 0 && threadIdx.x == 0) {
      met.unbalanced++;
    }
    tell(p, met);
  }
  finish(p);
}

__global__ void terms_kernel(Totals *totals, StepTerms terms) { totals->terms = terms; }

}  // namespace

void launch_inspect(const Program &p, unsigned blocks, cudaStream_t stream) {
  inspect_kernel<<<blocks, kThreads, 0, stream>>>(p);
}

void launch_long_balance(const Program &p, unsigned blocks, cudaStream_t stream) {
  long_sums_kernel<<<blocks, kThreads, 0, stream>>>(p);
  long_balance_kernel<<<blocks, kThreads, 0, stream>>>(p);
}

void launch_terms(Totals *totals, const StepTerms &terms, cudaStream_t stream) {
  terms_kernel<<<1, 1, 0, stream>>>(totals, terms);
}

}  // namespace cuda
}  // namespace nero
