// Nero over a tile. Rows of up to 16,384 weights: 12 bytes a weight from memory, w and g read once into registers and w
// written once, whatever the alignment. Longer rows and columns are read twice: 20 bytes. Vectors: 28, in double.
#pragma once

#include "cuda/elements.cuh"

namespace nero {
namespace cuda {

/// What follows is computed anew from memory, rather than held in registers from before.
__device__ __forceinline__ void forget() { asm volatile("" ::: "memory"); }

/// What a neuron does once its sums are known.
struct NeuronPlan {
  double square;
  double turn;
  NeuronUpdate by;
};

/// square is this step's.
__device__ __forceinline__ NeuronPlan plan_turn(const NeuronSums &s, double square, const NeroStep &step, double fan_in,
                                                unsigned constraint) {
  const double turn = nero_turn(square, s.ww, s.gg, step);
  return {square, turn, nero_update(s, turn, fan_in, constraint, step.epsilon)};
}

/// square is the last step's.
__device__ __forceinline__ NeuronPlan plan_neuron(const NeuronSums &s, double square, const NeroStep &step,
                                                  double fan_in, unsigned constraint) {
  return plan_turn(s, nero_square(square, s.gg, step), step, fan_in, constraint);
}

/// Whether float sums may have lost something; NaN and infinity among the elements come out here too.
__device__ __forceinline__ bool is_doubtful(const NeuronSums &s, int64_t n) {
  return lost_to_range(s.gg, n) || lost_to_range(s.ww, n) || !(fabs(s.wg) <= 3e38);
}

/// What is known of a neuron when its float sums have been looked at.
struct Known {
  NeuronSums s;
  bool careful;  ///< only double holds what it comes to
  bool bad;      ///< a gradient is not finite
};

/// The sums again, in double, where those in float are doubtful: the neuron is in cache.
template <class G>
__device__ __forceinline__ Known look_again(const DeviceTensor &t, int64_t index, bool active, const NeuronSums &sums,
                                            bool doubtful) {
  if (!G::any_together(doubtful)) return {sums, false, false};
  forget();
  const Strided neuron = neuron_of<G>(t, index, active);
  bool good = true, some_w = false, some_g = false;
  double d[5] = {0, 0, 0, 0, 0};
#pragma unroll 1
  for (int64_t i = G::lane(); i < neuron.n; i += G::kLanes) {
    const float x = neuron.w[i * neuron.stride], y = neuron.g[i * neuron.stride];
    good = good && finite(y);
    some_w = some_w || x != 0;
    some_g = some_g || y != 0;
    const double a = x, b = y;
    d[0] += a;
    d[1] += b;
    d[2] += a * a;
    d[3] += b * b;
    d[4] += a * b;
  }
  const bool bad = G::any(!good);
  some_w = G::any(some_w);
  some_g = G::any(some_g);
  G::sum(d);
  // No branch for the first term: on sm_75 ptxas would keep its convergence in local memory.
  const bool careful = doubtful & ((lost_to_range(sums.gg, neuron.n) && some_g) ||
                                   (lost_to_range(sums.ww, neuron.n) && some_w) || !(fabs(sums.wg) <= 3e38));
  if (!careful) return {sums, false, bad};
  return {{d[0], d[1], d[2], d[3], d[4]}, true, bad};
}

/// Moves the neurons of those with mine set in double. Weights change behind the last sum only.
template <class G>
__device__ __forceinline__ void move_carefully(const DeviceTensor &t, int64_t index, bool mine, double turn,
                                               unsigned constraint, double epsilon, Met &met) {
  if (!G::any_together(mine)) return;
  forget();
  const Strided neuron = neuron_of<G>(t, index, mine);
  const auto landing = [&](int64_t i) {
    return nero_landing(neuron.w[i * neuron.stride], neuron.g[i * neuron.stride], turn);
  };
  const Centred c = centred<G>(neuron.n, constraint, landing);
  if (!mine) return;
  if (constraint != 0 && !can_be_balanced(c.norm2, c.before)) {
    if (G::lane() == 0) met.unbalanced++;
    return;
  }
  const double stretch = (constraint & NERO_CONSTRAINT_NORM) != 0 ? 1 / (sqrt(c.norm2) + epsilon) : 1;
#pragma unroll 1
  for (int64_t i = G::lane(); i < neuron.n; i += G::kLanes) {
    neuron.w[i * neuron.stride] = static_cast<float>((landing(i) - c.mean) * stretch);
  }
}

/// What is left to do with a neuron in float.
struct FloatMove {
  float turn, shift, stretch;
  bool moves;
};

/// From a thread's share of the float sums to the move: the neuron's state is written, and what float cannot do is
/// done.
template <class G>
__device__ __forceinline__ FloatMove decide(const Walk &walk, const NeroStep &step, int64_t index, bool active,
                                            double (&v)[5], Met &met) {
  // Read by all before the sums, written by one behind them.
  const double old_square = active ? walk.t.square[index] : 0;
  const unsigned constraint = active ? constraint_of(walk.t, index) : 0u;
  G::sum(v);
  const NeuronSums s = {v[0], v[1], v[2], v[3], v[4]};
  const Known known = look_again<G>(walk.t, index, active, s, active && is_doubtful(s, walk.t.fan_in));
  if (known.bad && G::lane() == 0) met.non_finite++;
  const bool rests = !active || (known.bad && walk.policy == NERO_NON_FINITE_SKIP_NEURON);
  const NeuronPlan plan = G::template once<NeuronPlan>([&] {
    return plan_neuron(known.s, old_square, step, static_cast<double>(active ? walk.t.fan_in : 0), constraint);
  });
  if (G::lane() == 0 && !rests) walk.t.square[index] = plan.square;
  // Walk::moves, which would be a register held over the sums.
  if (step.rate == 0) return {0, 0, 1, false};
  const bool in_double = !rests && (known.careful || plan.by.cancelled);
  move_carefully<G>(walk.t, index, in_double, plan.turn, constraint, step.epsilon, met);
  return {static_cast<float>(plan.turn), static_cast<float>(plan.by.shift), static_cast<float>(plan.by.stretch),
          !rests && !in_double};
}

/// Rows of at most kQuads * 4 * lanes weights, a group each.
template <class G, int kQuads>
__device__ __forceinline__ void nero_rows(const Walk &walk, const NeroStep &step, const Tile &tile, Met &met) {
  // All groups go round equally often.
  for (int64_t first = tile.begin; first < tile.end; first += G::kEach) {
    const int64_t row = first + G::index();
    const bool active = row < tile.end;
    const Strided neuron = neuron_of<G>(walk.t, row, active);
    const int n = static_cast<int>(neuron.n) - G::lane() * 4;
    const bool aligned = (low_bits(neuron.w) | low_bits(neuron.g)) == 0;
    float x[kQuads][4], y[kQuads][4];
    // By constant offsets from the thread's first weight: else the address of every quad would be held in registers
    // from here to the stores.
#pragma unroll
    for (int k = 0; k < kQuads; k++) {
      load_quad(x[k], neuron.w + G::lane() * 4, k * G::kLanes * 4, n, aligned);
      load_quad(y[k], neuron.g + G::lane() * 4, k * G::kLanes * 4, n, aligned);
    }
    float f[5] = {0, 0, 0, 0, 0};
#pragma unroll
    for (int k = 0; k < kQuads; k++) {
#pragma unroll
      for (int j = 0; j < 4; j++) {
        f[0] += x[k][j];
        f[1] += y[k][j];
        f[2] += x[k][j] * x[k][j];
        f[3] += y[k][j] * y[k][j];
        f[4] += x[k][j] * y[k][j];
      }
    }
    double v[5];
#pragma unroll
    for (int i = 0; i < 5; i++) v[i] = static_cast<double>(f[i]);
    const FloatMove m = decide<G>(walk, step, row, active, v, met);
    if (!m.moves) continue;
    forget();
    const Strided after = neuron_of<G>(walk.t, row, active);
    const int left = static_cast<int>(after.n) - G::lane() * 4;
    const bool still = (low_bits(after.w) | low_bits(after.g)) == 0;
#pragma unroll
    for (int k = 0; k < kQuads; k++) {
#pragma unroll
      for (int j = 0; j < 4; j++) x[k][j] = nero_moved(x[k][j], y[k][j], m.turn, m.shift, m.stretch);
      store_quad(after.w + G::lane() * 4, x[k], k * G::kLanes * 4, left, still);
    }
  }
}

/// A segment of a long row, whose sums an earlier launch left in double, precise enough for every decision; the
/// neuron's state is this step's already.
__device__ __forceinline__ void nero_segment(const Program &p, const Walk &walk, const NeroStep &step, const Tile &tile,
                                             int64_t tile_index, Met &met) {
  const DeviceTensor &t = walk.t;
  const int64_t size = segment_elements(t.fan_in);
  const int64_t segments = (t.fan_in + size - 1) / size;
  const Partial *parts = p.inspected + (tile_index - tile.end);
  const bool bad = row_is_bad(p, t, tile, tile_index);
  if (bad && tile.end == 0 && threadIdx.x == 0) met.non_finite++;
  if (bad && walk.policy == NERO_NON_FINITE_SKIP_NEURON) return;
  double v[5] = {0, 0, 0, 0, 0};
  for (int64_t i = threadIdx.x; i < segments; i += kThreads) {
    for (int k = 0; k < 5; k++) v[k] += parts[i].sum[k];
  }
  block_sum(v);
  const NeuronSums s = {v[0], v[1], v[2], v[3], v[4]};
  const unsigned constraint = constraint_of(t, tile.begin);
  const double square = t.square[tile.begin];
  const NeuronPlan plan = Group<kThreads>::once<NeuronPlan>(
      [&] { return plan_turn(s, square, step, static_cast<double>(t.fan_in), constraint); });
  if (!walk.moves) return;
  const double squares = s.ww - 2 * plan.turn * s.wg + plan.turn * plan.turn * s.gg;
  const bool defined = constraint == 0 || can_be_balanced(plan.by.norm2, squares);
  if (!defined) {
    if (tile.end == 0 && threadIdx.x == 0) met.unbalanced++;
    return;
  }
  const bool in_double = plan.by.cancelled || is_doubtful(s, t.fan_in);
  const auto turn = static_cast<float>(plan.turn);
  const auto shift = static_cast<float>(plan.by.shift);
  const auto stretch = static_cast<float>(plan.by.stretch);
  const int64_t base = tile.begin * t.fan_in + tile.end * size;
  const int64_t left = t.fan_in - tile.end * size;
  const int64_t n = left < size ? left : size;
  float *const w = t.weights + base;
  const float *const g = t.gradients + base;
  const bool aligned = (low_bits(w) | low_bits(g)) == 0;
  for (int64_t at = threadIdx.x * 4; at < n; at += kThreads * 4) {
    float x[4], y[4];
    load_quad(x, w, at, n, aligned);
    load_quad(y, g, at, n, aligned);
#pragma unroll
    for (int j = 0; j < 4; j++) {
      x[j] = in_double ? static_cast<float>((nero_landing(x[j], y[j], plan.turn) - plan.by.shift) * plan.by.stretch)
                       : nero_moved(x[j], y[j], turn, shift, stretch);
    }
    store_quad(w, x, at, n, aligned);
  }
}

/// Rows that are summed in float before the fold into double.
constexpr int64_t kFoldRows = 64;

__device__ __forceinline__ void nero_columns(const Walk &walk, const NeroStep &step, const Tile &tile, Met &met) {
  using G = ColumnGroup;
  for (int64_t first = tile.begin; first < tile.end; first += G::kEach) {
    const int64_t column = first + G::index();
    const bool active = column < tile.end;
    const Strided neuron = neuron_of<G>(walk.t, column, active);
    double v[5] = {0, 0, 0, 0, 0};
    for (int64_t from = G::lane(); from < neuron.n; from += kFoldRows * G::kLanes) {
      float f[5] = {0, 0, 0, 0, 0};
      const int64_t end = neuron.n - from < kFoldRows * G::kLanes ? neuron.n : from + kFoldRows * G::kLanes;
      for (int64_t i = from; i < end; i += G::kLanes) {
        const float x = neuron.w[i * neuron.stride], y = neuron.g[i * neuron.stride];
        f[0] += x;
        f[1] += y;
        f[2] += x * x;
        f[3] += y * y;
        f[4] += x * y;
      }
#pragma unroll
      for (int k = 0; k < 5; k++) v[k] += static_cast<double>(f[k]);
    }
    const FloatMove m = decide<G>(walk, step, column, active, v, met);
    for (int64_t i = G::lane(); m.moves && i < neuron.n; i += G::kLanes) {
      float &x = neuron.w[i * neuron.stride];
      x = nero_moved(x, neuron.g[i * neuron.stride], m.turn, m.shift, m.stretch);
    }
  }
}

/// Each element a neuron of its own, in double.
__device__ __forceinline__ void nero_vector(const Walk &walk, const NeroStep &step, const Tile &tile, Met &met) {
  const DeviceTensor &t = walk.t;
  for (int64_t i = tile.begin + threadIdx.x; i < tile.end; i += kThreads) {
    const float y = t.gradients[i];
    const double w = t.weights[i];
    const double g = y;
    if (!finite(y)) {
      met.non_finite++;
      if (walk.policy == NERO_NON_FINITE_SKIP_NEURON) continue;
    }
    const double square = nero_square(t.square[i], g * g, step);
    t.square[i] = square;
    if (walk.moves) t.weights[i] = static_cast<float>(w - nero_turn(square, w * w, g * g, step) * g);
  }
}

}  // namespace cuda
}  // namespace nero
