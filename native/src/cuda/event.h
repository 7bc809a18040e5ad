// A CUDA event on a backend's stream.
#pragma once

#include <atomic>

#include "cuda/backend.h"
#include "runtime/event.h"

namespace nero {
namespace cuda {

class CudaEvent final : public Event {
 public:
  /// Outlived by its backend.
  explicit CudaEvent(CudaBackend &backend);
  ~CudaEvent() override;
  CudaEvent(const CudaEvent &) = delete;
  CudaEvent &operator=(const CudaEvent &) = delete;

  cudaEvent_t handle() const { return event_; }
  void record() override;
  bool recorded() const override { return recorded_; }
  void synchronize() override;
  double since(Event &from) override;

 private:
  CudaBackend &backend_;
  cudaEvent_t event_ = nullptr;
  std::atomic<bool> recorded_{false};
};

}  // namespace cuda
}  // namespace nero
