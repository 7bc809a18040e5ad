// An optimiser's table in a CUDA device's memory.
#pragma once

#include <vector>

#include "cuda/backend.h"
#include "cuda/program.h"

namespace nero {
namespace cuda {

class ResidentTable final : public Resident {
 public:
  ResidentTable(CudaBackend &backend, const Algorithm &algorithm, const nero_optimizer_options &options,
                std::vector<Slot> &slots);
  ~ResidentTable() override;
  ResidentTable(const ResidentTable &) = delete;
  ResidentTable &operator=(const ResidentTable &) = delete;

  void step(const Terms &terms) override;
  std::unique_ptr<Recording> record() override;
  void report(nero_step_report &report) override;
  void refresh() override;
  ResidentNumbers numbers(size_t slot) override;

  /// Queues the terms of the steps that read them from the table.
  void set_terms(const Terms &terms);

 private:
  void deal();
  void allocate();
  void upload_numbers();
  void upload_tensors();
  void queue(const Terms *terms, cudaStream_t stream);

  CudaBackend &backend_;
  std::vector<Slot> &slots_;
  std::vector<Tile> tiles_;
  std::vector<DeviceTensor> tensors_;
  void *memory_ = nullptr;  // everything but the flags
  void *exempt_ = nullptr;  // flags of all slots, or null
  Program program_{};
  bool inspects_ = false;
  bool balances_long_rows_ = false;
};

}  // namespace cuda
}  // namespace nero
