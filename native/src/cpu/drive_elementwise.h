// Optimisers whose elements need nothing of each other. Bytes a weight from memory: SGD 12, with momentum 20; Adam 28,
// with AMSGrad 36; Madam 20. Included by level.cpp alone, inside its namespace.
#pragma once

inline void sgd_kernel(const Tensor &t, float *momentum, const SgdStep &step, Range range, Tally &tally) {
  const float *w = t.weights;
  const float *g = t.gradients;
  if (step.has_momentum) {
    each_element(
        t, range, tally, [=](int64_t i) { return sgd_momentum(w[i], g[i], momentum[i], step); }, momentum);
  } else {
    each_element(t, range, tally, [=](int64_t i) { return sgd_plain(w[i], g[i], step); });
  }
}

inline void adam_kernel(const Tensor &t, float *first, float *second, float *max_second, const AdamStep &step,
                        Range range, Tally &tally) {
  const float *w = t.weights;
  const float *g = t.gradients;
  if (step.amsgrad) {
    each_element(
        t, range, tally,
        [=](int64_t i) { return amsgrad_element(w[i], g[i], first[i], second[i], max_second[i], step); }, first, second,
        max_second);
  } else {
    each_element(
        t, range, tally, [=](int64_t i) { return adam_element(w[i], g[i], first[i], second[i], step); }, first, second);
  }
}

inline void madam_kernel(const Tensor &t, float *root_second, const MadamStep &step, Range range, Tally &tally) {
  const float *w = t.weights;
  const float *g = t.gradients;
  if (madam_is_short(step)) {
    each_element(
        t, range, tally, [=](int64_t i) { return madam_element<true>(w[i], g[i], root_second[i], step); }, root_second);
  } else {
    each_element(
        t, range, tally, [=](int64_t i) { return madam_element(w[i], g[i], root_second[i], step); }, root_second);
  }
}
