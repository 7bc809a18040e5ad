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
  NERO_ROLLED
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
/// Elements, beyond a group, that short rows are moved behind their sums, where rows are many.
constexpr int64_t kAhead = 512;
/// Rows for each that a move lies further behind than it must: at the end, those are moved by themselves.
constexpr int64_t kRowsAMore = 64;

/// Short rows of one tensor, or of several one behind another: while a row is summed, one is moved that lies a group
/// behind it, or more.
template <class Storage>
class ShortRows {
 public:
  /// Rows of fan_in weights are next, about so many; those of another length are done with.
  NERO_INLINE void expect(int64_t fan_in, int64_t rows) {
    if (fan_in == fan_in_) return;
    finish();
    fan_in_ = fan_in;
    int64_t more = (kAhead + fan_in - 1) / fan_in;
    if (more > kPlanned) more = kPlanned;
    if (more > rows / kRowsAMore) more = rows / kRowsAMore;
    lag_ = kPlanned + more;
  }

  /// Sums these rows, and moves those that lie far enough behind.
  NERO_INLINE void walk(const Tensor &t, double *square, const NeroStep &step, Range range, Tally &tally) {
    const int64_t n = fan_in_;
    Place<Storage> row = start<Storage>(t) + range.begin * n;
    for (int64_t first = range.begin; first < range.end; first += kPlanned) {
      const int count = range.end - first < kPlanned ? static_cast<int>(range.end - first) : kPlanned;
      const int64_t group = summed_;
      // Groups of few rows use up slots faster than rows are moved.
      if (group + kPlanned - moved_ > kSlots) finish();
      PlannedSums sums;
      for (int k = 0; k < count; k++, row = row + n) {
        Sums s = no_sums();
        if (group + k - moved_ < lag_) {
          pass<Storage, true, false>(s, row, row, {}, n);
        } else {
          const int64_t next = next_to_move();
          pass<Storage>(s, row, at(next), plan(next), n);
        }
        at(group + k) = row;
        fold_into(sums, k, s);
      }
      sums.repeat(count - 1);
      const int64_t i = group & (kSlots - 1);
      plan_neurons<Storage>(t, first, count, sums, square, step, tally,
                            {turn_ + i, shift_ + i, stretch_ + i, move_ + i});
      for (int k = count; k < kPlanned; k++) at(group + k).w = nullptr;
      summed_ += kPlanned;
    }
  }

  /// Moves the last ones.
  NERO_INLINE void finish() {
    while (moved_ < summed_) {
      const int64_t next = next_to_move();
      Sums none = no_sums();
      if (plan(next).move) pass<Storage, false, true>(none, at(next), at(next), plan(next).by, fan_in_);
    }
  }

 private:
  /// Each group has kPlanned slots, for its rows that are summed and not yet moved, and their plans.
  static constexpr int64_t kSlots = 4 * kPlanned;
  static_assert((kSlots & (kSlots - 1)) == 0);

  NERO_INLINE Place<Storage> &at(int64_t slot) { return at_[slot & (kSlots - 1)]; }
  NERO_INLINE Plan plan(int64_t slot) const {
    const int64_t i = slot & (kSlots - 1);
    return {move_[i], {turn_[i], shift_[i], stretch_[i]}};
  }

  /// A group of fewer than kPlanned rows leaves slots empty.
  NERO_INLINE int64_t next_to_move() {
    const int64_t slot = moved_++;
    while (moved_ % kPlanned != 0 && at(moved_).w == nullptr) moved_++;
    return slot;
  }

  int64_t fan_in_ = 0;
  int64_t lag_ = 0;                 ///< in slots
  int64_t summed_ = 0, moved_ = 0;  ///< so many slots so far, empty ones with them
  Place<Storage> at_[kSlots];
  float turn_[kSlots], shift_[kSlots], stretch_[kSlots];
  bool move_[kSlots];
};

/// A long row's plan is made in two halves, so many elements into the next row: each is a chain that the processor
/// works off while it looks ahead. The move begins behind the second, so near that the row is still in a near cache.
constexpr int64_t kTurned = 128;
constexpr int64_t kPlannedBy = 256;
static_assert(kTurned < kPlannedBy && kPlannedBy <= kShortRow);

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
