// How a tensor is cut into work: ranges of whole neurons, the same for any number of threads.
#pragma once

#include <algorithm>
#include <cstdint>

#include "cpu/kernels.h"
#include "runtime/parameter.h"

namespace nero {

/// Few enough that the results of a tensor's ranges fit on a stack.
constexpr int64_t kMostRanges = 1024;
/// Elements of a range: large against the cost of dealing it, small against a tensor.
constexpr int64_t kRangeElements = 16384;
/// A range of columns is a multiple of so many: lines of memory are not shared by threads where rows start at one.
constexpr int64_t kColumnsTogether = 64;
/// Long columns are cut into so many ranges or more, each at most so wide: the wider a range is, the longer are the
/// runs of memory in its rows.
constexpr int64_t kColumnRanges = 16;
constexpr int64_t kWideRange = 512;
/// What a thread takes at once: a range of this size, or some smaller ones, so that thousands of small tensors are
/// cheap.
constexpr int64_t kGroupElements = kRangeElements;
/// Parameters that are stepped together by an optimiser with two passes, or one that looks at their gradients first, so
/// that the second pass or the step finds them in a last-level cache; larger ones are stepped one by one.
constexpr int64_t kBatchElements = 1 << 20;
/// Columns of more weights are stepped without regard to columns where no neuron must rest. Shorter ones stay in cache
/// from a look at their gradients to their step, where they are stepped as columns.
constexpr int64_t kShortColumn = 128;
/// Weights whose step is not worth measuring, let alone waking a thread for.
constexpr int64_t kSmallModel = 16384;

struct Cut {
  int64_t neurons_each;
  int64_t ranges;

  /// Ranges [from, to) as one.
  Range span(int64_t from, int64_t to, int64_t neurons) const {
    return {from * neurons_each, std::min(neurons, to * neurons_each)};
  }
  Range range(int64_t index, int64_t neurons) const { return span(index, index + 1, neurons); }
};

inline Cut cut(const Parameter &p) {
  if (p.elements == 0) return {1, 0};
  int64_t each = std::max<int64_t>(1, kRangeElements / p.fan_in);
  each = std::max(each, (p.neurons + kMostRanges - 1) / kMostRanges);
  if (p.layout == NERO_COLUMNS) {
    each = std::max(each, std::min(p.neurons / kColumnRanges, kWideRange));
    each = (each + kColumnsTogether - 1) / kColumnsTogether * kColumnsTogether;
  }
  return {each, (p.neurons + each - 1) / each};
}

}  // namespace nero
