// Optimisers that need norms of a whole tensor before any weight moves. Bytes a weight from memory: LAMB 24 + 16;
// Fromage 8 + 12; LARS 8 + 20; less where a tensor stays in cache between its passes. Included by level.cpp alone,
// inside its namespace.
#pragma once

/// Elements whose update is kept on the stack to be summed.
constexpr int64_t kUpdates = 256;

inline void lamb_moments_kernel(const Tensor &t, float *first, float *second, const LambStep &step, Range range,
                                Tally &tally, TensorSums &sums) {
  const float *w = t.weights;
  const float *g = t.gradients;
  const LambStep by = step;
  const auto moments = [=, &sums](int64_t from, int64_t to, Ahead ahead) {
    return run_and_look<kUpdates>(from, to, ahead, [=, &sums](int64_t begin, int64_t end) {
      fetch<kUpdates>(begin + kFetch, w, first, second);
      float update[kUpdates];
#pragma omp simd
      for (int64_t i = begin; i < end; i++) {
        float m = first[i];
        float v = second[i];
        lamb_moment(w[i], g[i], m, v, by);
        first[i] = m;
        second[i] = v;
        update[i - begin] = lamb_update(w[i], m, v, by);
      }
      sums.update += squares(update, end - begin);
      sums.weights += squares(w + begin, end - begin);
    });
  };
  each_stretch<kLook>(t, range, tally, moments, [](int64_t, int64_t) {});
}

inline void lamb_apply_kernel(const Tensor &t, const float *first, const float *second, const LambStep &step,
                              double ratio, Range range, Tally &tally) {
  if (!t.moves) return;
  const float *w = t.weights;
  const auto rate = static_cast<float>(step.rate * ratio);
  Tally counted_before;
  each_element(
      t, range, counted_before, [=](int64_t i) { return lamb_element(w[i], first[i], second[i], rate, step); }, first,
      second);
  tally.unbalanced += counted_before.unbalanced;
}

/// Calls of(from, to), which gives squares whose y is that of the gradients, for stretches of adjacent elements of the
/// neurons [range), and add(from, to, them) where the policy lets them count. A sum tells by itself whether all of its
/// gradients are finite.
template <class Of, class Add>
NERO_INLINE void each_sum(const Tensor &t, Range range, Tally &tally, const Of &of, const Add &add) {
  if (t.layout == NERO_COLUMNS) {
    const auto run = [&](int64_t from, int64_t to, Ahead) {
      add(from, to, of(from, to));
      return true;
    };
    each_column_stretch(t, range, tally, run, [](int64_t, int64_t) {});
    return;
  }
  const int64_t n = t.fan_in;
  const int64_t rows_at_once = n == 0 || n >= kLook ? 1 : kLook / n;
  for (int64_t row = range.begin; row < range.end; row += rows_at_once) {
    const int64_t end = range.end - row < rows_at_once ? range.end : row + rows_at_once;
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

inline void norms_kernel(const Tensor &t, double gradient_scale, bool product, Range range, Tally &tally,
                         TensorSums &sums) {
  double raw = 0;
  each_sum(
      t, range, tally,
      [&](int64_t from, int64_t to) { return squares(t.weights + from, t.gradients + from, to - from); },
      [&](int64_t from, int64_t to, const TwoSquares &s) {
        sums.weights += s.x;
        raw += s.y;
        for (int64_t i = from; product && i < to; i++) {
          sums.product += static_cast<double>(t.weights[i]) * static_cast<double>(t.gradients[i]);
        }
      });
  sums.update += raw * gradient_scale * gradient_scale;
}

inline void fromage_apply_kernel(const Tensor &t, double ratio, double shrink, Range range, Tally &tally) {
  if (!t.moves) return;
  const float *w = t.weights;
  const float *g = t.gradients;
  Tally counted_before;
  if (fromage_needs_double(ratio)) {
    each_element(t, range, counted_before,
                 [=](int64_t i) { return fromage_element_double(w[i], g[i], ratio, shrink); });
  } else {
    const auto by = static_cast<float>(ratio);
    const auto to = static_cast<float>(shrink);
    each_element(t, range, counted_before, [=](int64_t i) { return fromage_element(w[i], g[i], by, to); });
  }
  tally.unbalanced += counted_before.unbalanced;
}

inline void lars_apply_kernel(const Tensor &t, float *momentum, float keep, const LarsFactors &factors, Range range,
                              Tally &tally) {
  const float *w = t.weights;
  const float *g = t.gradients;
  Tally counted_before;
  each_element(
      t, range, counted_before, [=](int64_t i) { return lars_element(w[i], g[i], momentum[i], keep, factors); },
      momentum);
  tally.unbalanced += counted_before.unbalanced;
}

inline void inspect_kernel(const Tensor &t, double gradient_scale, Range range, double &sum, int64_t &non_finite) {
  Tensor look = t;
  look.non_finite = NERO_NON_FINITE_SKIP_NEURON;
  Tally tally;
  double raw = 0;
  each_sum(
      look, range, tally,
      [&](int64_t from, int64_t to) {
        return TwoSquares{0, squares(t.gradients + from, to - from)};
      },
      [&](int64_t, int64_t, const TwoSquares &s) { raw += s.y; });
  sum = raw * gradient_scale * gradient_scale;
  non_finite = tally.non_finite;
}
