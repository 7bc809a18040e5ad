// Walks an elementwise rule over neurons of any layout and keeps the policy for gradients that are not finite.
// Included by level.cpp alone, inside its namespace.
#pragma once

/// Elements whose gradients are looked at before any of them is used; they are then in the first-level cache.
constexpr int64_t kLook = 4096;

/// Calls run(from, to) for stretches of adjacent elements of the neurons [range), such that each neuron that the policy
/// lets move is covered once; then settle(first, last) for neurons that are complete.
template <class Run, class Settle>
NERO_INLINE void each_row_stretch(const Tensor &t, Range range, Tally &tally, const Run &run, const Settle &settle) {
  const int64_t n = t.fan_in;
  if (n == 0) return;
  const int64_t rows_at_once = n >= kLook ? 1 : kLook / n;
  for (int64_t row = range.begin; row < range.end; row += rows_at_once) {
    const int64_t end = range.end - row < rows_at_once ? range.end : row + rows_at_once;
    if (all_finite(t.gradients + row * n, (end - row) * n)) {
      run(row * n, end * n);
      settle(row, end);
      continue;
    }
    for (int64_t one = row; one < end; one++) {
      const bool good = all_finite(t.gradients + one * n, n);
      if (!good) tally.non_finite++;
      if (!good && t.non_finite == NERO_NON_FINITE_SKIP_NEURON) continue;
      run(one * n, (one + 1) * n);
      settle(one, one + 1);
    }
  }
}

constexpr int64_t kColumnStretch = 512;

template <class Run, class Settle>
NERO_INLINE void each_column_stretch(const Tensor &t, Range range, Tally &tally, const Run &run, const Settle &settle) {
  for (int64_t first = range.begin; first < range.end; first += kColumnStretch) {
    const int64_t last = range.end - first < kColumnStretch ? range.end : first + kColumnStretch;
    bool clean = true;
    for (int64_t i = 0; i < t.fan_in && clean; i++) {
      clean = all_finite(t.gradients + i * t.neurons + first, last - first);
    }
    uint8_t bad[kColumnStretch] = {};
    if (!clean) {
      for (int64_t c = first; c < last; c++) {
        if (look_at(t.gradients + c, t.fan_in, t.neurons).finite) continue;
        tally.non_finite++;
        bad[c - first] = t.non_finite == NERO_NON_FINITE_SKIP_NEURON ? 1 : 0;
      }
    }
    // Stretches of columns that move, between those that rest.
    for (int64_t c = first; c < last;) {
      if (bad[c - first] != 0) {
        c++;
        continue;
      }
      int64_t to = c;
      while (to < last && bad[to - first] == 0) to++;
      for (int64_t i = 0; i < t.fan_in; i++) run(i * t.neurons + c, i * t.neurons + to);
      settle(c, to);
      c = to;
    }
  }
}

template <class Run, class Settle>
NERO_INLINE void each_stretch(const Tensor &t, Range range, Tally &tally, const Run &run, const Settle &settle) {
  if (t.layout == NERO_COLUMNS) {
    each_column_stretch(t, range, tally, run, settle);
  } else {
    each_row_stretch(t, range, tally, run, settle);
  }
}

/// element(i) gives the new weight of element i and updates its state.
template <class Element>
NERO_INLINE void each_element(const Tensor &t, Range range, Tally &tally, const Element &element) {
  float *weights = t.weights;
  const auto move = [&](int64_t from, int64_t to) {
#pragma omp simd
    for (int64_t i = from; i < to; i++) weights[i] = element(i);
  };
  const auto rest = [&](int64_t from, int64_t to) {
#pragma omp simd
    for (int64_t i = from; i < to; i++) (void)element(i);
  };
  if (t.moves) {
    each_stretch(t, range, tally, move, [&](int64_t first, int64_t last) { balance(t, first, last, tally); });
  } else {
    each_stretch(t, range, tally, rest, [](int64_t, int64_t) {});
  }
}
