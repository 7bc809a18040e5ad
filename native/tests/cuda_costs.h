// What a step of each optimiser costs on CUDA: cuda_count_test holds the kernels to it, cuda_roofline predicts from it.
#pragma once

struct CudaCost {
  const char *name;
  int launches;
  int asked;   ///< bytes a weight of aligned rows that threads ask for, 16 at once
  int memory;  ///< of these, from and to memory: a gradient that is looked at and then used comes from the cache the
               ///< second time
};

constexpr CudaCost kCudaCosts[] = {{"Nero", 1, 12, 12},          {"SGD", 1, 16, 12},     {"SGD, momentum", 1, 24, 20},
                                   {"Adam, AdamW", 1, 32, 28},   {"Madam", 1, 24, 20},   {"LAMB", 2, 52, 44},
                                   {"LAMB, clipped", 3, 60, 48}, {"Fromage", 2, 28, 20}, {"LARS", 2, 36, 28}};
