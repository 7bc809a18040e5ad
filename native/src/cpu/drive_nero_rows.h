// Nero over neurons that lie in rows. 12 bytes a weight from memory: w and g read once, w written once; the second pass
// over a row finds it in cache, and runs in one loop with the first pass over what lies behind it, a little further on
// than it must: the loop hides the latency of the arithmetic between the passes. Included by drivers.h alone.
#pragma once

struct Sums {
  Lanes w, g, ww, gg, wg;
};

NERO_INLINE Sums no_sums() { return {zero_lanes(), zero_lanes(), zero_lanes(), zero_lanes(), zero_lanes()}; }

NERO_INLINE void take(Sums &s, const Lanes &w, const Lanes &g) {
  accumulate(s.w, w);
  accumulate(s.g, g);
  accumulate_product(s.ww, w, w);
  accumulate_product(s.gg, g, g);
  accumulate_product(s.wg, w, g);
}

NERO_INLINE Lanes moved(const Lanes &w, const Lanes &g, const Move &m) {
  Lanes r;
  for (int i = 0; i < kParts; i++) r.part[i] = nero_moved(w.part[i], g.part[i], m.turn, m.shift, m.stretch);
  return r;
}

NERO_INLINE Lanes moved(const Lanes &w, const Lanes &g, const Lanes &turn, const Lanes &shift, const Lanes &stretch) {
  Lanes r;
  for (int i = 0; i < kParts; i++)
    r.part[i] = nero_moved(w.part[i], g.part[i], turn.part[i], shift.part[i], stretch.part[i]);
  return r;
}

/// Far enough ahead for memory to answer; weights are fetched to be written.
constexpr int64_t kPrefetch = 768;

/// Adds count elements at sum to the sums while as many at move, whose sums are known, are moved.
template <class Storage, bool kSum, bool kMove>
NERO_INLINE void pass(Sums &s, Place<Storage> sum, Place<Storage> move, const Move &by, int64_t count) {
  int64_t i = 0;
  // Unrolled for a known count, loads and fetches would come in bursts.
#pragma GCC unroll 1
  for (; i + kLanes <= count; i += kLanes) {
    if (kSum) {
      __builtin_prefetch(sum.w + i + kPrefetch, 1);
      __builtin_prefetch(sum.g + i + kPrefetch);
      take(s, Storage::load(sum.w + i), Storage::load(sum.g + i));
    }
    if (kMove) Storage::store(move.w + i, moved(Storage::load(move.w + i), Storage::load(move.g + i), by));
  }
  if (i == count) return;
  const int64_t rest = count - i;
  if (kSum) take(s, Storage::load_partial(sum.w + i, rest), Storage::load_partial(sum.g + i, rest));
  if (kMove) {
    Storage::store_partial(
        move.w + i, moved(Storage::load_partial(move.w + i, rest), Storage::load_partial(move.g + i, rest), by), rest);
  }
}

template <class Storage>
NERO_INLINE void pass(Sums &s, Place<Storage> sum, Place<Storage> move, const Plan &plan, int64_t count) {
  if (plan.move) {
    pass<Storage, true, true>(s, sum, move, plan.by, count);
  } else {
    pass<Storage, true, false>(s, sum, move, plan.by, count);
  }
}

NERO_INLINE void fold_into(PlannedSums &to, int k, const Sums &s) {
  to.of[0][k] = fold_to_two(s.w);
  to.of[1][k] = fold_to_two(s.g);
  to.of[2][k] = fold_to_two(s.ww);
  to.of[3][k] = fold_to_two(s.gg);
  to.of[4][k] = fold_to_two(s.wg);
}

NERO_INLINE void add_folded(NeuronSums &to, const Sums &s) {
  to.w += fold(s.w);
  to.g += fold(s.g);
  to.ww += fold(s.ww);
  to.gg += fold(s.gg);
  to.wg += fold(s.wg);
}

/// Rows up to this are planned in groups that are still in a near cache when they are moved.
constexpr int64_t kShortRow = 256;
/// The first pass goes on for so many elements before a row is moved whose plan it does not hide.
constexpr int64_t kAhead = 512;
/// Rows of a range for each that a move lies further behind than it must: at the end, those are moved by themselves.
constexpr int64_t kRowsAMore = 64;

/// Plans of rows that are yet to be moved.
struct Ring {
  static constexpr int64_t kSize = 4 * kPlanned;
  float turn[kSize], shift[kSize], stretch[kSize];
  bool move[kSize];

  NERO_INLINE Plans at(int64_t index) {
    const int64_t i = index & (kSize - 1);
    return {turn + i, shift + i, stretch + i, move + i};
  }
  NERO_INLINE Plan operator[](int64_t index) const {
    const int64_t i = index & (kSize - 1);
    return {move[i], {turn[i], shift[i], stretch[i]}};
  }
};

/// While a row is summed, one is moved that lies a group behind it, and kAhead elements more where rows are many.
template <class Storage>
inline void nero_short_rows(const Tensor &t, double *square, const NeroStep &step, Range range, Tally &tally) {
  const int64_t n = t.fan_in;
  const int64_t rows = range.end - range.begin;
  int64_t more = (kAhead + n - 1) / n;
  if (more > kPlanned) more = kPlanned;
  if (more > rows / kRowsAMore) more = rows / kRowsAMore;
  const int64_t lag = kPlanned + more;
  const Place<Storage> base = start<Storage>(t) + range.begin * n;
  PlannedSums sums = {};
  Ring ring = {};
  for (int64_t row = 0; row < rows; row++) {
    Sums s = no_sums();
    const Plan plan = row < lag ? Plan{false, {}} : ring[row - lag];
    pass<Storage>(s, base + row * n, base + (row - lag) * n, plan, n);
    const int64_t first = row & -kPlanned;
    const auto k = static_cast<int>(row - first);
    fold_into(sums, k, s);
    if (k + 1 < kPlanned && row + 1 < rows) continue;
    sums.repeat(k);
    plan_neurons<Storage>(t, range.begin + first, k + 1, sums, square, step, tally, ring.at(first));
  }
  for (int64_t row = rows < lag ? 0 : rows - lag; row < rows; row++) {
    const Plan plan = ring[row];
    Sums none = no_sums();
    if (plan.move) pass<Storage, false, true>(none, base, base + row * n, plan.by, n);
  }
}

/// A long row's plan is made in two halves, so many elements into the next row: each is a chain that the processor
/// works off while it looks ahead. The move begins behind the second, so near that the row is still in a near cache.
constexpr int64_t kTurned = 128;
constexpr int64_t kPlannedBy = 256;

/// The move is kPlannedBy elements and a row behind the sums.
template <class Storage>
inline void nero_long_rows(const Tensor &t, double *square, const NeroStep &step, Range range, Tally &tally) {
  const int64_t n = t.fan_in;
  const Place<Storage> base = start<Storage>(t);
  Plan last = {false, {}};
  NeuronSums sums = {0, 0, 0, 0, 0};
  for (int64_t row = range.begin; row < range.end; row++) {
    const Place<Storage> sum = base + row * n;
    const Place<Storage> move = sum + (-n - kPlannedBy);
    const Plan before = last;
    Sums s = no_sums();
    pass<Storage>(s, sum, move, before, kTurned);
    Turned turned = {false, false, 0, sums};
    if (row > range.begin) turned = turn_neuron<Storage>(t, row - 1, sums, square[row - 1], step, tally);
    pass<Storage>(s, sum + kTurned, move + kTurned, before, kPlannedBy - kTurned);
    last = plan_turned<Storage>(t, row - 1, turned, step, tally);
    sums = {0, 0, 0, 0, 0};
    for (int64_t from = kPlannedBy, to = kFoldEvery; from < n; from = to, to += kFoldEvery) {
      if (to > n) to = n;
      pass<Storage>(s, sum + from, move + from, last, to - from);
      add_folded(sums, s);
      s = no_sums();
    }
  }
  Sums none = no_sums();
  const Place<Storage> end = base + range.end * n;
  if (last.move) pass<Storage, false, true>(none, base, end + (-n - kPlannedBy), last.by, kPlannedBy);
  last = plan_neuron<Storage>(t, range.end - 1, sums, square[range.end - 1], step, tally);
  if (last.move) pass<Storage, false, true>(none, base, end + -n, last.by, n);
}

template <class Storage>
inline void nero_rows(const Tensor &t, double *square, const NeroStep &step, Range range, Tally &tally) {
  if (t.fan_in <= kShortRow) {
    nero_short_rows<Storage>(t, square, step, range, tally);
  } else {
    nero_long_rows<Storage>(t, square, step, range, tally);
  }
}
