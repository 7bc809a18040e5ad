// Nero over neurons that lie in rows. 12 bytes a weight from memory: w and g read once, w written once; the second pass
// over a row finds it in cache, and runs in one loop with the first pass over the next row.
// Included by level.cpp alone, inside its namespace.
#pragma once

struct RowSums {
  Lanes w, g, ww, gg, wg;
};

NERO_INLINE RowSums no_sums() { return {zero_lanes(), zero_lanes(), zero_lanes(), zero_lanes(), zero_lanes()}; }

NERO_INLINE void take(RowSums &s, const Lanes &w, const Lanes &g) {
  accumulate(s.w, w);
  accumulate(s.g, g);
  accumulate_product(s.ww, w, w);
  accumulate_product(s.gg, g, g);
  accumulate_product(s.wg, w, g);
}

NERO_INLINE void add_folded(NeuronSums &total, const RowSums &s) {
  total.w += fold(s.w);
  total.g += fold(s.g);
  total.ww += fold(s.ww);
  total.gg += fold(s.gg);
  total.wg += fold(s.wg);
}

/// (w - turn g - shift) stretch
struct RowMove {
  float turn, shift, stretch;
};

NERO_INLINE Lanes moved(const Lanes &w, const Lanes &g, const RowMove &m) {
  Lanes r;
  for (int i = 0; i < kParts; i++) r.part[i] = nero_moved(w.part[i], g.part[i], m.turn, m.shift, m.stretch);
  return r;
}

/// Far enough ahead for memory to answer; weights are fetched to be written.
constexpr int64_t kPrefetch = 1024;

/// The sums of a row (null: none), while another row (null: none), whose sums are known, is moved.
template <bool kSum, bool kMove>
NERO_INLINE void pass(const float *w_sum, const float *g_sum, NeuronSums *sums, float *w_move, const float *g_move,
                      const RowMove &move, int64_t count) {
  if (kSum) *sums = {0, 0, 0, 0, 0};
  for (int64_t from = 0; from < count; from += kFoldEvery) {
    const int64_t to = count - from < kFoldEvery ? count : from + kFoldEvery;
    RowSums s = no_sums();
    int64_t i = from;
    for (; i + kLanes <= to; i += kLanes) {
      if (kSum) {
        __builtin_prefetch(w_sum + i + kPrefetch, 1);
        __builtin_prefetch(g_sum + i + kPrefetch);
        take(s, load_lanes(w_sum + i), load_lanes(g_sum + i));
      }
      if (kMove) store_lanes(w_move + i, moved(load_lanes(w_move + i), load_lanes(g_move + i), move));
    }
    if (i < to) {
      const int64_t rest = to - i;
      if (kSum) take(s, load_partial(w_sum + i, rest), load_partial(g_sum + i, rest));
      if (kMove) {
        store_partial(w_move + i, moved(load_partial(w_move + i, rest), load_partial(g_move + i, rest), move), rest);
      }
    }
    if (kSum) add_folded(*sums, s);
  }
}

/// The same row in double throughout: double holds the square of every float. Strided, so that columns use it too.
inline bool move_carefully(float *w, const float *g, int64_t count, int64_t stride, double turn, unsigned constraint,
                           double epsilon) {
  double sum = 0;
  double before = 0;
  for (int64_t i = 0; i < count; i++) {
    const double x = nero_landing(w[i * stride], g[i * stride], turn);
    sum += x;
    before += x * x;
  }
  const double mean = (constraint & NERO_CONSTRAINT_MEAN) != 0 ? sum / static_cast<double>(count) : 0;
  double norm2 = 0;
  for (int64_t i = 0; i < count; i++) {
    const double x = nero_landing(w[i * stride], g[i * stride], turn) - mean;
    norm2 += x * x;
  }
  if (constraint != 0 && !can_be_balanced(norm2, before)) return false;
  const double stretch = (constraint & NERO_CONSTRAINT_NORM) != 0 ? 1 / (__builtin_sqrt(norm2) + epsilon) : 1;
  for (int64_t i = 0; i < count; i++) {
    const double x = nero_landing(w[i * stride], g[i * stride], turn) - mean;
    w[i * stride] = static_cast<float>(x * stretch);
  }
  return true;
}

inline NeuronSums sum_carefully(const float *w, const float *g, int64_t count, int64_t stride) {
  NeuronSums s = {0, 0, 0, 0, 0};
  for (int64_t i = 0; i < count; i++) {
    const double x = w[i * stride];
    const double y = g[i * stride];
    s.w += x;
    s.g += y;
    s.ww += x * x;
    s.gg += y * y;
    s.wg += x * y;
  }
  return s;
}

/// What is to be done with a row once its float sums are known.
struct RowPlan {
  bool move;  ///< in float, as below
  RowMove by;
};

inline RowPlan plan_row(const Tensor &t, int64_t neuron, NeuronSums s, double &square, const NeroStep &step,
                        Tally &tally) {
  const int64_t n = t.fan_in;
  float *w = t.weights + neuron * n;
  const float *g = t.gradients + neuron * n;
  bool careful = lost_to_range(s.gg, n) && !all_zero(g, n);
  if (careful) {
    if (!all_finite(g, n)) {
      tally.non_finite++;
      if (t.non_finite == NERO_NON_FINITE_SKIP_NEURON) return {false, {}};
    }
  }
  careful = careful || (lost_to_range(s.ww, n) && !all_zero(w, n)) || !(__builtin_fabs(s.wg) <= 3e38);
  if (careful) s = sum_carefully(w, g, n, 1);
  square = nero_square(square, s.gg, step);
  if (!t.moves) return {false, {}};
  const unsigned constraint = constraint_of(t, neuron);
  const double turn = nero_turn(square, s.ww, s.gg, step);
  const NeuronUpdate u = nero_update(s, turn, static_cast<double>(n), constraint, step.epsilon);
  if (careful || u.cancelled) {
    if (!move_carefully(w, g, n, 1, turn, constraint, step.epsilon)) tally.unbalanced++;
    return {false, {}};
  }
  return {true, {static_cast<float>(u.turn), static_cast<float>(u.shift), static_cast<float>(u.stretch)}};
}

inline void nero_rows(const Tensor &t, double *square, const NeroStep &step, Range range, Tally &tally) {
  const int64_t n = t.fan_in;
  RowPlan pending = {false, {}};
  float *pending_w = nullptr;
  const float *pending_g = nullptr;
  for (int64_t row = range.begin; row < range.end; row++) {
    float *w = t.weights + row * n;
    const float *g = t.gradients + row * n;
    NeuronSums s;
    if (pending.move) {
      pass<true, true>(w, g, &s, pending_w, pending_g, pending.by, n);
    } else {
      pass<true, false>(w, g, &s, nullptr, nullptr, {}, n);
    }
    pending = plan_row(t, row, s, square[row], step, tally);
    pending_w = w;
    pending_g = g;
  }
  if (pending.move) pass<false, true>(nullptr, nullptr, nullptr, pending_w, pending_g, pending.by, n);
}
