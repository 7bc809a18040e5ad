// Walks an elementwise rule over neurons of any layout and keeps the policy for gradients that are not finite.
// Included by level.cpp alone, inside its namespace.
#pragma once

/// Elements whose gradients are looked at before any of them is used, where that is cheap beside the use: LAMB's.
constexpr int64_t kLook = 4096;
/// The same where only memory counts: nothing hides the first look, and a small tensor has no other.
constexpr int64_t kShortLook = 1024;

/// Gradients that are looked at while others are used.
struct Ahead {
  const float *gradients;
  int64_t count;
};

/// Elements between two looks ahead.
constexpr int64_t kTurn = 64;
/// So many elements ahead, the streams of an optimiser are fetched.
constexpr int64_t kFetch = 512;

template <int64_t kSize, class... Streams>
NERO_INLINE void fetch(int64_t at, const Streams *...streams) {
  for (int64_t k = 0; k < kSize; k += kLanes) (__builtin_prefetch(streams + at + k), ...);
}

/// Calls turn(from, to) for stretches of [from, to) of kSize elements, the last one shorter, and looks ahead meanwhile;
/// true if all of ahead is finite. What lies behind is fetched: the next tensor's gradients, where tensors are
/// neighbours.
template <int64_t kSize, class Turn>
NERO_INLINE bool run_and_look(int64_t from, int64_t to, Ahead ahead, const Turn &turn) {
  Peak peak = no_peak();
  int64_t seen = 0;
  for (int64_t i = from; i < to; i += kSize) {
    if (seen + kSize <= ahead.count) {
      for (int64_t k = 0; k < kSize; k += kLanes) {
        __builtin_prefetch(ahead.gradients + seen + k + kFetch);
        raise(peak, load_lanes(ahead.gradients + seen + k));
      }
      seen += kSize;
    } else {
      fetch<kSize>(ahead.count + (i - from), ahead.gradients);
    }
    turn(i, to - i < kSize ? to : i + kSize);
  }
  return all_finite(ahead.gradients + seen, ahead.count - seen) && is_finite(peak);
}

/// Calls run(from, to, ahead) for stretches of adjacent elements of the neurons [range), such that each neuron that the
/// policy lets move is covered once; then settle(first, last) for neurons that are complete. run returns whether ahead,
/// the gradients of the next stretch, are finite.
template <int64_t kLookAt, class Run, class Settle>
NERO_INLINE void each_row_stretch(const Tensor &t, Range range, Tally &tally, const Run &run, const Settle &settle) {
  const int64_t n = t.fan_in;
  if (n == 0) return;
  const int64_t rows_at_once = n >= kLookAt ? 1 : kLookAt / n;
  const auto stretch_end = [&](int64_t row) { return range.end - row < rows_at_once ? range.end : row + rows_at_once; };
  bool finite_next = all_finite(t.gradients + range.begin * n, (stretch_end(range.begin) - range.begin) * n);
  for (int64_t row = range.begin; row < range.end;) {
    const int64_t end = stretch_end(row);
    const Ahead next = {t.gradients + end * n, (stretch_end(end) - end) * n};
    if (finite_next) {
      finite_next = run(row * n, end * n, next);
      settle(row, end);
    } else {
      for (int64_t one = row; one < end; one++) {
        const bool good = all_finite(t.gradients + one * n, n);
        if (!good) tally.non_finite++;
        if (!good && t.non_finite == NERO_NON_FINITE_SKIP_NEURON) continue;
        run(one * n, (one + 1) * n, {nullptr, 0});
        settle(one, one + 1);
      }
      finite_next = all_finite(next.gradients, next.count);
    }
    row = end;
  }
}

/// Columns at once, such that their gradients stay in the second-level cache once looked at.
constexpr int64_t kColumnStretch = 512;
constexpr int64_t kColumnElements = 131072;

template <class Run, class Settle>
NERO_INLINE void each_column_stretch(const Tensor &t, Range range, Tally &tally, const Run &run, const Settle &settle) {
  const int64_t fit = kColumnElements / (t.fan_in > 0 ? t.fan_in : 1) / kLanes * kLanes;
  const int64_t at_once = fit < kTurn ? kTurn : (fit > kColumnStretch ? kColumnStretch : fit);
  for (int64_t first = range.begin; first < range.end; first += at_once) {
    const int64_t last = range.end - first < at_once ? range.end : first + at_once;
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
      for (int64_t i = 0; i < t.fan_in; i++) run(i * t.neurons + c, i * t.neurons + to, {nullptr, 0});
      settle(c, to);
      c = to;
    }
  }
}

template <int64_t kLookAt, class Run, class Settle>
NERO_INLINE void each_stretch(const Tensor &t, Range range, Tally &tally, const Run &run, const Settle &settle) {
  if (t.layout == NERO_COLUMNS) {
    each_column_stretch(t, range, tally, run, settle);
  } else {
    each_row_stretch<kLookAt>(t, range, tally, run, settle);
  }
}

/// Ranges up to this are walked by two plain loops: thousands of small tensors spend their time around the loops.
constexpr int64_t kTiny = 512;

NERO_INLINE bool tiny_and_finite(const Tensor &t, int64_t from, int64_t count) {
  if (count > kTiny || t.layout == NERO_COLUMNS) return false;
  const float *g = t.gradients + from;
  Peak peak = no_peak();
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) raise(peak, load_lanes(g + i));
  if (i < count) raise(peak, load_partial_lanes(g + i, count - i));
  return is_finite(peak);
}

/// element(i) gives the new weight of element i and updates its state, which is in the streams.
template <class Element, class... Streams>
NERO_INLINE void each_element(const Tensor &t, Range range, Tally &tally, const Element &element,
                              const Streams *...streams) {
  float *weights = t.weights;
  const int64_t first = range.begin * t.fan_in;
  const int64_t count = range.end * t.fan_in - first;
  if (t.moves && tiny_and_finite(t, first, count)) {
#pragma omp simd
    for (int64_t i = first; i < first + count; i++) weights[i] = element(i);
    balance(t, range.begin, range.end, tally);
    return;
  }
  const auto move = [&](int64_t from, int64_t to, Ahead ahead) {
    // Copies, or each turn would read what they hold from memory again.
    const Element of = element;
    float *const to_weights = weights;
    return run_and_look<kTurn>(from, to, ahead, [=](int64_t begin, int64_t end) {
      fetch<kTurn>(begin + kFetch, to_weights, streams...);
      if (end - begin == kTurn) {
#pragma omp simd
        for (int64_t k = 0; k < kTurn; k++) to_weights[begin + k] = of(begin + k);
        return;
      }
#pragma omp simd
      for (int64_t i = begin; i < end; i++) to_weights[i] = of(i);
    });
  };
  const auto rest = [&](int64_t from, int64_t to, Ahead ahead) {
    return run_and_look<kTurn>(from, to, ahead, [&](int64_t begin, int64_t end) {
#pragma omp simd
      for (int64_t i = begin; i < end; i++) (void)element(i);
    });
  };
  if (t.moves) {
    each_stretch<kShortLook>(t, range, tally, move,
                             [&](int64_t first, int64_t last) { balance(t, first, last, tally); });
  } else {
    each_stretch<kShortLook>(t, range, tally, rest, [](int64_t, int64_t) {});
  }
}
