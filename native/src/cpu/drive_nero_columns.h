// Nero over neurons that lie in columns, and over vectors. Included by level.cpp alone, inside its namespace.
#pragma once

/// Columns whose sums are kept at once; their two passes over a fan-in of 4096 stay within a second-level cache.
constexpr int64_t kColumns = 32;

/// Rows that are summed in float before the fold into double.
constexpr int64_t kFoldRows = 64;

struct ColumnSums {
  double w[kColumns], g[kColumns], ww[kColumns], gg[kColumns], wg[kColumns];
};

inline void sum_columns(const Tensor &t, int64_t first, int64_t width, ColumnSums &total) {
  total = {};
  for (int64_t from = 0; from < t.fan_in; from += kFoldRows) {
    const int64_t to = t.fan_in - from < kFoldRows ? t.fan_in : from + kFoldRows;
    float w[kColumns] = {}, g[kColumns] = {}, ww[kColumns] = {}, gg[kColumns] = {}, wg[kColumns] = {};
    for (int64_t i = from; i < to; i++) {
      const float *x = t.weights + i * t.neurons + first;
      const float *y = t.gradients + i * t.neurons + first;
#pragma omp simd
      for (int64_t c = 0; c < width; c++) {
        w[c] += x[c];
        g[c] += y[c];
        ww[c] += x[c] * x[c];
        gg[c] += y[c] * y[c];
        wg[c] += x[c] * y[c];
      }
    }
    for (int64_t c = 0; c < width; c++) {
      total.w[c] += static_cast<double>(w[c]);
      total.g[c] += static_cast<double>(g[c]);
      total.ww[c] += static_cast<double>(ww[c]);
      total.gg[c] += static_cast<double>(gg[c]);
      total.wg[c] += static_cast<double>(wg[c]);
    }
  }
}

struct ColumnScan {
  bool finite, zero;
};

inline ColumnScan scan_column(const float *x, int64_t count, int64_t stride) {
  ColumnScan r = {true, true};
  for (int64_t i = 0; i < count; i++) {
    r.finite = r.finite && finite(x[i * stride]);
    r.zero = r.zero && x[i * stride] == 0;
  }
  return r;
}

/// The counterpart of plan_row; a column that is not to move in float gets turn 0, shift 0, stretch 1.
inline RowMove plan_column(const Tensor &t, int64_t neuron, NeuronSums s, double &square, const NeroStep &step,
                           Tally &tally) {
  const RowMove rest = {0, 0, 1};
  const int64_t n = t.fan_in;
  float *w = t.weights + neuron;
  const float *g = t.gradients + neuron;
  bool careful = false;
  if (lost_to_range(s.gg, n)) {
    const ColumnScan scan = scan_column(g, n, t.neurons);
    careful = !scan.zero;
    if (!scan.finite) {
      tally.non_finite++;
      if (t.non_finite == NERO_NON_FINITE_SKIP_NEURON) return rest;
    }
  }
  careful = careful || lost_to_range(s.ww, n) || !(__builtin_fabs(s.wg) <= 3e38);
  if (careful) s = sum_carefully(w, g, n, t.neurons);
  square = nero_square(square, s.gg, step);
  if (!t.moves) return rest;
  const unsigned constraint = constraint_of(t, neuron);
  const double turn = nero_turn(square, s.ww, s.gg, step);
  const NeuronUpdate u = nero_update(s, turn, static_cast<double>(n), constraint, step.epsilon);
  if (careful || u.cancelled) {
    if (!move_carefully(w, g, n, t.neurons, turn, constraint, step.epsilon)) tally.unbalanced++;
    return rest;
  }
  return {static_cast<float>(u.turn), static_cast<float>(u.shift), static_cast<float>(u.stretch)};
}

/// 12 bytes a weight from memory while a block of columns fits the second-level cache.
inline void nero_columns(const Tensor &t, double *square, const NeroStep &step, Range range, Tally &tally) {
  for (int64_t first = range.begin; first < range.end; first += kColumns) {
    const int64_t width = range.end - first < kColumns ? range.end - first : kColumns;
    ColumnSums s;
    sum_columns(t, first, width, s);
    float turn[kColumns], shift[kColumns], stretch[kColumns];
    // All ones: 0 * g would make NaN of a gradient that is skipped.
    uint32_t held[kColumns];
    bool any_held = false;
    for (int64_t c = 0; c < width; c++) {
      const RowMove m =
          plan_column(t, first + c, {s.w[c], s.g[c], s.ww[c], s.gg[c], s.wg[c]}, square[first + c], step, tally);
      turn[c] = m.turn;
      shift[c] = m.shift;
      stretch[c] = m.stretch;
      held[c] = m.turn == 0 && m.shift == 0 && m.stretch == 1 ? 1 : 0;
      any_held = any_held || held[c] != 0;
    }
    for (int64_t i = 0; i < t.fan_in; i++) {
      float *w = t.weights + i * t.neurons + first;
      const float *g = t.gradients + i * t.neurons + first;
      if (any_held) {
        for (int64_t c = 0; c < width; c++) {
          if (held[c] == 0) w[c] = nero_moved(w[c], g[c], turn[c], shift[c], stretch[c]);
        }
      } else {
#pragma omp simd
        for (int64_t c = 0; c < width; c++) w[c] = nero_moved(w[c], g[c], turn[c], shift[c], stretch[c]);
      }
    }
  }
}

/// Each element a neuron of its own, in double: 28 bytes a weight, of vectors that are short.
inline void nero_vector(const Tensor &t, double *square, const NeroStep &step, Range range, Tally &tally) {
  for (int64_t i = range.begin; i < range.end; i++) {
    const double g = t.gradients[i];
    const double w = t.weights[i];
    if (!finite(t.gradients[i])) {
      tally.non_finite++;
      if (t.non_finite == NERO_NON_FINITE_SKIP_NEURON) continue;
    }
    square[i] = nero_square(square[i], g * g, step);
    if (t.moves) t.weights[i] = static_cast<float>(w - nero_turn(square[i], w * w, g * g, step) * g);
  }
}

inline void nero_kernel(const Tensor &t, double *square, const NeroStep &step, Range range, Tally &tally) {
  switch (t.layout) {
    case NERO_VECTOR:
      return nero_vector(t, square, step, range, tally);
    case NERO_ROWS:
      return nero_rows(t, square, step, range, tally);
    case NERO_COLUMNS:
      return nero_columns(t, square, step, range, tally);
  }
}
