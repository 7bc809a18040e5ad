// Optimisers that need norms of a whole tensor before any weight moves. Bytes a weight from memory: LAMB 24 + 16;
// Fromage 8 + 12; LARS 8 + 20; less where a tensor stays in cache between its passes. Included by level.cpp alone,
// inside its namespace.
#pragma once

/// Elements whose update is kept on the stack to be summed.
constexpr int64_t kUpdateBlock = 512;

inline void lamb_moments_kernel(const Tensor &t, float *first, float *second, const LambStep &step, Range range,
                                Tally &tally, TensorSums &sums) {
  const float *w = t.weights;
  const float *g = t.gradients;
  const auto moments = [&](int64_t from, int64_t to) {
    for (int64_t block = from; block < to; block += kUpdateBlock) {
      const int64_t n = to - block < kUpdateBlock ? to - block : kUpdateBlock;
      float update[kUpdateBlock];
#pragma omp simd
      for (int64_t k = 0; k < n; k++) {
        const int64_t i = block + k;
        lamb_moment(w[i], g[i], first[i], second[i], step);
        update[k] = lamb_update(w[i], first[i], second[i], step);
      }
      sums.update += squares(update, n);
      sums.weights += squares(w + block, n);
    }
  };
  each_stretch(t, range, tally, moments, [](int64_t, int64_t) {});
}

inline void lamb_apply_kernel(const Tensor &t, const float *first, const float *second, const LambStep &step,
                              double ratio, Range range, Tally &tally) {
  if (!t.moves) return;
  const float *w = t.weights;
  const auto rate = static_cast<float>(step.rate * ratio);
  Tally counted_before;
  each_element(t, range, counted_before,
               [=](int64_t i) { return lamb_element(w[i], first[i], second[i], rate, step); });
  tally.unbalanced += counted_before.unbalanced;
}

inline void norms_kernel(const Tensor &t, double gradient_scale, bool product, Range range, Tally &tally,
                         TensorSums &sums) {
  double raw = 0;
  const auto sum = [&](int64_t from, int64_t to) {
    sums.weights += squares(t.weights + from, to - from);
    raw += squares(t.gradients + from, to - from);
    for (int64_t i = from; product && i < to; i++) {
      sums.product += static_cast<double>(t.weights[i]) * static_cast<double>(t.gradients[i]);
    }
  };
  each_stretch(t, range, tally, sum, [](int64_t, int64_t) {});
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
  each_element(t, range, counted_before,
               [=](int64_t i) { return lars_element(w[i], g[i], momentum[i], keep, factors); });
  tally.unbalanced += counted_before.unbalanced;
}

inline void inspect_kernel(const Tensor &t, double gradient_scale, Range range, double &sum, int64_t &non_finite) {
  Tensor look = t;
  look.non_finite = NERO_NON_FINITE_SKIP_NEURON;
  Tally tally;
  double raw = 0;
  each_stretch(
      look, range, tally, [&](int64_t from, int64_t to) { raw += squares(t.gradients + from, to - from); },
      [](int64_t, int64_t) {});
  sum = raw * gradient_scale * gradient_scale;
  non_finite = tally.non_finite;
}
