// What an optimiser's table is on a device: plain structs that the host makes and the kernels read.
#pragma once

#include <cstdint>

#include "nero/nero.h"
#include "rules/hd.h"
#include "rules/lars.h"

namespace nero {
namespace cuda {

/// Threads of every block of a step.
constexpr int kThreads = 512;
constexpr int kWarps = kThreads / 32;

/// Fan-ins up to these are dealt to 8 threads, to a warp, to a block, each with the row in registers; longer rows are
/// cut into segments for several blocks.
constexpr int64_t kSubWarpFanIn = 64;
constexpr int64_t kWarpFanIn = 1024;
constexpr int64_t kBlockFanIn = 16384;
/// Elements of a tile of short rows, of columns or of a vector; at least those of a segment.
constexpr int64_t kTileElements = 16384;
/// A row has no more segments, so that folding their sums costs little.
constexpr int64_t kMostSegments = 1024;
/// Columns that a warp reads side by side.
constexpr int64_t kColumns = 32;

/// How a tile's neurons are dealt to its threads.
enum class Way : int32_t { kElements, kSubWarps, kWarps, kBlock, kSegment, kColumns };

/// A block's work: neurons [begin, end) of a tensor; of kSegment, segment end of neuron begin.
struct Tile {
  int32_t tensor;
  Way way;
  int64_t begin;
  int64_t end;
};

NERO_HD inline int64_t segment_elements(int64_t fan_in) {
  const int64_t each = (fan_in + kMostSegments - 1) / kMostSegments;
  const int64_t whole = (each + 3) / 4 * 4;
  return whole < kTileElements ? kTileElements : whole;
}

struct DeviceTensor {
  float *weights;
  const float *gradients;
  float *state[3];
  double *square;
  const uint8_t *exempt;  ///< null: no neuron is
  int64_t neurons;
  int64_t fan_in;
  int64_t first_tile;
  int64_t tiles;
  double rate_factor;
  double decay_factor;
  nero_layout layout;
  nero_constraint constraint;
  int32_t present;  ///< has a gradient, or no element that could have one
};

/// What changes of a tensor from step to step.
struct Numbers {
  int64_t step;
  double scale;
  double trust_ratio;
};

/// What a tensor's sums come to, for the second launch.
struct Between {
  double ratio;
  double shrink;
  LarsFactors lars;
};

/// What a tile found.
struct Partial {
  double
      sum[5];  ///< of a segment: w, g, ww, gg, wg; of a first pass: |w|^2, |update|^2, <w, g>; of an inspection: |g|^2
  int64_t non_finite;
};

struct StepTerms {
  double learning_rate;
  double gradient_scale;
};

struct StepResult {
  int64_t step;
  int64_t stepped;
  int64_t absent;
  int64_t non_finite;
  int64_t unbalanced;
  double gradient_norm2;
  int32_t skipped;
};

struct Totals {
  StepTerms terms;  ///< of a replay
  int64_t step;     ///< the largest of the tensors' step counts
  double clip;
  double gradient_norm2;
  unsigned long long inspected_non_finite;
  unsigned long long non_finite;
  unsigned long long unbalanced;
  int32_t skip;
  uint32_t inspected_tiles;  ///< blocks of the launch that are done; the last one of all folds
  uint32_t stepped_tiles;
  StepResult result;  ///< of the last step
};

union AnyHyper {
  nero_nero_hyper nero;
  nero_sgd_hyper sgd;
  nero_adam_hyper adam;
  nero_lamb_hyper lamb;
  nero_madam_hyper madam;
  nero_fromage_hyper fromage;
  nero_lars_hyper lars;
};

/// A step's parameters, passed by value to each of its kernels.
struct Program {
  const DeviceTensor *tensors;
  Numbers *numbers;
  Between *between;
  const Tile *tiles;
  Partial *inspected;      ///< [tiles]
  Partial *sums;           ///< [tiles]
  uint32_t *tensor_tiles;  ///< [tensors] blocks that are done with their part of a tensor's sums
  Totals *totals;
  int64_t tensor_count;
  int64_t tile_count;
  StepTerms terms;
  const StepTerms *terms_at;  ///< null: terms
  AnyHyper hyper;
  nero_optimizer_kind kind;
  nero_non_finite non_finite;
  double max_gradient_norm;  ///< 0: none
  bool shared_count;
  bool inspects_all;  ///< else long rows alone
  bool finishes;      ///< this launch is the last of its step
};

}  // namespace cuda
}  // namespace nero
