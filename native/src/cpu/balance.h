// Neurons put on a constraint after another optimiser's step or at construction, and what is measured of them.
// Included by level.cpp alone, inside its namespace.
#pragma once

NERO_INLINE unsigned constraint_of(const Tensor &t, int64_t neuron) {
  return t.exempt != nullptr && t.exempt[neuron] != 0 ? 0u : static_cast<unsigned>(t.constraint);
}

/// w <- (w - mean) / (|w - mean| + epsilon), in double; false, and nothing moves, where that is not defined.
inline bool balance_carefully(float *w, int64_t count, int64_t stride, unsigned constraint, double epsilon) {
  double sum = 0;
  double before = 0;
  for (int64_t i = 0; i < count; i++) {
    const double x = w[i * stride];
    sum += x;
    before += x * x;
  }
  const double mean = (constraint & NERO_CONSTRAINT_MEAN) != 0 ? sum / static_cast<double>(count) : 0;
  double norm2 = 0;
  for (int64_t i = 0; i < count; i++) {
    const double x = static_cast<double>(w[i * stride]) - mean;
    norm2 += x * x;
  }
  if (!can_be_balanced(norm2, before)) return false;
  const double stretch = (constraint & NERO_CONSTRAINT_NORM) != 0 ? 1 / (__builtin_sqrt(norm2) + epsilon) : 1;
  for (int64_t i = 0; i < count; i++) {
    w[i * stride] = static_cast<float>((static_cast<double>(w[i * stride]) - mean) * stretch);
  }
  return true;
}

/// The same in float where float suffices; the row is in cache.
inline bool balance_row(float *w, int64_t count, unsigned constraint) {
  NeuronSums s = {0, 0, 0, 0, 0};
  for (int64_t from = 0; from < count; from += kFoldEvery) {
    const int64_t to = count - from < kFoldEvery ? count : from + kFoldEvery;
    Lanes sum = zero_lanes();
    Lanes sum2 = zero_lanes();
    int64_t i = from;
    for (; i + kLanes <= to; i += kLanes) {
      const Lanes x = load_lanes(w + i);
      accumulate(sum, x);
      accumulate_product(sum2, x, x);
    }
    if (i < to) {
      const Lanes x = load_partial(w + i, to - i);
      accumulate(sum, x);
      accumulate_product(sum2, x, x);
    }
    s.w += fold(sum);
    s.ww += fold(sum2);
  }
  const NeuronUpdate u = nero_update(s, 0, static_cast<double>(count), constraint, 0);
  if (lost_to_range(s.ww, count) || u.cancelled) return balance_carefully(w, count, 1, constraint, 0);
  const auto shift = static_cast<float>(u.shift);
  const auto stretch = static_cast<float>(u.stretch);
#pragma omp simd
  for (int64_t i = 0; i < count; i++) w[i] = (w[i] - shift) * stretch;
  return true;
}

/// Neurons [first, last) after an elementwise update.
inline void balance(const Tensor &t, int64_t first, int64_t last, Tally &tally) {
  if (t.constraint == NERO_CONSTRAINT_NONE || t.layout == NERO_VECTOR || t.fan_in == 0) return;
  for (int64_t neuron = first; neuron < last; neuron++) {
    const unsigned constraint = constraint_of(t, neuron);
    if (constraint == 0) continue;
    const bool done = t.layout == NERO_ROWS ? balance_row(t.weights + neuron * t.fan_in, t.fan_in, constraint)
                                            : balance_carefully(t.weights + neuron, t.fan_in, t.neurons, constraint, 0);
    if (!done) tally.unbalanced++;
  }
}

struct NeuronWalk {
  float *at;
  int64_t stride;
};

NERO_INLINE NeuronWalk walk(const Tensor &t, int64_t neuron) {
  if (t.layout == NERO_COLUMNS) return {t.weights + neuron, t.neurons};
  return {t.weights + neuron * t.fan_in, 1};
}

inline void project_kernel(const Tensor &t, double epsilon, Range range) {
  if (t.fan_in == 0) return;
  for (int64_t neuron = range.begin; neuron < range.end; neuron++) {
    const unsigned constraint = constraint_of(t, neuron);
    const NeuronWalk n = walk(t, neuron);
    if (constraint != 0) balance_carefully(n.at, t.fan_in, n.stride, constraint, epsilon);
  }
}

inline void measure_kernel(const Tensor &t, Range range, double &norms, double &squares) {
  norms = 0;
  squares = 0;
  for (int64_t neuron = range.begin; neuron < range.end; neuron++) {
    const NeuronWalk n = walk(t, neuron);
    double norm2 = 0;
    for (int64_t i = 0; i < t.fan_in; i++) {
      const double x = n.at[i * n.stride];
      norm2 += x * x;
    }
    norms += __builtin_sqrt(norm2);
    squares += norm2;
  }
}

inline bool degenerate(const Tensor &t, int64_t neuron) {
  const unsigned constraint = static_cast<unsigned>(t.constraint);
  const NeuronWalk n = walk(t, neuron);
  double sum = 0;
  double before = 0;
  for (int64_t i = 0; i < t.fan_in; i++) {
    const double x = n.at[i * n.stride];
    sum += x;
    before += x * x;
  }
  const double mean = (constraint & NERO_CONSTRAINT_MEAN) != 0 ? sum / static_cast<double>(t.fan_in) : 0;
  double norm2 = 0;
  for (int64_t i = 0; i < t.fan_in; i++) {
    const double x = static_cast<double>(n.at[i * n.stride]) - mean;
    norm2 += x * x;
  }
  return !(norm2 > kDegenerate * kDegenerate * before);
}

inline int64_t find_degenerate_kernel(const Tensor &t, Range range, uint8_t *flags) {
  int64_t first = -1;
  // A neuron without weights has nothing to balance.
  if (t.constraint == NERO_CONSTRAINT_NONE || t.layout == NERO_VECTOR || t.fan_in == 0) return first;
  for (int64_t neuron = range.begin; neuron < range.end; neuron++) {
    if (!degenerate(t, neuron)) continue;
    if (first < 0) first = neuron;
    if (flags != nullptr) flags[neuron] = 1;
  }
  return first;
}
