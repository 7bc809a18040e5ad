// The channels of a tensor, however they lie.
#pragma once

#include <algorithm>
#include <cstdint>

#include "nn/primitive.h"

namespace nero::nn {

/// Neighbouring channels of one pixel: a vector register's worth at most.
constexpr int64_t kLanes = 16;

/// A tensor as groups of lanes: pixel p of row n of group g begins at n * row + offset(g) + p * step.
class Lanes {
 public:
  Lanes() = default;
  explicit Lanes(const dnnl::memory::desc &desc) {
    const auto dims = desc.get_dims(), strides = desc.get_strides();
    channels_ = dims[1];
    pixels_ = dims.size() == 4 ? dims[2] * dims[3] : 1;
    row_ = strides[0];
    if (desc.get_inner_nblks() == 1) {
      block_ = desc.get_inner_blks()[0];
    } else {
      block_ = pixels_ == 1 || strides[1] == 1 ? channels_ : 1;
    }
    groups_in_block_ = (block_ + kLanes - 1) / kLanes;
    groups_ = (channels_ + block_ - 1) / block_ * groups_in_block_;
  }

  int64_t groups() const { return groups_; }
  int64_t pixels() const { return pixels_; }
  int64_t row() const { return row_; }
  int64_t step() const { return block_; }
  int64_t offset(int64_t group) const {
    return group / groups_in_block_ * block_ * pixels_ + group % groups_in_block_ * kLanes;
  }
  /// The first channel of a group, and how many memory has of it: with those that pad the last block.
  int64_t channel(int64_t group) const { return group / groups_in_block_ * block_ + group % groups_in_block_ * kLanes; }
  int64_t width(int64_t group) const { return std::min(kLanes, block_ - group % groups_in_block_ * kLanes); }

 private:
  int64_t channels_ = 0, pixels_ = 0, row_ = 0, block_ = 1, groups_in_block_ = 1, groups_ = 0;
};

}  // namespace nero::nn
