// Walks an elementwise rule over a tile, neuron by neuron, and keeps the policy for gradients that are not finite and
// the constraint. A rule says which of its buffers it reads and writes, and what it adds up.
#pragma once

#include "cuda/group.cuh"
#include "rules/balance.h"
#include "rules/gradient.h"
#include "rules/nero.h"

namespace nero {
namespace cuda {

/// What the walk needs to know of a tensor in this step.
struct Walk {
  const DeviceTensor &t;
  nero_non_finite policy;
  bool moves;
};

/// A neuron where it lies.
struct Strided {
  float *w;
  const float *g;
  int64_t n;  ///< 0 for whoever only keeps the others company
  int64_t stride;
};

template <class G>
__device__ __forceinline__ Strided neuron_of(const DeviceTensor &t, int64_t neuron, bool active) {
  const int64_t base = active ? (G::kColumnar ? neuron : neuron * t.fan_in) : 0;
  return {t.weights + base, t.gradients + base, active ? t.fan_in : 0, G::kColumnar ? t.neurons : 1};
}

/// What is known of a neuron whose mean may have to go: its sum, its squares, and those about the mean.
struct Centred {
  double mean, before, norm2;
};

/// In double, over landing(i) of the neuron's elements.
template <class G, class Landing>
__device__ __forceinline__ Centred centred(int64_t n, unsigned constraint, const Landing &landing) {
  double d[2] = {0, 0};
#pragma unroll 1
  for (int64_t i = G::lane(); i < n; i += G::kLanes) {
    const double x = landing(i);
    d[0] += x;
    d[1] += x * x;
  }
  G::sum(d);
  const double mean = (constraint & NERO_CONSTRAINT_MEAN) != 0 ? d[0] / static_cast<double>(n) : 0;
  double norm2[1] = {0};
#pragma unroll 1
  for (int64_t i = G::lane(); i < n; i += G::kLanes) {
    const double x = landing(i) - mean;
    norm2[0] += x * x;
  }
  G::sum(norm2);
  return {mean, d[1], norm2[0]};
}

/// Puts a neuron that has just been written on its constraint, by those who wrote it; what cannot be balanced stays
/// where it is. sum and squares are this thread's share, in float. n is 0 for neurons that are to be left alone.
template <class G>
__device__ __forceinline__ void balance(const Strided &neuron, float sum, float squares, unsigned constraint,
                                        Met &met) {
  const int64_t n = neuron.n;
  float *const w = neuron.w;
  const int64_t stride = neuron.stride;
  double v[2] = {static_cast<double>(sum), static_cast<double>(squares)};
  G::sum(v);
  const NeuronUpdate u = nero_update({v[0], 0, v[1], 0, 0}, 0, static_cast<double>(n), constraint, 0);
  const bool careful = n > 0 && (lost_to_range(v[1], n) || u.cancelled);
  G::settle();
  const auto each = [&](const auto &put) {
#pragma unroll 1
    for (int64_t i = G::lane(); i < n; i += G::kLanes) w[i * stride] = put(w[i * stride]);
  };
  if (G::any_together(careful)) {
    const Centred c =
        centred<G>(careful ? n : 0, constraint, [&](int64_t i) { return static_cast<double>(w[i * stride]); });
    if (careful) {
      if (can_be_balanced(c.norm2, c.before)) {
        const double stretch = (constraint & NERO_CONSTRAINT_NORM) != 0 ? 1 / sqrt(c.norm2) : 1;
        each([&](float x) { return static_cast<float>((static_cast<double>(x) - c.mean) * stretch); });
      } else if (G::lane() == 0) {
        met.unbalanced++;
      }
    }
  }
  if (careful) return;
  const auto shift = static_cast<float>(u.shift);
  const auto stretch = static_cast<float>(u.stretch);
  each([&](float x) { return (x - shift) * stretch; });
}

/// Applies a rule to four adjacent elements and gives where they land.
template <class Rule>
__device__ __forceinline__ void apply_quad(const Rule &rule, const Walk &walk, int64_t base, const float (&g)[4],
                                           float (&w)[4], int64_t at, int64_t n, bool aligned, double (&sums)[3]) {
  constexpr int kStates = Rule::kStates;
  float state[kStates > 0 ? kStates : 1][4];
  if (Rule::kReadsWeights) load_quad(w, walk.t.weights + base, at, n, aligned);
#pragma unroll
  for (int s = 0; s < kStates; s++) load_quad(state[s], walk.t.state[s] + base, at, n, aligned);
#pragma unroll
  for (int j = 0; j < 4; j++) {
    float own[kStates > 0 ? kStates : 1];
#pragma unroll
    for (int s = 0; s < kStates; s++) own[s] = state[s][j];
    // Behind the end are zeros, which add nothing to a sum.
    w[j] = at + j < n ? rule(w[j], g[j], own, sums) : 0.0f;
#pragma unroll
    for (int s = 0; s < kStates; s++) state[s][j] = own[s];
  }
  if (Rule::kWritesStates) {
#pragma unroll
    for (int s = 0; s < kStates; s++) store_quad(walk.t.state[s] + base, state[s], at, n, aligned);
  }
}

template <class Rule>
__device__ __forceinline__ bool is_aligned(const Walk &walk, int64_t base) {
  uintptr_t bits = low_bits(walk.t.weights + base) | low_bits(walk.t.gradients + base);
#pragma unroll
  for (int s = 0; s < Rule::kStates; s++) bits |= low_bits(walk.t.state[s] + base);
  return bits == 0;
}

/// Neurons, a group each. Gradients are looked at before anything moves, and read again from the first-level cache;
/// rows by quads, columns one by one.
template <class G, class Rule>
__device__ __forceinline__ void drive_neurons(const Rule &rule, const Walk &walk, const Tile &tile, Met &met,
                                              double (&sums)[3]) {
  constexpr bool kColumnar = G::kColumnar;
  const int lane = G::lane();
  // All groups go round equally often.
  for (int64_t first = tile.begin; first < tile.end; first += G::kEach) {
    const int64_t index = first + G::index();
    const bool active = index < tile.end;
    Strided neuron = neuron_of<G>(walk.t, index, active);
    const int64_t base = neuron.w - walk.t.weights;
    const bool aligned = !kColumnar && is_aligned<Rule>(walk, base);
    bool good = true;
    if (kColumnar) {
      for (int64_t i = lane; i < neuron.n; i += G::kLanes) good = good && finite(neuron.g[i * neuron.stride]);
    } else {
#pragma unroll 2
      for (int64_t at = lane * 4; at < neuron.n; at += G::kLanes * 4) {
        float g[4];
        load_quad(g, neuron.g, at, neuron.n, aligned);
#pragma unroll
        for (int j = 0; j < 4; j++) good = good && finite(g[j]);
      }
    }
    const bool bad = G::any(!good);
    if (bad && lane == 0 && Rule::kCounts) met.non_finite++;
    if (bad && walk.policy == NERO_NON_FINITE_SKIP_NEURON) neuron.n = 0;
    float sum = 0, squares = 0;
    if (kColumnar) {
      constexpr int kStates = Rule::kStates;
      for (int64_t i = lane; i < neuron.n; i += G::kLanes) {
        const int64_t at = base + i * neuron.stride;
        float own[kStates > 0 ? kStates : 1];
#pragma unroll
        for (int s = 0; s < kStates; s++) own[s] = walk.t.state[s][at];
        const float w = rule(Rule::kReadsWeights ? walk.t.weights[at] : 0.0f, walk.t.gradients[at], own, sums);
#pragma unroll
        for (int s = 0; s < kStates; s++) {
          if (Rule::kWritesStates) walk.t.state[s][at] = own[s];
        }
        if (Rule::kMoves && walk.moves) walk.t.weights[at] = w;
      }
    } else {
#pragma unroll 1
      for (int64_t at = lane * 4; at < neuron.n; at += G::kLanes * 4) {
        float g[4], w[4] = {0, 0, 0, 0};
        load_quad(g, neuron.g, at, neuron.n, aligned);
        apply_quad(rule, walk, base, g, w, at, neuron.n, aligned, sums);
        if (!Rule::kMoves || !walk.moves) continue;
        store_quad(neuron.w, w, at, neuron.n, aligned);
#pragma unroll
        for (int j = 0; j < 4; j++) {
          sum += w[j];
          squares += w[j] * w[j];
        }
      }
    }
    if (!Rule::kMoves || !walk.moves || walk.t.constraint == NERO_CONSTRAINT_NONE) continue;
    const unsigned constraint = active ? constraint_of(walk.t, index) : 0u;
    if (constraint == 0) neuron.n = 0;
    // Columns take the way in double: a sum of theirs that may not be trusted.
    const float nowhere = kColumnar ? static_cast<float>(INFINITY) : squares;
    balance<G>(neuron, sum, nowhere, constraint, met);
  }
}

/// A vector: each element a neuron of its own.
template <class Rule>
__device__ __forceinline__ void drive_vector(const Rule &rule, const Walk &walk, const Tile &tile, Met &met,
                                             double (&sums)[3]) {
  const int64_t n = tile.end - tile.begin;
  const bool aligned = is_aligned<Rule>(walk, tile.begin);
  for (int64_t at = threadIdx.x * 4; at < n; at += kThreads * 4) {
    float g[4];
    load_quad(g, walk.t.gradients + tile.begin, at, n, aligned);
    bool good = true;
#pragma unroll
    for (int j = 0; j < 4; j++) {
      good = good && finite(g[j]);
      if (!finite(g[j]) && Rule::kCounts) met.non_finite++;
    }
    if (good || walk.policy != NERO_NON_FINITE_SKIP_NEURON) {
      float w[4] = {0, 0, 0, 0};
      apply_quad(rule, walk, tile.begin, g, w, at, n, aligned, sums);
      if (Rule::kMoves && walk.moves) store_quad(walk.t.weights + tile.begin, w, at, n, aligned);
      continue;
    }
    for (int j = 0; j < 4; j++) {
      if (at + j >= n || !finite(g[j])) continue;
      const float one[4] = {g[j], 0, 0, 0};
      float w[4] = {0, 0, 0, 0};
      apply_quad(rule, walk, tile.begin + at + j, one, w, 0, 1, false, sums);
      if (Rule::kMoves && walk.moves) walk.t.weights[tile.begin + at + j] = w[0];
    }
  }
}

/// A segment of a long row, which was inspected before: whether a gradient of the row is not finite is known.
__device__ __forceinline__ bool row_is_bad(const Program &p, const DeviceTensor &t, const Tile &tile,
                                           int64_t tile_index) {
  const int64_t size = segment_elements(t.fan_in);
  const int64_t segments = (t.fan_in + size - 1) / size;
  const Partial *parts = p.inspected + (tile_index - tile.end);
  bool bad = false;
  for (int64_t i = threadIdx.x; i < segments; i += kThreads) bad = bad || parts[i].non_finite != 0;
  return __syncthreads_or(bad) != 0;
}

template <class Rule>
__device__ __forceinline__ void drive_segment(const Program &p, const Rule &rule, const Walk &walk, const Tile &tile,
                                              int64_t tile_index, Met &met, double (&sums)[3]) {
  const bool bad = row_is_bad(p, walk.t, tile, tile_index);
  if (bad && tile.end == 0 && threadIdx.x == 0 && Rule::kCounts) met.non_finite++;
  if (bad && walk.policy == NERO_NON_FINITE_SKIP_NEURON) return;
  const int64_t size = segment_elements(walk.t.fan_in);
  const int64_t base = tile.begin * walk.t.fan_in + tile.end * size;
  const int64_t left = walk.t.fan_in - tile.end * size;
  const int64_t n = left < size ? left : size;
  const bool aligned = is_aligned<Rule>(walk, base);
  for (int64_t at = threadIdx.x * 4; at < n; at += kThreads * 4) {
    float g[4], w[4] = {0, 0, 0, 0};
    load_quad(g, walk.t.gradients + base, at, n, aligned);
    apply_quad(rule, walk, base, g, w, at, n, aligned, sums);
    if (Rule::kMoves && walk.moves) store_quad(walk.t.weights + base, w, at, n, aligned);
  }
}

/// A tile, whichever way it is dealt.
template <class Rule>
__device__ __forceinline__ void drive(const Program &p, const Rule &rule, const Walk &walk, const Tile &tile,
                                      int64_t tile_index, Met &met, double (&sums)[3]) {
  switch (tile.way) {
    case Way::kElements:
      return drive_vector(rule, walk, tile, met, sums);
    case Way::kSubWarps:
      return drive_neurons<Group<8>>(rule, walk, tile, met, sums);
    case Way::kWarps:
      return drive_neurons<Group<32>>(rule, walk, tile, met, sums);
    case Way::kBlock:
      return drive_neurons<Group<kThreads>>(rule, walk, tile, met, sums);
    case Way::kSegment:
      return drive_segment(p, rule, walk, tile, tile_index, met, sums);
    case Way::kColumns:
      return drive_neurons<ColumnGroup>(rule, walk, tile, met, sums);
  }
}

}  // namespace cuda
}  // namespace nero
