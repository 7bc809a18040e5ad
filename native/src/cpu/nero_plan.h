// What is to become of a neuron once the five sums over it are known: moved in float by the driver, or here, in double,
// where float would not do. Included by drivers.h alone.
#pragma once

/// The same neuron in double throughout.
template <class Weights, class Gradients>
inline bool move_carefully(const Weights &w, const Gradients &g, double turn, unsigned constraint, double epsilon) {
  return put_on_constraint(w, constraint, epsilon, [&](int64_t i) { return nero_landing(w[i], g[i], turn); });
}

template <class Weights, class Gradients>
inline NeuronSums sum_carefully(const Weights &w, const Gradients &g) {
  NeuronSums s = {0, 0, 0, 0, 0};
  for (int64_t i = 0; i < w.count; i++) {
    const double x = w[i];
    const double y = g[i];
    s.w += x;
    s.g += y;
    s.ww += x * x;
    s.gg += y * y;
    s.wg += x * y;
  }
  return s;
}

/// (w - turn g - shift) stretch
struct Move {
  float turn, shift, stretch;
};

struct Plan {
  bool move;  ///< in float, as below; false: nothing is left to do
  Move by;
};

struct Look {
  bool finite, zero;
};

template <class Storage, class Element>
NERO_INLINE Look look_at(const Strided<Storage, Element> &x) {
  if (x.stride == 1) return {all_finite<Storage>(x.at, x.count), all_zero<Storage>(x.at, x.count)};
  Look r = {true, true};
  for (int64_t i = 0; i < x.count; i++) {
    r.finite = r.finite && finite(x[i]);
    r.zero = r.zero && x[i] == 0;
  }
  return r;
}

/// A neuron on its way to its plan: how far it turns is known, and its sums.
struct Turned {
  bool move;     ///< false: it stays where it is
  bool careful;  ///< it needs double throughout
  double turn;
  NeuronSums sums;
};

/// Whether a product of weights and gradients left the range of float.
NERO_INLINE bool product_is_lost(const NeuronSums &s) { return !(__builtin_fabs(s.wg) <= 3e38); }

NERO_INLINE Turned turned(const Tensor &t, bool careful, const NeuronSums &s, double &square, const NeroStep &step) {
  square = nero_square(square, s.gg, step);
  return {t.moves, careful, nero_turn(square, s.ww, s.gg, step), s};
}

/// turn_neuron where the sums in float are not enough to tell what is to become of the neuron.
template <class Storage>
__attribute__((noinline)) Turned turn_by_looking(const Tensor &t, int64_t neuron, const NeuronSums &s, double &square,
                                                 const NeroStep &step, Tally &tally) {
  const auto w = weights_of<Storage>(t, neuron);
  const auto g = gradients_of<Storage>(t, neuron);
  const int64_t n = t.fan_in;
  bool careful = product_is_lost(s) || (lost_to_range(s.ww, n) && !look_at(w).zero);
  if (lost_to_range(s.gg, n)) {
    const Look look = look_at(g);
    careful = careful || !look.zero;
    if (!look.finite) {
      tally.non_finite++;
      if (t.non_finite == NERO_NON_FINITE_SKIP_NEURON) return {false, false, 0, s};
    }
  }
  return turned(t, careful, careful ? sum_carefully(w, g) : s, square, step);
}

/// The first half of plan_neuron, a root and a quotient.
template <class Storage>
NERO_INLINE Turned turn_neuron(const Tensor &t, int64_t neuron, const NeuronSums &s, double &square,
                               const NeroStep &step, Tally &tally) {
  const int64_t n = t.fan_in;
  if (lost_to_range(s.gg, n) || lost_to_range(s.ww, n) || product_is_lost(s)) {
    return turn_by_looking<Storage>(t, neuron, s, square, step, tally);
  }
  return turned(t, false, s, square, step);
}

template <class Storage>
__attribute__((noinline)) void move_turned(const Tensor &t, int64_t neuron, double turn, unsigned constraint,
                                           double epsilon, Tally &tally) {
  const auto w = weights_of<Storage>(t, neuron);
  const auto g = gradients_of<Storage>(t, neuron);
  if (!move_carefully(w, g, turn, constraint, epsilon)) tally.unbalanced++;
}

/// The second half, a root and a quotient more.
template <class Storage>
NERO_INLINE Plan plan_turned(const Tensor &t, int64_t neuron, const Turned &turned, const NeroStep &step,
                             Tally &tally) {
  if (!turned.move) return {false, {}};
  const unsigned constraint = constraint_of(t, neuron);
  const NeuronUpdate u = nero_update(turned.sums, turned.turn, static_cast<double>(t.fan_in), constraint, step.epsilon);
  if (turned.careful || u.cancelled) {
    move_turned<Storage>(t, neuron, turned.turn, constraint, step.epsilon, tally);
    return {false, {}};
  }
  return {true, {static_cast<float>(u.turn), static_cast<float>(u.shift), static_cast<float>(u.stretch)}};
}

template <class Storage>
inline Plan plan_neuron(const Tensor &t, int64_t neuron, const NeuronSums &s, double &square, const NeroStep &step,
                        Tally &tally) {
  return plan_turned<Storage>(t, neuron, turn_neuron<Storage>(t, neuron, s, square, step, tally), step, tally);
}

/// Neurons that are planned at once, so that their roots and quotients share instructions.
constexpr int kPlanned = 8;

typedef double Eight __attribute__((vector_size(8 * kPlanned)));

/// Their sums, by neuron: each but for its last addition.
struct PlannedSums {
  HalfSum of[5][kPlanned];  ///< in the order of NeuronSums

  /// Neuron k's sums for all behind it.
  NERO_INLINE void repeat(int k) {
    for (auto &sums : of) {
      for (int i = k + 1; i < kPlanned; i++) sums[i] = sums[k];
    }
  }
  NERO_INLINE double sum(int i, int k) const { return of[i][k].even + of[i][k].odd; }
  NERO_INLINE NeuronSums neuron(int k) const { return {sum(0, k), sum(1, k), sum(2, k), sum(3, k), sum(4, k)}; }
  /// Built in registers: eight small stores behind a wide load would hold it up.
  NERO_INLINE void side_by_side(int i, double *to) const {
    const Eight all = {sum(i, 0), sum(i, 1), sum(i, 2), sum(i, 3), sum(i, 4), sum(i, 5), sum(i, 6), sum(i, 7)};
    __builtin_memcpy(to, &all, sizeof all);
  }
};

/// Where plans go, neuron by neuron.
struct Plans {
  float *turn, *shift, *stretch;
  bool *move;
};

NERO_INLINE void write_plan(const Plans &to, int k, const Plan &plan) {
  to.turn[k] = plan.by.turn;
  to.shift[k] = plan.by.shift;
  to.stretch[k] = plan.by.stretch;
  to.move[k] = plan.move;
}

/// plan_neuron for eight neurons at once where the same arithmetic is all that each needs; false, and nothing has
/// changed, where it is not. All eight plans are written, and squares for the first count.
__attribute__((noinline)) bool plan_alike(const Tensor &t, int count, const PlannedSums &sums, double *square,
                                          const NeroStep &step, const Plans &to) {
  double sum[5][kPlanned];
  for (int i = 0; i < 5; i++) sums.side_by_side(i, sum[i]);
  const auto n = static_cast<double>(t.fan_in);
  const double smallest = n * kSmallestSquare;
  const NeroStep by = step;
  double before[kPlanned];
  double squares[kPlanned];
  if (count == kPlanned) {
    __builtin_memcpy(before, square, sizeof before);
  } else {
    for (int k = 0; k < kPlanned; k++) before[k] = square[k < count ? k : 0];
  }
  float turns[kPlanned], shifts[kPlanned], stretches[kPlanned];
  double unusual[kPlanned];
#pragma omp simd
  for (int k = 0; k < kPlanned; k++) {
    const NeuronSums s = {sum[0][k], sum[1][k], sum[2][k], sum[3][k], sum[4][k]};
    squares[k] = nero_square(before[k], s.gg, by);
    const double turn = nero_turn_by(squares[k], by.scale, by);
    const NeuronUpdate u = nero_update(s, turn, n, NERO_CONSTRAINT_BALANCED, by.epsilon);
    turns[k] = static_cast<float>(u.turn);
    shifts[k] = static_cast<float>(u.shift);
    stretches[k] = static_cast<float>(u.stretch);
    const bool in_range = (s.gg <= 3e38) & (s.gg >= smallest) & (s.ww <= 3e38) & (s.ww >= smallest);
    const bool usual = in_range & (__builtin_fabs(s.wg) <= 3e38) & !u.cancelled;
    unusual[k] = usual ? 0 : 1;
  }
  double any = 0;
  for (const double one : unusual) any += one;
  if (any != 0) return false;
  if (count == kPlanned) {
    __builtin_memcpy(square, squares, sizeof squares);
  } else {
    for (int k = 0; k < count; k++) square[k] = squares[k];
  }
  __builtin_memcpy(to.turn, turns, sizeof turns);
  __builtin_memcpy(to.shift, shifts, sizeof shifts);
  __builtin_memcpy(to.stretch, stretches, sizeof stretches);
  for (int k = 0; k < kPlanned; k++) to.move[k] = true;
  return true;
}

/// plan_neuron for count neurons from the first on. There are sums and room for plans of kPlanned, those behind count
/// repeated.
template <class Storage>
inline void plan_neurons(const Tensor &t, int64_t first, int count, const PlannedSums &sums, double *square,
                         const NeroStep &step, Tally &tally, const Plans &to) {
  const bool may = t.moves && t.exempt == nullptr && !step.current_scale && t.constraint == NERO_CONSTRAINT_BALANCED;
  if (may && plan_alike(t, count, sums, square + first, step, to)) return;
  for (int k = 0; k < count; k++) {
    const int64_t neuron = first + k;
    write_plan(to, k, plan_neuron<Storage>(t, neuron, sums.neuron(k), square[neuron], step, tally));
  }
}
