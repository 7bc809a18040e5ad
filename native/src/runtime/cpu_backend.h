// The host as a device: a SIMD level's kernels and a team of threads.
#pragma once

#include "cpu/kernels.h"
#include "cpu/team.h"
#include "runtime/backend.h"
#include "runtime/memory.h"

namespace nero {

class CpuBackend final : public Backend {
 public:
  CpuBackend(const Kernels &kernels, int threads);

  const Kernels &kernels() const { return kernels_; }
  Team &team() { return team_; }

  nero_device_kind kind() const override { return NERO_DEVICE_CPU; }
  void *allocate(uint64_t bytes) override { return memory_.allocate(bytes); }
  void free(void *address) override { memory_.free(address); }
  void *allocate_host(uint64_t bytes) override { return memory_.allocate(bytes); }
  void free_host(void *address) override { memory_.free(address); }
  void check(const char *name, const void *address, uint64_t bytes) const override {
    memory_.blocks().check(name, address, bytes);
  }
  void require_reachable(const char *, const char *, int64_t, const void *) const override {}
  void copy(void *to, const void *from, uint64_t bytes, nero_copy_direction direction, bool wait) override;
  void fill(float *address, uint64_t count, float value) override;
  void synchronize() override {}  // a call returns when its work is done
  std::unique_ptr<Event> event() override;
  void wait_for(Event &event) override { event.synchronize(); }
  void wait_for_stream(void *stream) override;
  int64_t first_degenerate(const Slot &slot, uint8_t *flags) override;
  void project(const Slot &slot, double epsilon) override;
  Norms measure(const Slot &slot) override;
  std::unique_ptr<Resident> resident(const Algorithm &, const nero_optimizer_options &, std::vector<Slot> &) override {
    return nullptr;
  }

 private:
  const Kernels &kernels_;
  Team team_;
  Memory memory_;
};

}  // namespace nero
