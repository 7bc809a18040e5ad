// A CUDA device and a stream of it.
#pragma once

#include <cuda_runtime_api.h>

#include "cuda/launch.h"
#include "runtime/backend.h"
#include "runtime/memory.h"

namespace nero {
namespace cuda {

class CudaBackend final : public Backend {
 public:
  CudaBackend(int index, void *stream);
  ~CudaBackend() override;
  CudaBackend(const CudaBackend &) = delete;
  CudaBackend &operator=(const CudaBackend &) = delete;

  int index() const { return index_; }
  cudaStream_t stream() const { return stream_; }

  nero_device_kind kind() const override { return NERO_DEVICE_CUDA; }
  void *allocate(uint64_t bytes) override;
  void free(void *address) override;
  void *allocate_host(uint64_t bytes) override;
  void free_host(void *address) override;
  void check(const char *name, const void *address, uint64_t bytes) const override;
  void require_reachable(const char *what, const char *name, int64_t parameter, const void *address) const override;
  void copy(void *to, const void *from, uint64_t bytes, nero_copy_direction direction, bool wait) override;
  void fill(float *address, uint64_t count, float value) override;
  void synchronize() override;
  std::unique_ptr<Event> event() override;
  void wait_for(Event &event) override;
  void wait_for_stream(void *stream) override;
  int64_t first_degenerate(const Slot &slot, uint8_t *flags) override;
  void project(const Slot &slot, double epsilon) override;
  Norms measure(const Slot &slot) override;
  std::unique_ptr<Resident> resident(const Algorithm &algorithm, const nero_optimizer_options &options,
                                     std::vector<Slot> &slots) override;

 private:
  void release(void *address);

  int index_;
  cudaStream_t stream_ = nullptr;
  bool owns_stream_;
  bool ordered_ = false;  // the device allocates in the stream's order
  Blocks blocks_;
  Blocks host_blocks_;
};

/// Zeroed device memory for as long as a piece of work takes.
class Scratch {
 public:
  Scratch(CudaBackend &backend, uint64_t bytes) : backend_(backend), address_(backend.allocate(bytes)) {}
  ~Scratch();
  Scratch(const Scratch &) = delete;
  Scratch &operator=(const Scratch &) = delete;

  template <class T>
  T *as() const {
    return static_cast<T *>(address_);
  }

 private:
  CudaBackend &backend_;
  void *address_;
};

}  // namespace cuda
}  // namespace nero
