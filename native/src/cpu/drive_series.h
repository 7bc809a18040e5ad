// Kernels over series: what is the same for all tensors of a series is fetched, decided and computed once. Included by
// drivers.h alone.
#pragma once

/// Ranges up to this are walked by plain loops: thousands of small tensors spend their time around the loops.
constexpr int64_t kTiny = 512;
/// Small tensors between the one that is stepped and that which is fetched: no processor foresees where the next lies.
constexpr int64_t kItemsAhead = 4;

template <class Storage>
NERO_INLINE void fetch_item(const Item &item, int buffers) {
  if (item.neurons * item.fan_in > kTiny) return;
  const Place<Storage> at = start<Storage>(item);
  for (int64_t i = 0; i < kTurn; i += kLanes) {
    __builtin_prefetch(at.g + i);
    __builtin_prefetch(at.w + i, 1);
    if (buffers > 0) __builtin_prefetch(item.first + i, 1);
    if (buffers > 1) __builtin_prefetch(item.second + i, 1);
  }
}

/// Whether there is a tensor behind this one that is not walked by plain loops.
NERO_INLINE bool large_one_behind(const Series &series, int64_t index) {
  if (index + 1 == series.count) return false;
  const Item &next = series.items[index + 1];
  return next.neurons * next.fan_in > kTiny;
}

/// Counts that the compiler knows leave no loop a tail.
template <class Storage, class Element>
NERO_INLINE void move_tiny(typename Storage::Element *weights, const Element &element, int64_t count) {
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
#pragma omp simd
    for (int64_t k = 0; k < kLanes; k++) Storage::put(weights + i + k, element(i + k));
  }
#pragma omp simd
  for (int64_t k = i; k < count; k++) Storage::put(weights + k, element(k));
}

/// The neurons of a series by an element function where they are few and finite: tiny(item, at, first) gives that of
/// the elements from first on, whose weights and gradients are at a place; by whole(tensor, item, range, seam)
/// otherwise. buffers: of state, an element.
template <class Storage, class Tiny, class Whole>
NERO_INLINE void each_item(const Series &series, Range of_first, int buffers, Tally &tally, const Tiny &tiny,
                           const Whole &whole) {
  const bool may = series.first.moves && series.first.layout != NERO_COLUMNS;
  const bool balanced = series.first.constraint != NERO_CONSTRAINT_NONE && series.first.layout != NERO_VECTOR;
  Seam<Storage> seam = {};
  for (int64_t k = 0; k < series.count; k++) {
    const Item &item = series.items[k];
    if (k + kItemsAhead < series.count) fetch_item<Storage>(series.items[k + kItemsAhead], buffers);
    const Range range = series.range(k, of_first);
    const int64_t first = range.begin * item.fan_in;
    const int64_t count = range.end * item.fan_in - first;
    const Place<Storage> at = start<Storage>(item) + first;
    const auto element = tiny(item, at, first);
    const uint32_t below = tame_below(element);
    if (may && count <= kTiny) {
      const Seen seen = look<Storage>(at.g, count, below);
      if (seen != Seen::kNotFinite) {
        in_form(element, seen, [&](const auto &form) { move_tiny<Storage>(at.w, form, count); });
        if (balanced) balance<Storage>(series.tensor(k), range.begin, range.end, tally);
        continue;
      }
    }
    const bool more = large_one_behind(series, k);
    seam.next = more ? first_look<Storage>(series.items[k + 1], below) : Ahead<Storage>{at.g + count, 0, 0};
    whole(series.tensor(k), item, range, seam);
    seam.looked = more && series.first.layout != NERO_COLUMNS;
  }
}

template <class Storage>
inline void sgd_series(const Series &series, Range of_first, const SgdStep &step, Tally &tally) {
  const SgdStep by = step;
  const auto whole = [&](const Tensor &t, const Item &item, Range range, Seam<Storage> &seam) {
    sgd_kernel<Storage>(t, item.first, step, range, tally, seam);
  };
  if (step.has_momentum) {
    each_item<Storage>(
        series, of_first, 1, tally,
        [&](const Item &item, Place<Storage> at, int64_t first) {
          return momentum_element(at, item.first + first, by);
        },
        whole);
  } else {
    each_item<Storage>(
        series, of_first, 0, tally,
        [&](const Item &, Place<Storage> at, int64_t) {
          return [=](int64_t i) { return sgd_plain(at.weight(i), at.gradient(i), by); };
        },
        whole);
  }
}

template <class Storage>
inline void adam_series(const Series &series, Range of_first, const AdamStep &step, Tally &tally) {
  const AdamStep by = step;
  const auto whole = [&](const Tensor &t, const Item &item, Range range, Seam<Storage> &seam) {
    adam_kernel<Storage>(t, item.first, item.second, item.third, step, range, tally, seam);
  };
  if (step.amsgrad) {
    each_item<Storage>(
        series, of_first, 2, tally,
        [&](const Item &item, Place<Storage> at, int64_t from) {
          return amsgrad_element(at, item.first + from, item.second + from, item.third + from, by);
        },
        whole);
  } else {
    each_item<Storage>(
        series, of_first, 2, tally,
        [&](const Item &item, Place<Storage> at, int64_t from) {
          return adam_element(at, item.first + from, item.second + from, by);
        },
        whole);
  }
}

template <class Storage, bool kShort>
NERO_INLINE void madam_items(const Series &series, Range of_first, const MadamStep &step, Tally &tally) {
  const auto bounded = [&](const Item &item) {
    MadamStep by = step;
    by.bound = static_cast<float>(item.number);
    return by;
  };
  each_item<Storage>(
      series, of_first, 1, tally,
      [&](const Item &item, Place<Storage> at, int64_t first) {
        float *root_second = item.first + first;
        const MadamStep by = bounded(item);
        return [=](int64_t i) { return madam_element<kShort>(at.weight(i), at.gradient(i), root_second[i], by); };
      },
      [&](const Tensor &t, const Item &item, Range range, Seam<Storage> &seam) {
        madam_kernel<Storage>(t, item.first, bounded(item), range, tally, seam);
      });
}

template <class Storage>
inline void madam_series(const Series &series, Range of_first, const MadamStep &step, Tally &tally) {
  if (madam_is_short(step)) {
    madam_items<Storage, true>(series, of_first, step, tally);
  } else {
    madam_items<Storage, false>(series, of_first, step, tally);
  }
}

/// LAMB's first pass over a small tensor.
template <class Storage, bool kTame>
NERO_INLINE void lamb_tiny(Place<Storage> at, float *first, float *second, const LambStep &by, int64_t count,
                           TensorSums &sums) {
  LambNorms norms = {zero_lanes(), zero_lanes(), 0};
  int64_t i = 0;
  for (; i + kTurn <= count; i += kTurn) lamb_turn<Storage, kTame>(at + i, first + i, second + i, by, kTurn, norms);
  if (i < count) lamb_turn<Storage, kTame>(at + i, first + i, second + i, by, count - i, norms);
  fold_lamb<Storage>(norms, count, at.w, first, second, by, sums);
}

template <class Storage>
inline void lamb_moments_series(const Series &series, Range of_first, const LambStep &step, Tally &tally,
                                TensorSums *sums) {
  Seam<Storage> seam = {};
  const LambStep by = step;
  const uint32_t below = bits_of(bounded_below(step.gradient_scale, step.coupled_decay));
  for (int64_t k = 0; k < series.count; k++) {
    const Item &item = series.items[k];
    if (k + kItemsAhead < series.count) fetch_item<Storage>(series.items[k + kItemsAhead], 2);
    const Range range = series.range(k, of_first);
    const int64_t begin = range.begin * item.fan_in;
    const int64_t count = range.end * item.fan_in - begin;
    if (series.first.layout != NERO_COLUMNS && count <= kTiny) {
      const Place<Storage> at = start<Storage>(item) + begin;
      const Seen seen = look<Storage>(at.g, count, below);
      if (seen == Seen::kTame) {
        lamb_tiny<Storage, true>(at, item.first + begin, item.second + begin, by, count, sums[k]);
      } else if (seen == Seen::kFinite) {
        lamb_tiny<Storage, false>(at, item.first + begin, item.second + begin, by, count, sums[k]);
      }
      if (seen != Seen::kNotFinite) continue;
    }
    const bool more = large_one_behind(series, k);
    const auto *behind = start<Storage>(item).g + range.end * item.fan_in;
    seam.next = more ? first_look<Storage>(series.items[k + 1], below) : Ahead<Storage>{behind, 0, 0};
    lamb_moments_kernel<Storage>(series.tensor(k), item.first, item.second, step, range, tally, sums[k], seam);
    seam.looked = more && series.first.layout != NERO_COLUMNS;
  }
}

template <class Storage>
inline void lamb_apply_series(const Series &series, Range of_first, const LambStep &step, Tally &tally) {
  const LambStep by = step;
  const bool may = series.first.moves && series.first.layout != NERO_COLUMNS &&
                   series.first.non_finite != NERO_NON_FINITE_SKIP_NEURON &&
                   series.first.constraint == NERO_CONSTRAINT_NONE;
  for (int64_t k = 0; k < series.count; k++) {
    const Item &item = series.items[k];
    const Range range = series.range(k, of_first);
    const int64_t begin = range.begin * item.fan_in;
    const int64_t count = range.end * item.fan_in - begin;
    if (may && count <= kTiny) {
      move_tiny<Storage>(start<Storage>(item).w + begin,
                         lamb_element(start<Storage>(item) + begin, item.first + begin, item.second + begin,
                                      lamb_rate(by, item.number), by),
                         count);
      continue;
    }
    lamb_apply_kernel<Storage>(series.tensor(k), item.first, item.second, step, item.number, range, tally);
  }
}

/// Apart from the loop over tensors, in which the constants of the loops below would be read from memory each time.
template <class Storage>
__attribute__((noinline)) void nero_tensor(const Tensor &t, double *square, const NeroStep &step, Range range,
                                           ShortRows<Storage> &short_rows, Tally &tally) {
  range = {unpaired(range.begin), unpaired(range.end)};
  switch (t.layout) {
    case NERO_VECTOR:
      return nero_vector<Storage>(t, square, step, range, tally);
    case NERO_ROWS:
      if (t.fan_in > kShortRow) return nero_long_rows<Storage>(t, square, step, range, tally);
      return short_rows.walk(t, square, step, range, tally);
    case NERO_COLUMNS:
      return nero_columns<Storage>(t, square, step, range, tally);
  }
}

template <class Storage>
inline void nero_series(const Series &series, Range of_first, const NeroStep &step, Tally &tally) {
  NeroStep by = step;
  Tensor other;
  ShortRows<Storage> short_rows;
  for (int64_t k = 0; k < series.count; k++) {
    const Item &item = series.items[k];
    // A copy that was just written to is not read at once.
    const bool own = item.number == step.scale;
    if (!own) by.scale = item.number;
    if (k > 0) other = series.tensor(k);
    const Range range = series.range(k, of_first);
    if (series.first.layout == NERO_ROWS && item.fan_in <= kShortRow) {
      short_rows.expect(item.fan_in, (range.end - range.begin) * (series.count - k));
    }
    nero_tensor<Storage>(k > 0 ? other : series.first, item.square, own ? step : by, range, short_rows, tally);
  }
  short_rows.finish();
}
