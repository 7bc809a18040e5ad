// Walks an elementwise rule over neurons of any layout and keeps the policy for gradients that are not finite. Included
// by drivers.h alone.
#pragma once

/// Elements whose gradients are looked at before any of them is used. Few: nothing hides the first look, and a small
/// tensor has no other.
constexpr int64_t kLook = 1024;

/// What a look at gradients has found.
enum class Seen {
  kNotFinite,
  kFinite,
  kTame  ///< below a magnitude that the optimiser gives: it need not be careful
};

NERO_INLINE Seen seen_in(const Peak &peak, uint32_t tame_below) {
  if (is_below(peak, tame_below)) return Seen::kTame;
  return is_below(peak, kInfinityBits) ? Seen::kFinite : Seen::kNotFinite;
}

template <class Storage>
NERO_INLINE Seen look(const typename Storage::Element *gradients, int64_t count, uint32_t tame_below) {
  Peak peak = no_peak();
  raise<Storage>(peak, gradients, count);
  return seen_in(peak, tame_below);
}

/// An element function in two forms: as it is, and for gradients that are tame.
template <class Usual, class Tame>
struct Either {
  Usual usual;
  Tame tame;
  uint32_t tame_below;  ///< bits of the magnitude
};

template <class Usual, class Tame>
NERO_INLINE Either<Usual, Tame> either(float tame_below, const Usual &usual, const Tame &tame) {
  return {usual, tame, bits_of(tame_below)};
}

template <class Element>
NERO_INLINE uint32_t tame_below(const Element &) {
  return 0;
}
template <class Usual, class Tame>
NERO_INLINE uint32_t tame_below(const Either<Usual, Tame> &element) {
  return element.tame_below;
}

/// Calls use(element) with the form for what was seen.
template <class Element, class Use>
NERO_INLINE auto in_form(const Element &element, Seen, const Use &use) {
  return use(element);
}
template <class Usual, class Tame, class Use>
NERO_INLINE auto in_form(const Either<Usual, Tame> &element, Seen seen, const Use &use) {
  return seen == Seen::kTame ? use(element.tame) : use(element.usual);
}

/// Gradients that are looked at while others are used.
template <class Storage>
struct Ahead {
  const typename Storage::Element *gradients;
  int64_t count;
  uint32_t tame_below;
};

/// Elements between two looks ahead.
constexpr int64_t kTurn = 64;
/// So many elements ahead, the streams of an optimiser are fetched, where neurons lie in rows.
constexpr int64_t kFetch = 512;

/// Of columns, what is needed next lies in the next row.
NERO_INLINE int64_t fetched_ahead(const Tensor &t) { return t.layout == NERO_COLUMNS ? t.neurons : kFetch; }

template <class... Streams>
NERO_INLINE void fetch(int64_t at, const Streams *...streams) {
  for (int64_t k = 0; k < kTurn; k += kLanes) (__builtin_prefetch(streams + at + k), ...);
}

/// Calls turn(from, to) for stretches of [from, to) of kTurn elements, the last one shorter, and looks ahead meanwhile;
/// gives what it saw there. What lies behind is fetched: the next tensor's gradients, where tensors are neighbours.
template <class Storage, class Turn>
NERO_INLINE Seen run_and_look(int64_t from, int64_t to, Ahead<Storage> ahead, const Turn &turn) {
  Peak peak = no_peak();
  int64_t seen = 0;
  const auto look_on = [&](int64_t i) {
    if (seen + kTurn <= ahead.count) {
      for (int64_t k = 0; k < kTurn; k += kLanes) {
        __builtin_prefetch(ahead.gradients + seen + k + kFetch);
        raise(peak, Storage::load(ahead.gradients + seen + k));
      }
      seen += kTurn;
    } else {
      fetch(ahead.count + (i - from), ahead.gradients);
    }
  };
  // The shorter turn by itself: what whole ones need stays in registers from one to the next.
  int64_t i = from;
  for (; i + kTurn <= to; i += kTurn) {
    look_on(i);
    turn(i, i + kTurn);
  }
  if (i < to) {
    look_on(i);
    turn(i, to);
  }
  raise<Storage>(peak, ahead.gradients + seen, ahead.count - seen);
  return seen_in(peak, ahead.tame_below);
}

/// Neurons of so many weights each that make up kLook elements.
NERO_INLINE int64_t rows_at_once(int64_t fan_in) { return fan_in >= kLook ? 1 : kLook / fan_in; }

/// Between a tensor and the next one of its series.
template <class Storage>
struct Seam {
  bool looked;          ///< at the tensor's first stretch, while the tensor before was stepped
  Seen seen;            ///< there; left behind for the next tensor
  Ahead<Storage> next;  ///< what the next tensor begins with, looked at meanwhile
};

/// Where nothing is known of what lies behind.
template <class Storage>
NERO_INLINE Seam<Storage> no_seam(const Tensor &t, Range range) {
  return {false, Seen::kNotFinite, {start<Storage>(t).g + range.end * t.fan_in, 0, 0}};
}

/// What a tensor of rows begins with.
template <class Storage>
NERO_INLINE Ahead<Storage> first_look(const Item &item, uint32_t tame_below) {
  const int64_t rows = rows_at_once(item.fan_in);
  return {start<Storage>(item).g, (rows < item.neurons ? rows : item.neurons) * item.fan_in, tame_below};
}

/// Calls run(from, to, seen, ahead) for stretches of adjacent elements of the neurons [range), such that each neuron
/// that the policy lets move is covered once; then settle(first, last) for neurons that are complete. seen: no more
/// than is true of the stretch's gradients; run returns what it saw ahead, in those of the next stretch.
template <class Storage, class Run, class Settle>
NERO_INLINE void each_row_stretch(const Tensor &t, Range range, Tally &tally, Seam<Storage> &seam, uint32_t tame_below,
                                  const Run &run, const Settle &settle) {
  const int64_t n = t.fan_in;
  if (n == 0) return;
  const auto *gradients = start<Storage>(t).g;
  const int64_t at_once = rows_at_once(n);
  const auto stretch_end = [&](int64_t row) { return range.end - row < at_once ? range.end : row + at_once; };
  Seen seen = seam.looked ? seam.seen
                          : look<Storage>(gradients + range.begin * n, (stretch_end(range.begin) - range.begin) * n,
                                          tame_below);
  for (int64_t row = range.begin; row < range.end;) {
    const int64_t end = stretch_end(row);
    const Ahead<Storage> next =
        end < range.end ? Ahead<Storage>{gradients + end * n, (stretch_end(end) - end) * n, tame_below} : seam.next;
    if (seen != Seen::kNotFinite) {
      seen = run(row * n, end * n, seen, next);
      settle(row, end);
    } else {
      for (int64_t one = row; one < end; one++) {
        const Seen alone = look<Storage>(gradients + one * n, n, tame_below);
        if (alone == Seen::kNotFinite) tally.non_finite++;
        if (alone == Seen::kNotFinite && t.non_finite == NERO_NON_FINITE_SKIP_NEURON) continue;
        run(one * n, (one + 1) * n, alone, {gradients + (one + 1) * n, 0, 0});
        settle(one, one + 1);
      }
      seen = look<Storage>(next.gradients, next.count, next.tame_below);
    }
    row = end;
  }
  seam.seen = seen;
}

/// Columns at once, such that their gradients stay in the second-level cache once looked at.
constexpr int64_t kColumnStretch = 512;
constexpr int64_t kColumnElements = 262144;

NERO_INLINE int64_t columns_at_once(int64_t fan_in) {
  const int64_t fit = kColumnElements / (fan_in > 0 ? fan_in : 1) / kLanes * kLanes;
  return fit < kTurn ? kTurn : (fit > kColumnStretch ? kColumnStretch : fit);
}

template <class Storage, class Run, class Settle>
NERO_INLINE void each_column_stretch(const Tensor &t, Range range, Tally &tally, const Run &run, const Settle &settle) {
  const auto *gradients = start<Storage>(t).g;
  const int64_t at_once = columns_at_once(t.fan_in);
  for (int64_t first = range.begin; first < range.end; first += at_once) {
    const int64_t last = range.end - first < at_once ? range.end : first + at_once;
    bool clean = true;
    for (int64_t i = 0; i < t.fan_in && clean; i++) {
      clean = all_finite<Storage>(gradients + i * t.neurons + first, last - first);
    }
    uint8_t bad[kColumnStretch] = {};
    if (!clean) {
      for (int64_t c = first; c < last; c++) {
        if (look_at(gradients_of<Storage>(t, c)).finite) continue;
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
      for (int64_t i = 0; i < t.fan_in; i++) {
        const int64_t row = i * t.neurons;
        run(row + c, row + to, Seen::kFinite, {gradients + row + t.neurons + c, 0, 0});
      }
      settle(c, to);
      c = to;
    }
  }
}

template <class Storage, class Run, class Settle>
NERO_INLINE void each_stretch(const Tensor &t, Range range, Tally &tally, Seam<Storage> &seam, uint32_t tame_below,
                              const Run &run, const Settle &settle) {
  if (t.layout == NERO_COLUMNS) {
    each_column_stretch<Storage>(t, range, tally, run, settle);
  } else {
    each_row_stretch<Storage>(t, range, tally, seam, tame_below, run, settle);
  }
}

/// The new weights of the elements [begin, end), at most kTurn of them; those that lie apart from them are fetched.
template <class Storage, class Element, class... Streams>
NERO_INLINE void move_turn(typename Storage::Element *weights, const Element &element, int64_t begin, int64_t end,
                           int64_t apart, const Streams *...streams) {
  fetch(begin + apart, weights, streams...);
  if (end - begin == kTurn) {
#pragma omp simd
    for (int64_t k = 0; k < kTurn; k++) Storage::put(weights + begin + k, element(begin + k));
    return;
  }
#pragma omp simd
  for (int64_t i = begin; i < end; i++) Storage::put(weights + i, element(i));
}

/// element(i) gives the new weight of element i and updates its state, which is in the streams.
template <class Storage, class Element, class... Streams>
NERO_INLINE void each_element(const Tensor &t, Range range, Tally &tally, Seam<Storage> &seam, const Element &element,
                              const Streams *...streams) {
  auto *const weights = start<Storage>(t).w;
  const int64_t apart = fetched_ahead(t);
  const auto move = [&](int64_t from, int64_t to, Seen seen, Ahead<Storage> ahead) {
    return in_form(element, seen, [&](const auto &form) {
      // Copies, or each turn would read what they hold from memory again.
      const auto of = form;
      auto *const to_weights = weights;
      return run_and_look<Storage>(from, to, ahead, [=](int64_t begin, int64_t end) {
        move_turn<Storage>(to_weights, of, begin, end, apart, streams...);
      });
    });
  };
  const auto rest = [&](int64_t from, int64_t to, Seen, Ahead<Storage> ahead) {
    return in_form(element, Seen::kFinite, [&](const auto &of) {
      return run_and_look<Storage>(from, to, ahead, [&](int64_t begin, int64_t end) {
#pragma omp simd
        for (int64_t i = begin; i < end; i++) (void)of(i);
      });
    });
  };
  const uint32_t below = tame_below(element);
  if (t.moves) {
    each_stretch<Storage>(t, range, tally, seam, below, move,
                          [&](int64_t first, int64_t last) { balance<Storage>(t, first, last, tally); });
  } else {
    each_stretch<Storage>(t, range, tally, seam, below, rest, [](int64_t, int64_t) {});
  }
}

/// Calls run(from, to) for stretches of adjacent elements, which together are all of the neurons [range), then
/// settle(first, last) for neurons that are complete, while these are in cache if they are to be balanced.
template <class Run, class Settle>
NERO_INLINE void each_whole_stretch(const Tensor &t, Range range, const Run &run, const Settle &settle) {
  if (t.fan_in == 0) return;
  const bool columns = t.layout == NERO_COLUMNS;
  const bool balanced = t.constraint != NERO_CONSTRAINT_NONE;
  const int64_t fit = columns ? columns_at_once(t.fan_in) : rows_at_once(t.fan_in);
  const int64_t at_once = balanced ? fit : range.end - range.begin;
  for (int64_t first = range.begin; first < range.end; first += at_once) {
    const int64_t last = range.end - first < at_once ? range.end : first + at_once;
    if (columns) {
      for (int64_t i = 0; i < t.fan_in; i++) run(i * t.neurons + first, i * t.neurons + last);
    } else {
      run(first * t.fan_in, last * t.fan_in);
    }
    settle(first, last);
  }
}

/// each_element for a second pass over neurons that were counted in the first: gradients are not looked at unless the
/// policy lets a neuron rest. They are one of the streams where the element is made from them.
template <class Storage, class Element, class... Streams>
NERO_INLINE void each_element_again(const Tensor &t, Range range, Tally &tally, const Element &element,
                                    const Streams *...streams) {
  if (t.non_finite == NERO_NON_FINITE_SKIP_NEURON) {
    Tally counted_before;
    Seam<Storage> seam = no_seam<Storage>(t, range);
    each_element<Storage>(t, range, counted_before, seam, element, streams...);
    tally.unbalanced += counted_before.unbalanced;
    return;
  }
  auto *const weights = start<Storage>(t).w;
  const int64_t apart = fetched_ahead(t);
  const auto move = [&](int64_t from, int64_t to) {
    const Element of = element;
    auto *const to_weights = weights;
    for (int64_t i = from; i < to; i += kTurn) {
      move_turn<Storage>(to_weights, of, i, to - i < kTurn ? to : i + kTurn, apart, streams...);
    }
  };
  const auto rest = [&](int64_t from, int64_t to) {
#pragma omp simd
    for (int64_t i = from; i < to; i++) (void)element(i);
  };
  if (t.moves) {
    each_whole_stretch(t, range, move, [&](int64_t first, int64_t last) { balance<Storage>(t, first, last, tally); });
  } else {
    each_whole_stretch(t, range, rest, [](int64_t, int64_t) {});
  }
}
