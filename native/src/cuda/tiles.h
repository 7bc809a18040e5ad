// How tensors are dealt to blocks.
#pragma once

#include <vector>

#include "cuda/program.h"

namespace nero {
namespace cuda {

/// Appends a tensor's tiles. They depend on its shape alone, so that rebinding and replaying find the same.
void add_tiles(std::vector<Tile> &tiles, int32_t tensor, nero_layout layout, int64_t neurons, int64_t fan_in);

/// Whether some tile is a segment of a long row.
bool has_segments(const std::vector<Tile> &tiles);

}  // namespace cuda
}  // namespace nero
