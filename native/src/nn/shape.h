// What a tensor holds for each example.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/failure.h"

namespace nero::nn {

/// A vector of channels elements, or an image.
struct Shape {
  int64_t channels;
  int64_t height = 1, width = 1;
  bool image = false;

  static Shape vector(int64_t width) { return {width, 1, 1, false}; }

  int64_t area() const { return height * width; }
  int64_t floats() const { return channels * area(); }
  bool operator==(const Shape &o) const {
    return channels == o.channels && height == o.height && width == o.width && image == o.image;
  }
  /// For messages.
  std::string words() const {
    if (!image) return text("%lld wide", (long long)channels);
    return text("%lld x %lld x %lld", (long long)channels, (long long)height, (long long)width);
  }
};

/// A convolution's or a pool's, checked.
struct Window {
  int64_t kernel_height, kernel_width, stride_height, stride_width, padding_height, padding_width;

  /// What it makes of an image, with so many channels.
  Shape over(const Shape &image, int64_t channels) const {
    return {channels, (image.height + 2 * padding_height - kernel_height) / stride_height + 1,
            (image.width + 2 * padding_width - kernel_width) / stride_width + 1, true};
  }
  std::vector<int64_t> kernel() const { return {kernel_height, kernel_width}; }
  std::vector<int64_t> strides() const { return {stride_height, stride_width}; }
  std::vector<int64_t> padding() const { return {padding_height, padding_width}; }
};

}  // namespace nero::nn
