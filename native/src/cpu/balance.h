// Neurons put on a constraint after another optimiser's step or at construction, and what is measured of them. Included
// by drivers.h alone.
#pragma once

NERO_INLINE unsigned constraint_of(const Tensor &t, int64_t neuron) {
  return t.exempt != nullptr && t.exempt[neuron] != 0 ? 0u : static_cast<unsigned>(t.constraint);
}

/// A neuron's mean, 0 where the constraint leaves it, and its sums of squares with it and without it.
struct Centring {
  double mean, before, norm2;
};

/// Of count values, in double, which holds the square of every float.
template <class Value>
NERO_INLINE Centring centring(int64_t count, unsigned constraint, const Value &value) {
  Centring c = {0, 0, 0};
  double sum = 0;
  for (int64_t i = 0; i < count; i++) {
    const double x = value(i);
    sum += x;
    c.before += x * x;
  }
  if ((constraint & NERO_CONSTRAINT_MEAN) != 0) c.mean = sum / static_cast<double>(count);
  for (int64_t i = 0; i < count; i++) {
    const double x = value(i) - c.mean;
    c.norm2 += x * x;
  }
  return c;
}

/// w <- (value - mean) / (|value - mean| + epsilon), in double; false, and nothing moves, where that is not defined. A
/// value is made from no other weight than the one that it replaces.
template <class Weights, class Value>
NERO_INLINE bool put_on_constraint(const Weights &w, unsigned constraint, double epsilon, const Value &value) {
  const Centring c = centring(w.count, constraint, value);
  if (constraint != 0 && !can_be_balanced(c.norm2, c.before)) return false;
  const double stretch = (constraint & NERO_CONSTRAINT_NORM) != 0 ? 1 / (__builtin_sqrt(c.norm2) + epsilon) : 1;
  for (int64_t i = 0; i < w.count; i++) w.put(i, static_cast<float>((value(i) - c.mean) * stretch));
  return true;
}

template <class Weights>
inline bool balance_carefully(const Weights &w, unsigned constraint, double epsilon) {
  return put_on_constraint(w, constraint, epsilon, [&](int64_t i) { return static_cast<double>(w[i]); });
}

/// The same in float where float suffices; the row is in cache.
template <class Storage, class Element>
inline bool balance_row(const Strided<Storage, Element> &row, unsigned constraint) {
  const int64_t count = row.count;
  Element *w = row.at;
  NeuronSums s = {0, 0, 0, 0, 0};
  for (int64_t from = 0; from < count; from += kFoldEvery) {
    const int64_t to = count - from < kFoldEvery ? count : from + kFoldEvery;
    Lanes sum = zero_lanes();
    Lanes sum2 = zero_lanes();
    int64_t i = from;
    for (; i + kLanes <= to; i += kLanes) {
      const Lanes x = Storage::load(w + i);
      accumulate(sum, x);
      accumulate_product(sum2, x, x);
    }
    if (i < to) {
      const Lanes x = Storage::load_partial(w + i, to - i);
      accumulate(sum, x);
      accumulate_product(sum2, x, x);
    }
    s.w += fold(sum);
    s.ww += fold(sum2);
  }
  const NeuronUpdate u = nero_update(s, 0, static_cast<double>(count), constraint, 0);
  if (lost_to_range(s.ww, count) || u.cancelled) return balance_carefully(row, constraint, 0);
  const auto shift = static_cast<float>(u.shift);
  const auto stretch = static_cast<float>(u.stretch);
#pragma omp simd
  for (int64_t i = 0; i < count; i++) Storage::put(w + i, (Storage::get(w + i) - shift) * stretch);
  return true;
}

/// Neurons [first, last) after an elementwise update: what that has stored is what is put on the constraint.
template <class Storage>
inline void balance(const Tensor &t, int64_t first, int64_t last, Tally &tally) {
  if (t.constraint == NERO_CONSTRAINT_NONE || t.layout == NERO_VECTOR || t.fan_in == 0) return;
  for (int64_t neuron = first; neuron < last; neuron++) {
    const unsigned constraint = constraint_of(t, neuron);
    if (constraint == 0) continue;
    const auto w = weights_of<Storage>(t, neuron);
    const bool done = t.layout == NERO_ROWS ? balance_row(w, constraint) : balance_carefully(w, constraint, 0);
    if (!done) tally.unbalanced++;
  }
}

template <class Storage>
inline void project_kernel(const Tensor &t, double epsilon, Range range) {
  if (t.fan_in == 0) return;
  for (int64_t neuron = range.begin; neuron < range.end; neuron++) {
    const unsigned constraint = constraint_of(t, neuron);
    if (constraint != 0) balance_carefully(weights_of<Storage>(t, neuron), constraint, epsilon);
  }
}

template <class Storage>
inline void measure_kernel(const Tensor &t, Range range, double &norms, double &squares) {
  norms = 0;
  squares = 0;
  for (int64_t neuron = range.begin; neuron < range.end; neuron++) {
    const auto w = weights_of<Storage>(t, neuron);
    double norm2 = 0;
    for (int64_t i = 0; i < w.count; i++) {
      const double x = w[i];
      norm2 += x * x;
    }
    norms += __builtin_sqrt(norm2);
    squares += norm2;
  }
}

template <class Storage>
inline bool degenerate(const Tensor &t, int64_t neuron) {
  const auto w = weights_of<Storage>(t, neuron);
  const auto value = [&](int64_t i) { return static_cast<double>(w[i]); };
  const Centring c = centring(w.count, static_cast<unsigned>(t.constraint), value);
  return !(c.norm2 > kDegenerate * kDegenerate * c.before);
}

template <class Storage>
inline int64_t find_degenerate_kernel(const Tensor &t, Range range, uint8_t *flags) {
  int64_t first = -1;
  // A neuron without weights has nothing to balance.
  if (t.constraint == NERO_CONSTRAINT_NONE || t.layout == NERO_VECTOR || t.fan_in == 0) return first;
  for (int64_t neuron = range.begin; neuron < range.end; neuron++) {
    if (!degenerate<Storage>(t, neuron)) continue;
    if (first < 0) first = neuron;
    if (flags != nullptr) flags[neuron] = 1;
  }
  return first;
}
