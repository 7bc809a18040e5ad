#include "nn/gradients.h"

#include <algorithm>
#include <numeric>

namespace nero::nn {

int Gradients::add(int64_t floats, int time) {
  all_.push_back({floats, time, time, nullptr});
  return static_cast<int>(all_.size()) - 1;
}

void Gradients::use(int gradient, int time) {
  Gradient &one = all_[static_cast<size_t>(gradient)];
  one.last = std::max(one.last, time);
}

void Gradients::place() {
  // The largest first: those that follow fit where it lies.
  std::vector<size_t> order(all_.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return all_[a].floats > all_[b].floats; });
  std::vector<std::vector<size_t>> places;
  for (const size_t i : order) {
    Gradient &one = all_[i];
    const auto free = [&](const std::vector<size_t> &place) {
      return std::none_of(place.begin(), place.end(),
                          [&](size_t other) { return all_[other].first <= one.last && one.first <= all_[other].last; });
    };
    auto place = std::find_if(places.begin(), places.end(), free);
    if (place == places.end()) {
      buffers_.emplace_back(one.floats);
      place = places.insert(places.end(), std::vector<size_t>());
    }
    place->push_back(i);
    one.data = buffers_[static_cast<size_t>(place - places.begin())].data();
  }
}

}  // namespace nero::nn
