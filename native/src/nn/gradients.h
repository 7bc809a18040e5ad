// Memory of gradients: what is needed at different times may lie in the same place.
#pragma once

#include <cstdint>
#include <vector>

#include "nn/buffer.h"

namespace nero::nn {

class Gradients {
 public:
  /// A gradient that is first written at that time.
  int add(int64_t floats, int time);
  /// It is still read or written at that time.
  void use(int gradient, int time);
  /// Takes the memory.
  void place();

  float *data(int gradient) const { return all_[static_cast<size_t>(gradient)].data; }
  int64_t floats(int gradient) const { return all_[static_cast<size_t>(gradient)].floats; }

 private:
  struct Gradient {
    int64_t floats;
    int first, last;
    float *data;
  };
  std::vector<Gradient> all_;
  std::vector<Buffer> buffers_;
};

}  // namespace nero::nn
