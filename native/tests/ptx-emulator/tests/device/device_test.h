// What the tests that nvcc builds share. They run on the emulator's libcudart, and would on a device's.
#pragma once

#include <cuda_runtime.h>

#include <vector>

#include "../../../check.h"

inline void succeeds(cudaError_t e, const char *what, int line) {
  if (e == cudaSuccess) return;
  nero_failures++;
  fprintf(stderr, "line %d: %s: %s\n", line, what, cudaGetErrorString(e));
}
#define OK(call) succeeds((call), #call, __LINE__)

/// A device's copy of some values.
template <class T>
class OnDevice {
 public:
  explicit OnDevice(const std::vector<T> &values) : count_(values.size()) {
    OK(cudaMalloc(&data_, count_ * sizeof(T)));
    OK(cudaMemcpy(data_, values.data(), count_ * sizeof(T), cudaMemcpyHostToDevice));
  }
  ~OnDevice() { cudaFree(data_); }
  OnDevice(const OnDevice &) = delete;
  OnDevice &operator=(const OnDevice &) = delete;

  T *data() const { return data_; }
  std::vector<T> values() const {
    std::vector<T> v(count_);
    OK(cudaMemcpy(v.data(), data_, count_ * sizeof(T), cudaMemcpyDeviceToHost));
    return v;
  }

 private:
  size_t count_;
  T *data_ = nullptr;
};
