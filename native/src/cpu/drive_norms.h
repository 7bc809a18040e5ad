// Optimisers that need norms of a whole tensor before any weight moves. Bytes a weight from memory: LAMB 24 + 16;
// Fromage 8 + 12; LARS 8 + 20; less where a tensor stays in cache between its passes. Included by drivers.h alone.
#pragma once

/// |update|^2 of elements whose moments are those of this step already, where the sum in lanes lost it.
template <class Storage>
inline double lamb_updates_carefully(const typename Storage::Element *w, const float *first, const float *second,
                                     const LambStep &step, int64_t from, int64_t to) {
  const LambStep by = step;
  double total = 0;
  for (int64_t begin = from; begin < to; begin += kTurn) {
    const int64_t n = to - begin < kTurn ? to - begin : kTurn;
    float update[kTurn];
#pragma omp simd
    for (int64_t k = 0; k < n; k++)
      update[k] = lamb_update(Storage::get(w + begin + k), first[begin + k], second[begin + k], by);
    total += squares<F32>(update, n);
  }
  return total;
}

/// |w|^2 and |update|^2 of adjacent elements in LAMB's first pass: in lanes up to kFoldEvery elements, then in double.
struct LambNorms {
  Lanes weights, update;
  int64_t from;  ///< the first element in the lanes
};

/// The moments of n adjacent elements, at most kTurn.
template <class Storage, bool kTame>
NERO_INLINE void lamb_turn(Place<Storage> at, float *first, float *second, const LambStep &by, int64_t n,
                           LambNorms &norms) {
  alignas(NERO_VECTOR_BYTES) float update[kTurn];
#pragma omp simd
  for (int64_t k = 0; k < n; k++) {
    float m = first[k];
    float v = second[k];
    const float w = at.weight(k);
    lamb_moment<kTame>(w, at.gradient(k), m, v, by);
    first[k] = m;
    second[k] = v;
    update[k] = lamb_update(w, m, v, by);
  }
  Lanes weights_sum = norms.weights;
  Lanes update_sum = norms.update;
  for (int64_t k = 0; k < n; k += kLanes) {
    const bool whole = n - k >= kLanes;
    const Lanes u = whole ? load_lanes(update + k) : load_partial_lanes(update + k, n - k);
    const Lanes x = whole ? Storage::load(at.w + k) : Storage::load_partial(at.w + k, n - k);
    accumulate_product(update_sum, u, u);
    accumulate_product(weights_sum, x, x);
  }
  norms.weights = weights_sum;
  norms.update = update_sum;
}

/// Adds to sums what is in the lanes, of elements before to, and empties them.
template <class Storage>
NERO_INLINE void fold_lamb(LambNorms &norms, int64_t to, const typename Storage::Element *w, const float *first,
                           const float *second, const LambStep &step, TensorSums &sums) {
  const int64_t from = norms.from;
  const double update = fold(norms.update);
  sums.weights += trusted<Storage>(fold(norms.weights), w + from, to - from);
  sums.update +=
      lost_to_range(update, to - from) ? lamb_updates_carefully<Storage>(w, first, second, step, from, to) : update;
  norms = {zero_lanes(), zero_lanes(), to};
}

template <class Storage, bool kTame>
__attribute__((noinline)) Seen lamb_stretch(Place<Storage> at, float *first, float *second, const LambStep &step,
                                            int64_t from, int64_t to, int64_t apart, Ahead<Storage> ahead,
                                            TensorSums &sums) {
  const LambStep by = step;
  LambNorms norms = {zero_lanes(), zero_lanes(), from};
  const auto turn = [&](int64_t begin, int64_t end) __attribute__((always_inline)) {
    fetch(begin + apart, at.w, first, second);
    // A count that the compiler knows leaves no loop a tail.
    if (end - begin == kTurn) {
      lamb_turn<Storage, kTame>(at + begin, first + begin, second + begin, by, kTurn, norms);
    } else {
      lamb_turn<Storage, kTame>(at + begin, first + begin, second + begin, by, end - begin, norms);
    }
    if (end - norms.from == kFoldEvery) fold_lamb<Storage>(norms, end, at.w, first, second, step, sums);
  };
  const Seen seen = run_and_look(from, to, ahead, turn);
  if (to > norms.from) fold_lamb<Storage>(norms, to, at.w, first, second, step, sums);
  return seen;
}

template <class Storage>
inline void lamb_moments_kernel(const Tensor &t, float *first, float *second, const LambStep &step, Range range,
                                Tally &tally, TensorSums &sums, Seam<Storage> &seam) {
  const Place<Storage> at = start<Storage>(t);
  const int64_t apart = fetched_ahead(t);
  const auto moments = [&](int64_t from, int64_t to, Seen seen, Ahead<Storage> ahead) {
    return seen == Seen::kTame ? lamb_stretch<Storage, true>(at, first, second, step, from, to, apart, ahead, sums)
                               : lamb_stretch<Storage, false>(at, first, second, step, from, to, apart, ahead, sums);
  };
  const uint32_t below = bits_of(bounded_below(step.gradient_scale, step.coupled_decay));
  each_stretch<Storage>(t, range, tally, seam, below, moments, [](int64_t, int64_t) {});
}

NERO_INLINE float lamb_rate(const LambStep &step, double ratio) { return static_cast<float>(step.rate * ratio); }

template <class Storage>
NERO_INLINE auto lamb_element(Place<Storage> at, const float *first, const float *second, float rate,
                              const LambStep &step) {
  return [=](int64_t i) { return lamb_element(at.weight(i), first[i], second[i], rate, step); };
}

template <class Storage>
inline void lamb_apply_kernel(const Tensor &t, const float *first, const float *second, const LambStep &step,
                              double ratio, Range range, Tally &tally) {
  if (!t.moves) return;
  const auto element = lamb_element(start<Storage>(t), first, second, lamb_rate(step, ratio), step);
  each_element_again<Storage>(t, range, tally, element, first, second);
}

/// Calls of(from, to), which gives squares whose y is that of the gradients, for stretches of adjacent elements of the
/// neurons [range), and add(from, to, them) where the policy lets them count. A sum tells by itself whether all of its
/// gradients are finite.
template <class Storage, class Of, class Add>
NERO_INLINE void each_sum(const Tensor &t, Range range, Tally &tally, const Of &of, const Add &add) {
  if (t.layout == NERO_COLUMNS) {
    const auto run = [&](int64_t from, int64_t to, Seen, Ahead<Storage>) { add(from, to, of(from, to)); };
    each_column_stretch<Storage>(t, range, tally, run, [](int64_t, int64_t) {});
    return;
  }
  const int64_t n = t.fan_in;
  const int64_t at_once = n == 0 || n >= kFoldEvery ? 1 : kFoldEvery / n;
  for (int64_t row = range.begin; row < range.end; row += at_once) {
    const int64_t end = range.end - row < at_once ? range.end : row + at_once;
    const TwoSquares together = of(row * n, end * n);
    if (__builtin_isfinite(together.y)) {
      add(row * n, end * n, together);
      continue;
    }
    for (int64_t one = row; one < end; one++) {
      const TwoSquares alone = of(one * n, (one + 1) * n);
      const bool good = __builtin_isfinite(alone.y);
      if (!good) tally.non_finite++;
      if (good || t.non_finite != NERO_NON_FINITE_SKIP_NEURON) add(one * n, (one + 1) * n, alone);
    }
  }
}

template <class Storage>
inline void norms_kernel(const Tensor &t, double gradient_scale, bool product, Range range, Tally &tally,
                         TensorSums &sums) {
  const Place<Storage> at = start<Storage>(t);
  double raw = 0;
  each_sum<Storage>(
      t, range, tally, [&](int64_t from, int64_t to) { return squares<Storage>(at.w + from, at.g + from, to - from); },
      [&](int64_t from, int64_t to, const TwoSquares &s) {
        sums.weights += s.x;
        raw += s.y;
        for (int64_t i = from; product && i < to; i++) {
          const double w = at.weight(i);
          const double g = at.gradient(i);
          sums.product += w * g;
        }
      });
  sums.update += raw * gradient_scale * gradient_scale;
}

template <class Storage>
inline void fromage_apply_kernel(const Tensor &t, double ratio, double shrink, Range range, Tally &tally) {
  if (!t.moves) return;
  const Place<Storage> at = start<Storage>(t);
  if (fromage_needs_double(ratio)) {
    each_element_again<Storage>(
        t, range, tally, [=](int64_t i) { return fromage_element_double(at.weight(i), at.gradient(i), ratio, shrink); },
        at.g);
  } else {
    const auto by = static_cast<float>(ratio);
    const auto to = static_cast<float>(shrink);
    each_element_again<Storage>(
        t, range, tally, [=](int64_t i) { return fromage_element(at.weight(i), at.gradient(i), by, to); }, at.g);
  }
}

template <class Storage>
inline void lars_apply_kernel(const Tensor &t, float *momentum, float keep, const LarsFactors &factors, Range range,
                              Tally &tally) {
  const Place<Storage> at = start<Storage>(t);
  each_element_again<Storage>(
      t, range, tally,
      [=](int64_t i) { return lars_element(at.weight(i), at.gradient(i), momentum[i], keep, factors); }, momentum,
      at.g);
}

template <class Storage>
inline bool finite_kernel(const Tensor &t, Range range) {
  return all_finite<Storage>(start<Storage>(t).g + range.begin * t.fan_in, (range.end - range.begin) * t.fan_in);
}

template <class Storage>
inline void inspect_kernel(const Tensor &t, double gradient_scale, Range range, double &sum, int64_t &non_finite) {
  Tensor look = t;
  look.non_finite = NERO_NON_FINITE_SKIP_NEURON;
  const auto *gradients = start<Storage>(t).g;
  Tally tally;
  double raw = 0;
  each_sum<Storage>(
      look, range, tally,
      [&](int64_t from, int64_t to) {
        return TwoSquares{0, squares<Storage>(gradients + from, to - from)};
      },
      [&](int64_t, int64_t, const TwoSquares &s) { raw += s.y; });
  sum = raw * gradient_scale * gradient_scale;
  non_finite = tally.non_finite;
}
