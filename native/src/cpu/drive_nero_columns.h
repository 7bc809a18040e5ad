// Nero over neurons that lie in columns, and over vectors. Included by level.cpp alone, inside its namespace.
#pragma once

/// Lines of 16 columns whose sums are kept in registers at once.
constexpr int kLines = 4;
/// Columns of a block: both passes walk down its rows.
constexpr int64_t kBlockColumns = kLines * kLanes;
/// Rows that are fetched ahead: no processor foresees the stride. Where it is a power of two, few more would fit the
/// sets of the first-level cache that they share.
constexpr int64_t kRowsAhead = 6;

/// Rows that are summed in float before the fold into double.
constexpr int64_t kFoldRows = 64;

struct ColumnSums {
  double of[5][kBlockColumns];  ///< in the order of NeuronSums
};

NERO_INLINE void add_lanes(double *to, const Lanes &x, int64_t count) {
  float lane[kLanes];
  store_lanes(lane, x);
  for (int64_t k = 0; k < count; k++) to[k] += static_cast<double>(lane[k]);
}

/// The sums over some rows of kWide lines of columns, or of one line's first columns (kWide 0).
template <class Storage, int kWide>
NERO_INLINE void sum_lines(Place<Storage> from, int64_t rows, int64_t stride, int64_t columns, ColumnSums &total,
                           int64_t column) {
  constexpr int kHeld = kWide == 0 ? 1 : kWide;
  Sums s[kHeld];
  for (Sums &line : s) line = no_sums();
  for (int64_t i = 0; i < rows; i++) {
    const Place<Storage> at = from + i * stride;
    const Place<Storage> ahead = at + kRowsAhead * stride;
    for (int k = 0; k < kHeld; k++) {
      __builtin_prefetch(ahead.w + k * kLanes, 1);
      __builtin_prefetch(ahead.g + k * kLanes);
      if (kWide == 0) {
        take(s[k], Storage::load_partial(at.w, columns), Storage::load_partial(at.g, columns));
      } else {
        take(s[k], Storage::load(at.w + k * kLanes), Storage::load(at.g + k * kLanes));
      }
    }
  }
  for (int k = 0; k < kHeld; k++) {
    const Lanes *lanes[] = {&s[k].w, &s[k].g, &s[k].ww, &s[k].gg, &s[k].wg};
    for (int i = 0; i < 5; i++) add_lanes(total.of[i] + column + k * kLanes, *lanes[i], kWide == 0 ? columns : kLanes);
  }
}

template <class Storage>
inline void sum_columns(Place<Storage> block, int64_t fan_in, int64_t stride, int64_t width, ColumnSums &total) {
  for (auto &sums : total.of) {
    for (int64_t c = 0; c < width; c++) sums[c] = 0;
  }
  for (int64_t from = 0; from < fan_in; from += kFoldRows) {
    const int64_t rows = fan_in - from < kFoldRows ? fan_in - from : kFoldRows;
    const Place<Storage> panel = block + from * stride;
    if (width == kBlockColumns) {
      sum_lines<Storage, kLines>(panel, rows, stride, kLanes, total, 0);
      continue;
    }
    int64_t c = 0;
    for (; c + kLanes <= width; c += kLanes) sum_lines<Storage, 1>(panel + c, rows, stride, kLanes, total, c);
    if (c < width) sum_lines<Storage, 0>(panel + c, rows, stride, width - c, total, c);
  }
}

/// The plans of a block's columns, element by element; whole lanes of them.
struct ColumnMoves {
  float turn[kBlockColumns], shift[kBlockColumns], stretch[kBlockColumns];
  bool rests[kBlockColumns];
  bool any_rests;
};

inline void plan_columns(const Tensor &t, int64_t first, int64_t width, const ColumnSums &sums, double *square,
                         const NeroStep &step, Tally &tally, ColumnMoves &moves) {
  moves.any_rests = false;
  for (int64_t from = 0; from < width; from += kPlanned) {
    const int count = width - from < kPlanned ? static_cast<int>(width - from) : kPlanned;
    PlannedSums planned;
    for (int i = 0; i < 5; i++) {
      for (int k = 0; k < count; k++) planned.of[i][k] = {sums.of[i][from + k], 0};
    }
    planned.repeat(count - 1);
    bool move[kPlanned];
    plan_neurons(t, first + from, count, 1, t.neurons, planned, square, step, tally,
                 {moves.turn + from, moves.shift + from, moves.stretch + from, move});
    for (int k = 0; k < count; k++) {
      moves.rests[from + k] = !move[k];
      moves.any_rests = moves.any_rests || !move[k];
    }
  }
}

template <class Storage>
inline void move_columns(Place<Storage> block, int64_t fan_in, int64_t stride, int64_t width,
                         const ColumnMoves &moves) {
  for (int64_t i = 0; i < fan_in; i++) {
    const Place<Storage> row = block + i * stride;
    const Place<Storage> ahead = row + kRowsAhead * stride;
    for (int64_t c = 0; c < width; c += kLanes) {
      __builtin_prefetch(ahead.w + c, 1);
      __builtin_prefetch(ahead.g + c);
    }
    if (moves.any_rests) {
      for (int64_t c = 0; c < width; c++) {
        if (moves.rests[c]) continue;
        Storage::put(row.w + c, nero_moved(Storage::get(row.w + c), Storage::get(row.g + c), moves.turn[c],
                                           moves.shift[c], moves.stretch[c]));
      }
      continue;
    }
    int64_t c = 0;
    for (; c + kLanes <= width; c += kLanes) {
      const Lanes w = Storage::load(row.w + c);
      const Lanes g = Storage::load(row.g + c);
      Storage::store(row.w + c, moved(w, g, load_lanes(moves.turn + c), load_lanes(moves.shift + c),
                                      load_lanes(moves.stretch + c)));
    }
    if (c == width) continue;
    const int64_t rest = width - c;
    const Lanes w = Storage::load_partial(row.w + c, rest);
    const Lanes g = Storage::load_partial(row.g + c, rest);
    Storage::store_partial(
        row.w + c, moved(w, g, load_lanes(moves.turn + c), load_lanes(moves.shift + c), load_lanes(moves.stretch + c)),
        rest);
  }
}

/// 12 bytes a weight from memory where a block of columns, of any fan-in, stays in a cache between its passes, else 20.
template <class Storage>
inline void nero_columns(const Tensor &t, double *square, const NeroStep &step, Range range, Tally &tally) {
  const Place<Storage> base = start<Storage>(t);
  ColumnSums sums;
  ColumnMoves moves = {};
  for (int64_t first = range.begin; first < range.end; first += kBlockColumns) {
    const int64_t left = range.end - first;
    const int64_t width = left < kBlockColumns ? left : kBlockColumns;
    sum_columns<Storage>(base + first, t.fan_in, t.neurons, width, sums);
    plan_columns(t, first, width, sums, square, step, tally, moves);
    move_columns<Storage>(base + first, t.fan_in, t.neurons, width, moves);
  }
}

/// nero_turn without branches, so that many share instructions.
NERO_INLINE double vector_turn(double square, double norm2, double raw_gg, const NeroStep &step) {
  const double scale = step.current_scale ? (norm2 > 0 ? __builtin_sqrt(norm2) : 0.01) : step.scale;
  const double turn = nero_turn_by(square, scale, step);
  return (raw_gg == 0) | (square == 0) ? 0 : turn;
}

/// Each element a neuron of its own, in double: 28 bytes a weight. Gradients are finite.
inline void move_vector(float *weights, const float *gradients, double *square, const NeroStep &step, int64_t count) {
  const NeroStep by = step;
#pragma omp simd
  for (int64_t i = 0; i < count; i++) {
    const double g = gradients[i];
    const double w = weights[i];
    square[i] = nero_square(square[i], g * g, by);
    weights[i] = static_cast<float>(w - vector_turn(square[i], w * w, g * g, by) * g);
  }
}

inline void nero_vector(const Tensor &t, double *square, const NeroStep &step, Range range, Tally &tally) {
  constexpr int64_t kAtOnce = 256;
  for (int64_t from = range.begin; from < range.end; from += kAtOnce) {
    const int64_t to = range.end - from < kAtOnce ? range.end : from + kAtOnce;
    if (t.moves && all_finite(t.gradients + from, to - from)) {
      move_vector(t.weights + from, t.gradients + from, square + from, step, to - from);
      continue;
    }
    for (int64_t i = from; i < to; i++) {
      const double g = t.gradients[i];
      const bool good = finite(t.gradients[i]);
      if (!good) tally.non_finite++;
      if (!good && t.non_finite == NERO_NON_FINITE_SKIP_NEURON) continue;
      if (t.moves) {
        move_vector(t.weights + i, t.gradients + i, square + i, step, 1);
      } else {
        square[i] = nero_square(square[i], g * g, step);
      }
    }
  }
}

inline void nero_kernel(const Tensor &t, double *square, const NeroStep &step, Range range, Tally &tally) {
  switch (t.layout) {
    case NERO_VECTOR:
      return nero_vector(t, square, step, range, tally);
    case NERO_ROWS:
      return nero_rows(t, square, step, range, tally);
    case NERO_COLUMNS:
      return nero_columns<F32>(t, square, step, range, tally);
  }
}
