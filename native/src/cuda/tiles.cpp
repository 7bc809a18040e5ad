#include "cuda/tiles.h"

#include <algorithm>

namespace nero {
namespace cuda {

namespace {

/// Neurons of a tile: about kTileElements weights, in whole rounds of a block.
int64_t neurons_each(int64_t fan_in, int64_t round) {
  const int64_t wanted = std::max<int64_t>(1, kTileElements / std::max<int64_t>(1, fan_in));
  return (wanted + round - 1) / round * round;
}

void add_ranges(std::vector<Tile> &tiles, int32_t tensor, Way way, int64_t neurons, int64_t each) {
  for (int64_t begin = 0; begin < neurons; begin += each) {
    tiles.push_back({tensor, way, begin, std::min(neurons, begin + each)});
  }
}

}  // namespace

void add_tiles(std::vector<Tile> &tiles, int32_t tensor, nero_layout layout, int64_t neurons, int64_t fan_in) {
  if (neurons == 0 || fan_in == 0) return;
  if (layout == NERO_VECTOR) {
    add_ranges(tiles, tensor, Way::kElements, neurons, kTileElements);
  } else if (layout == NERO_COLUMNS) {
    add_ranges(tiles, tensor, Way::kColumns, neurons, neurons_each(fan_in, kColumns));
  } else if (fan_in <= kSubWarpFanIn) {
    add_ranges(tiles, tensor, Way::kSubWarps, neurons, neurons_each(fan_in, kThreads / 8));
  } else if (fan_in <= kWarpFanIn) {
    add_ranges(tiles, tensor, Way::kWarps, neurons, neurons_each(fan_in, kWarps));
  } else if (fan_in <= kBlockFanIn) {
    add_ranges(tiles, tensor, Way::kBlock, neurons, neurons_each(fan_in, 1));
  } else {
    const int64_t size = segment_elements(fan_in);
    const int64_t segments = (fan_in + size - 1) / size;
    for (int64_t row = 0; row < neurons; row++) {
      for (int64_t segment = 0; segment < segments; segment++) {
        tiles.push_back({tensor, Way::kSegment, row, segment});
      }
    }
  }
}

bool has_segments(const std::vector<Tile> &tiles) {
  return std::any_of(tiles.begin(), tiles.end(), [](const Tile &t) { return t.way == Way::kSegment; });
}

}  // namespace cuda
}  // namespace nero
