// The model of the other tests in a CUDA device's memory.
#pragma once

#include "cuda_shapes.h"
#include "model.h"

inline nero_context *make_cuda_context(nero_error *error = nullptr) {
  nero_context_options options{};
  options.struct_size = sizeof options;
  options.device_kind = NERO_DEVICE_CUDA;
  nero_context *context = nullptr;
  return nero_context_create(&options, &context, error) == NERO_OK ? context : nullptr;
}

struct CudaModel {
  nero_context *context;
  Model host;  ///< as it was at the start
  std::vector<nero_parameter> parameters;
  std::vector<void *> blocks;

  /// offset: floats between an aligned address and weights. Gradients lie twice as far, so that a row's two addresses
  /// are not aligned together.
  CudaModel(nero_context *on, nero_layout layout, int64_t offset = 0, unsigned seed = 1)
      : context(on), host(layout, seed), parameters(host.parameters) {
    for (size_t i = 0; i < parameters.size(); i++) {
      parameters[i].weights = place(host.weights[i], offset);
      parameters[i].gradients = place(host.gradients[i], 2 * offset);
    }
    Shapes::of_this_process().add(parameters);
  }
  CudaModel(const CudaModel &) = delete;
  CudaModel &operator=(const CudaModel &) = delete;
  ~CudaModel() {
    for (void *block : blocks) nero_memory_free(context, block, nullptr);
  }

  void put_gradients(const Model &from) {
    for (size_t i = 0; i < parameters.size(); i++) {
      copy(const_cast<float *>(parameters[i].gradients), from.gradients[i].data(), from.gradients[i].size() * 4,
           NERO_COPY_HOST_TO_DEVICE);
    }
  }

  Tensors weights() const {
    Tensors all;
    for (size_t i = 0; i < parameters.size(); i++) {
      std::vector<float> w(host.weights[i].size());
      copy(w.data(), parameters[i].weights, w.size() * 4, NERO_COPY_DEVICE_TO_HOST);
      all.push_back(w);
    }
    return all;
  }

  void copy(void *to, const void *from, size_t bytes, nero_copy_direction direction) const {
    if (bytes > 0) nero_memory_copy(context, to, from, bytes, direction, nullptr);
  }

 private:
  float *place(const std::vector<float> &values, int64_t offset) {
    if (values.empty()) return nullptr;
    void *block = nullptr;
    if (nero_memory_allocate(context, (values.size() + static_cast<size_t>(offset)) * 4, &block, nullptr) != NERO_OK) {
      return nullptr;
    }
    blocks.push_back(block);
    float *const at = static_cast<float *>(block) + offset;
    copy(at, values.data(), values.size() * 4, NERO_COPY_HOST_TO_DEVICE);
    return at;
  }
};
