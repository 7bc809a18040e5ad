// Nero over neurons that lie in columns, and over vectors. Columns are walked in blocks, a few rows at a time, so that
// every row of a block is a run of lines. 12 bytes a weight from memory where two blocks stay in the second-level
// cache: while one block is summed, the one before it is moved. Else 20: a wide panel is summed from its first row to
// its last and moved from its last to its first, whose end at least is still there. Included by drivers.h alone.
#pragma once

/// Rows that are summed or moved at once, so that sums are loaded and stored once for them.
constexpr int64_t kRowsAtOnce = 4;
/// Rows that are fetched ahead: no processor foresees the stride.
constexpr int64_t kRowsAhead = 4;
/// Rows that are summed in float before the fold into double.
constexpr int64_t kFoldRows = 64;
/// Columns of a panel: their sums in float stay in the first-level cache.
constexpr int64_t kPanelColumns = 1024;
/// Columns of a block, at most: a run of lines that the processor fetches on by itself. More gain nothing.
constexpr int64_t kBlockColumns = 128;
/// Blocks of a range, at least: while the first one is summed nothing is moved, and while the last one is moved nothing
/// is summed.
constexpr int64_t kBlocks = 4;
/// Elements of a block: two of them, weights and gradients, fill a quarter of a second-level cache of 2 MiB, which
/// also holds what is fetched.
constexpr int64_t kBlockElements = 32768;
/// Rows that may start at the same place of a page before their lines push each other out of the second-level cache,
/// however narrow the block.
constexpr int64_t kRowsAtOnePlace = 64;
constexpr int64_t kPage = 4096;

/// How the columns of a tensor are walked.
struct ColumnWalk {
  int64_t width;  ///< columns of a block, or of a panel
  bool blocks;    ///< a block is moved while the next one is summed
};

/// Rows that are a multiple of a large power of two apart start at few places of their pages, and so share few sets of
/// a cache.
template <class Storage>
NERO_INLINE ColumnWalk column_walk(const Tensor &t, int64_t columns) {
  const auto apart = t.neurons * static_cast<int64_t>(sizeof(typename Storage::Element));
  const int64_t power = apart & -apart;
  const int64_t places = power < kPage ? kPage / power : 1;
  const int64_t fit = kBlockElements / t.fan_in / kLanes * kLanes;
  if (fit == 0 || t.fan_in > kRowsAtOnePlace * places) return {kPanelColumns, false};
  const int64_t most = fit < kBlockColumns ? fit : kBlockColumns;
  const int64_t share = (columns / kBlocks + kLanes - 1) / kLanes * kLanes;
  return {share == 0 ? kLanes : (share < most ? share : most), true};
}

/// Sums over a block's columns: in float over the last rows, in double over those before.
struct ColumnSums {
  Sums recent[kPanelColumns / kLanes];
  double of[5][kPanelColumns];  ///< in the order of NeuronSums
};

NERO_INLINE void add_lanes(double *to, const Lanes &x) {
  float lane[kLanes];
  store_lanes(lane, x);
#pragma omp simd
  for (int k = 0; k < kLanes; k++) to[k] += static_cast<double>(lane[k]);
}

inline void clear(ColumnSums &sums, int64_t width) {
  for (int64_t c = 0; c < width; c += kLanes) {
    sums.recent[c / kLanes] = no_sums();
    for (auto &of : sums.of) __builtin_memset(of + c, 0, kLanes * sizeof(double));
  }
}

inline void fold_recent(ColumnSums &sums, int64_t width) {
  for (int64_t c = 0; c < width; c += kLanes) {
    Sums &s = sums.recent[c / kLanes];
    const Lanes *lanes[] = {&s.w, &s.g, &s.ww, &s.gg, &s.wg};
    for (int i = 0; i < 5; i++) add_lanes(sums.of[i] + c, *lanes[i]);
    s = no_sums();
  }
}

/// kRows rows of a line of columns, or of its first few.
template <class Storage, int kRows, bool kWhole>
NERO_INLINE void sum_line(Place<Storage> at, int64_t stride, int64_t columns, Sums &to) {
  Sums s = to;
  for (int r = 0; r < kRows; r++, at = at + stride) {
    const Place<Storage> ahead = at + kRowsAhead * stride;
    __builtin_prefetch(ahead.w, 1);
    __builtin_prefetch(ahead.g);
    if (kWhole) {
      take(s, Storage::load(at.w), Storage::load(at.g));
    } else {
      take(s, Storage::load_partial(at.w, columns), Storage::load_partial(at.g, columns));
    }
  }
  to = s;
}

template <class Storage, int kRows>
NERO_INLINE void sum_rows(Place<Storage> rows, int64_t stride, int64_t width, ColumnSums &sums) {
  int64_t c = 0;
  for (; c + kLanes <= width; c += kLanes) {
    sum_line<Storage, kRows, true>(rows + c, stride, kLanes, sums.recent[c / kLanes]);
  }
  if (c < width) sum_line<Storage, kRows, false>(rows + c, stride, width - c, sums.recent[c / kLanes]);
}

/// The plans of a block's columns, element by element; whole lanes of them.
struct ColumnMoves {
  float turn[kPanelColumns], shift[kPanelColumns], stretch[kPanelColumns];
  bool rests[kPanelColumns];
  bool any_rests;
};

template <class Storage>
inline void plan_columns(const Tensor &t, int64_t first, int64_t width, const ColumnSums &sums, double *square,
                         const NeroStep &step, Tally &tally, ColumnMoves &moves) {
  const int64_t last_line = (width - 1) / kLanes * kLanes;
  float *plans[] = {moves.turn, moves.shift, moves.stretch};
  for (float *plan : plans) store_lanes(plan + last_line, zero_lanes());
  moves.any_rests = false;
  for (int64_t from = 0; from < width; from += kPlanned) {
    const int count = width - from < kPlanned ? static_cast<int>(width - from) : kPlanned;
    PlannedSums planned;
    for (int i = 0; i < 5; i++) {
      for (int k = 0; k < count; k++) planned.of[i][k] = {sums.of[i][from + k], 0};
    }
    planned.repeat(count - 1);
    bool move[kPlanned];
    plan_neurons<Storage>(t, first + from, count, planned, square, step, tally,
                          {moves.turn + from, moves.shift + from, moves.stretch + from, move});
    for (int k = 0; k < count; k++) {
      moves.rests[from + k] = !move[k];
      moves.any_rests = moves.any_rests || !move[k];
    }
  }
}

/// What lies so far ahead is fetched for writing, though it was summed a block ago: beside another thread's columns it
/// may have been lost to that one's processor since.
template <class Storage, int kRows, bool kWhole>
NERO_INLINE void move_line(Place<Storage> at, int64_t stride, int64_t columns, int64_t ahead, const ColumnMoves &moves,
                           int64_t c) {
  const Lanes turn = load_lanes(moves.turn + c);
  const Lanes shift = load_lanes(moves.shift + c);
  const Lanes stretch = load_lanes(moves.stretch + c);
  for (int r = 0; r < kRows; r++, at = at + stride) {
    __builtin_prefetch((at + ahead).w, 1);
    if (kWhole) {
      Storage::store(at.w, moved(Storage::load(at.w), Storage::load(at.g), turn, shift, stretch));
    } else {
      const Lanes w = Storage::load_partial(at.w, columns);
      const Lanes g = Storage::load_partial(at.g, columns);
      Storage::store_partial(at.w, moved(w, g, turn, shift, stretch), columns);
    }
  }
}

/// One by one, but for those that rest.
template <class Storage>
inline void move_some(Place<Storage> row, int64_t width, const ColumnMoves &moves) {
  for (int64_t c = 0; c < width; c++) {
    if (moves.rests[c]) continue;
    Storage::put(row.w + c,
                 nero_moved(row.weight(c), row.gradient(c), moves.turn[c], moves.shift[c], moves.stretch[c]));
  }
}

template <class Storage, int kRows>
NERO_INLINE void move_rows(Place<Storage> rows, int64_t stride, int64_t width, int64_t ahead,
                           const ColumnMoves &moves) {
  if (moves.any_rests) {
    for (int r = 0; r < kRows; r++) move_some<Storage>(rows + r * stride, width, moves);
    return;
  }
  int64_t c = 0;
  for (; c + kLanes <= width; c += kLanes) move_line<Storage, kRows, true>(rows + c, stride, kLanes, ahead, moves, c);
  if (c < width) move_line<Storage, kRows, false>(rows + c, stride, width - c, ahead, moves, c);
}

/// Some columns: where their first row is, and how many they are. None: width 0.
template <class Storage>
struct Columns {
  Place<Storage> at;
  int64_t width;
};

/// Sums the columns of one block while those of another are moved, row by row.
template <class Storage>
inline void sum_and_move(int64_t fan_in, int64_t stride, Columns<Storage> sum, ColumnSums &sums, Columns<Storage> move,
                         const ColumnMoves &moves) {
  static_assert(kFoldRows % kRowsAtOnce == 0);
  clear(sums, sum.width);
  int64_t i = 0;
  for (; i + kRowsAtOnce <= fan_in; i += kRowsAtOnce) {
    sum_rows<Storage, kRowsAtOnce>(sum.at + i * stride, stride, sum.width, sums);
    move_rows<Storage, kRowsAtOnce>(move.at + i * stride, stride, move.width, kRowsAhead * stride, moves);
    if ((i + kRowsAtOnce) % kFoldRows == 0) fold_recent(sums, sum.width);
  }
  for (; i < fan_in; i++) {
    sum_rows<Storage, 1>(sum.at + i * stride, stride, sum.width, sums);
    move_rows<Storage, 1>(move.at + i * stride, stride, move.width, kRowsAhead * stride, moves);
  }
  fold_recent(sums, sum.width);
}

/// From the last row to the first.
template <class Storage>
inline void move_backwards(int64_t fan_in, int64_t stride, Columns<Storage> move, const ColumnMoves &moves) {
  int64_t i = fan_in;
  for (; i >= kRowsAtOnce; i -= kRowsAtOnce) {
    move_rows<Storage, kRowsAtOnce>(move.at + (i - kRowsAtOnce) * stride, stride, move.width, -kRowsAhead * stride,
                                    moves);
  }
  for (; i > 0; i--) move_rows<Storage, 1>(move.at + (i - 1) * stride, stride, move.width, -kRowsAhead * stride, moves);
}

template <class Storage>
inline void nero_columns(const Tensor &t, double *square, const NeroStep &step, Range range, Tally &tally) {
  const ColumnWalk walk = column_walk<Storage>(t, range.end - range.begin);
  const Place<Storage> base = start<Storage>(t);
  ColumnSums sums;
  ColumnMoves moves;
  moves.any_rests = false;
  Columns<Storage> before = {base, 0};
  for (int64_t first = range.begin; first < range.end; first += walk.width) {
    const int64_t left = range.end - first;
    const Columns<Storage> block = {base + first, left < walk.width ? left : walk.width};
    sum_and_move<Storage>(t.fan_in, t.neurons, block, sums, before, moves);
    plan_columns<Storage>(t, first, block.width, sums, square, step, tally, moves);
    if (walk.blocks) {
      before = block;
    } else {
      move_backwards<Storage>(t.fan_in, t.neurons, block, moves);
    }
  }
  if (before.width > 0) move_backwards<Storage>(t.fan_in, t.neurons, before, moves);
}

/// nero_turn without branches, so that many share instructions.
NERO_INLINE double vector_turn(double square, double norm2, double raw_gg, const NeroStep &step) {
  const double scale = step.current_scale ? (norm2 > 0 ? __builtin_sqrt(norm2) : 0.01) : step.scale;
  const double turn = nero_turn_by(square, scale, step);
  return ((raw_gg == 0) | (square == 0)) ? 0 : turn;
}

/// Each element a neuron of its own, in double: 28 bytes a weight. Gradients are finite.
template <class Storage>
inline void move_vector(Place<Storage> at, double *square, const NeroStep &step, int64_t count) {
  const NeroStep by = step;
#pragma omp simd
  for (int64_t i = 0; i < count; i++) {
    const double g = at.gradient(i);
    const double w = at.weight(i);
    square[i] = nero_square(square[i], g * g, by);
    Storage::put(at.w + i, static_cast<float>(w - vector_turn(square[i], w * w, g * g, by) * g));
  }
}

template <class Storage>
inline void nero_vector(const Tensor &t, double *square, const NeroStep &step, Range range, Tally &tally) {
  constexpr int64_t kAtOnce = 256;
  const Place<Storage> at = start<Storage>(t);
  for (int64_t from = range.begin; from < range.end; from += kAtOnce) {
    const int64_t to = range.end - from < kAtOnce ? range.end : from + kAtOnce;
    if (t.moves && all_finite<Storage>(at.g + from, to - from)) {
      move_vector<Storage>(at + from, square + from, step, to - from);
      continue;
    }
    for (int64_t i = from; i < to; i++) {
      const float gradient = at.gradient(i);
      const double g = gradient;
      const bool good = finite(gradient);
      if (!good) tally.non_finite++;
      if (!good && t.non_finite == NERO_NON_FINITE_SKIP_NEURON) continue;
      if (t.moves) {
        move_vector<Storage>(at + i, square + i, step, 1);
      } else {
        square[i] = nero_square(square[i], g * g, step);
      }
    }
  }
}
