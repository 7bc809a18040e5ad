// The models whose steps are predicted on paper and measured on a card: their matrices and convolutions.
#pragma once

#include <cstdint>
#include <vector>

struct Layers {
  int64_t count, neurons, fan_in;
};

struct Net {
  const char *name;
  std::vector<Layers> layers;
  double weights() const {
    double sum = 0;
    for (const Layers &l : layers) sum += static_cast<double>(l.count * l.neurons * l.fan_in);
    return sum;
  }
};

inline std::vector<Net> cuda_nets() {
  return {{"MLP, 5 layers of 784 x 784", {{5, 784, 784}}},
          {"VGG-11 (CIFAR)",
           {{1, 64, 27},
            {1, 128, 576},
            {1, 256, 1152},
            {1, 256, 2304},
            {1, 512, 2304},
            {3, 512, 4608},
            {1, 4096, 512},
            {1, 4096, 4096},
            {1, 10, 4096}}},
          {"ResNet-18 (CIFAR)",
           {{1, 64, 27},
            {4, 64, 576},
            {1, 128, 576},
            {3, 128, 1152},
            {1, 128, 64},
            {1, 256, 1152},
            {3, 256, 2304},
            {1, 256, 128},
            {1, 512, 2304},
            {3, 512, 4608},
            {1, 512, 256},
            {1, 10, 512}}},
          {"GPT-2 small",
           {{1, 50257, 768}, {1, 1024, 768}, {12, 2304, 768}, {12, 768, 768}, {12, 3072, 768}, {12, 768, 3072}}},
          {"one layer of 4096 x 4096", {{1, 4096, 4096}}}};
}
