// Layers in double, as the textbooks have them: loops over everything, no layout, no reuse.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace reference {

using Row = std::vector<double>;
using Rows = std::vector<Row>;

struct Shape {
  int64_t channels, height = 1, width = 1;
  int64_t floats() const { return channels * height * width; }
};

struct Window {
  int64_t kernel_height, kernel_width, stride_height, stride_width, padding_height, padding_width;
  Shape over(const Shape &s, int64_t channels) const {
    return {channels, (s.height + 2 * padding_height - kernel_height) / stride_height + 1,
            (s.width + 2 * padding_width - kernel_width) / stride_width + 1};
  }
};

inline Row linear(const Row &x, const Row &w, const Row *bias, int64_t outputs) {
  Row y(static_cast<size_t>(outputs));
  for (size_t o = 0; o < y.size(); o++) {
    y[o] = bias == nullptr ? 0 : (*bias)[o];
    for (size_t k = 0; k < x.size(); k++) y[o] += w[o * x.size() + k] * x[k];
  }
  return y;
}

/// Calls body(index of the pixel in the image, index in the kernel) for each pixel of a window that lies in the image.
template <class Body>
void for_window(const Shape &s, const Window &w, int64_t oh, int64_t ow, const Body &body) {
  for (int64_t i = 0; i < w.kernel_height; i++) {
    for (int64_t j = 0; j < w.kernel_width; j++) {
      const int64_t h = oh * w.stride_height - w.padding_height + i, c = ow * w.stride_width - w.padding_width + j;
      if (h >= 0 && h < s.height && c >= 0 && c < s.width) body(h * s.width + c, i * w.kernel_width + j);
    }
  }
}

inline Row convolution(const Row &x, const Shape &s, const Window &w, const Row &weights, const Row *bias,
                       int64_t outputs, int64_t groups) {
  const Shape made = w.over(s, outputs);
  const int64_t kernel = w.kernel_height * w.kernel_width, inputs = s.channels / groups;
  Row y(static_cast<size_t>(made.floats()));
  for (int64_t o = 0; o < outputs; o++) {
    for (int64_t at = 0; at < made.height * made.width; at++) {
      double sum = bias == nullptr ? 0 : (*bias)[static_cast<size_t>(o)];
      for (int64_t c = 0; c < inputs; c++) {
        const int64_t channel = o / (outputs / groups) * inputs + c;
        for_window(s, w, at / made.width, at % made.width, [&](int64_t pixel, int64_t k) {
          sum += weights[static_cast<size_t>((o * inputs + c) * kernel + k)] *
                 x[static_cast<size_t>(channel * s.height * s.width + pixel)];
        });
      }
      y[static_cast<size_t>(o * made.height * made.width + at)] = sum;
    }
  }
  return y;
}

inline Row pool(const Row &x, const Shape &s, const Window &w, bool greatest) {
  const Shape made = w.over(s, s.channels);
  Row y(static_cast<size_t>(made.floats()));
  for (int64_t c = 0; c < s.channels; c++) {
    for (int64_t at = 0; at < made.height * made.width; at++) {
      double best = -std::numeric_limits<double>::infinity(), sum = 0;
      for_window(s, w, at / made.width, at % made.width, [&](int64_t pixel, int64_t) {
        const double v = x[static_cast<size_t>(c * s.height * s.width + pixel)];
        best = v > best ? v : best;
        sum += v;
      });
      y[static_cast<size_t>(c * made.height * made.width + at)] =
          greatest ? best : sum / static_cast<double>(w.kernel_height * w.kernel_width);
    }
  }
  return y;
}

/// Mean and biased variance of each channel over rows.
inline void moments(const Rows &x, const Shape &s, Row &mean, Row &variance) {
  const auto area = static_cast<size_t>(s.height * s.width);
  mean.assign(static_cast<size_t>(s.channels), 0);
  variance = mean;
  const double n = static_cast<double>(x.size() * area);
  for (size_t c = 0; c < mean.size(); c++) {
    for (const Row &row : x) {
      for (size_t p = 0; p < area; p++) mean[c] += row[c * area + p] / n;
    }
    for (const Row &row : x) {
      for (size_t p = 0; p < area; p++) variance[c] += std::pow(row[c * area + p] - mean[c], 2) / n;
    }
  }
}

inline Rows batch_norm(const Rows &x, const Shape &s, const Row &mean, const Row &variance, const Row &gain,
                       const Row &bias, double epsilon) {
  const auto area = static_cast<size_t>(s.height * s.width);
  Rows y = x;
  for (Row &row : y) {
    for (size_t i = 0; i < row.size(); i++) {
      const size_t c = i / area;
      row[i] = gain[c] * (row[i] - mean[c]) / std::sqrt(variance[c] + epsilon) + bias[c];
    }
  }
  return y;
}

inline Row layer_norm(const Row &x, const Row &gain, const Row &bias, double epsilon) {
  const double n = static_cast<double>(x.size());
  double mean = 0, variance = 0;
  for (const double v : x) mean += v / n;
  for (const double v : x) variance += (v - mean) * (v - mean) / n;
  Row y(x.size());
  for (size_t i = 0; i < x.size(); i++) y[i] = gain[i] * (x[i] - mean) / std::sqrt(variance + epsilon) + bias[i];
  return y;
}

/// Philox4x32-10, by the tables of its paper.
inline std::array<uint32_t, 4> philox(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key) {
  for (int round = 0; round < 10; round++) {
    const uint64_t a = 0xD2511F53ull * counter[0], b = 0xCD9E8D57ull * counter[2];
    counter = {static_cast<uint32_t>(b >> 32) ^ counter[1] ^ key[0], static_cast<uint32_t>(b),
               static_cast<uint32_t>(a >> 32) ^ counter[3] ^ key[1], static_cast<uint32_t>(a)};
    key = {key[0] + 0x9E3779B9u, key[1] + 0xBB67AE85u};
  }
  return counter;
}

inline bool dropped(uint64_t element, uint64_t step, uint64_t seed, double probability) {
  const uint64_t block = element / 4;
  const auto words = philox({static_cast<uint32_t>(block), static_cast<uint32_t>(block >> 32),
                             static_cast<uint32_t>(step), static_cast<uint32_t>(step >> 32)},
                            {static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)});
  return words[element % 4] < probability * 4294967296.0;
}

}  // namespace reference
