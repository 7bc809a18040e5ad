#include "runtime/cpu_backend.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>

#include "runtime/failure.h"
#include "runtime/plan.h"

namespace nero {

namespace {

Tensor whole(const Slot &slot) {
  return {slot.parameter.layout,
          slot.constraint,
          NERO_NON_FINITE_PROPAGATE,
          slot.parameter.neurons,
          slot.parameter.fan_in,
          slot.parameter.weights,
          slot.parameter.gradients,
          slot.exempt.empty() ? nullptr : slot.exempt.data(),
          true};
}

/// task(range, index) for each of the slot's ranges.
template <class Task>
void each_range(Team &team, const Slot &slot, const Task &task) {
  struct Deal {
    const Task *task;
    Cut cut;
    int64_t neurons;
  } deal{&task, cut(slot.parameter), slot.parameter.neurons};
  const auto some = [](void *argument, int64_t from, int64_t to) {
    const Deal &d = *static_cast<const Deal *>(argument);
    for (int64_t i = from; i < to; i++) (*d.task)(d.cut.range(i, d.neurons), i);
  };
  if (slot.parameter.elements <= kSmallModel) {
    some(&deal, 0, deal.cut.ranges);
  } else {
    team.run(deal.cut.ranges, some, &deal, team.threads());
  }
}

/// Reached as it is recorded: the moment is all there is to it.
class Moment final : public Event {
 public:
  void record() override { at_ = std::chrono::steady_clock::now().time_since_epoch().count(); }
  bool recorded() const override { return at_ != kNever; }
  void synchronize() override {}
  double since(Event &from) override {
    const auto *const first = dynamic_cast<Moment *>(&from);
    if (first == nullptr) {
      throw Failure(NERO_ERROR_DEVICE, "the two events are of different devices, which have no clock in common");
    }
    using Clock = std::chrono::steady_clock;
    return std::chrono::duration<double, std::milli>(Clock::duration(at_ - first->at_)).count();
  }

 private:
  static constexpr int64_t kNever = INT64_MIN;
  std::atomic<int64_t> at_{kNever};
};

}  // namespace

std::unique_ptr<Event> CpuBackend::event() { return std::make_unique<Moment>(); }

void CpuBackend::wait_for_stream(void *stream) {
  if (stream == nullptr) return;
  throw Failure(NERO_ERROR_ARGUMENT, "a stream was given, but the CPU has none: it must be NULL");
}

CpuBackend::CpuBackend(const Kernels &kernels, int threads) : kernels_(kernels), team_(threads) {}

void CpuBackend::copy(void *to, const void *from, uint64_t bytes, nero_copy_direction, bool) {
  std::memcpy(to, from, bytes);
}

void CpuBackend::fill(float *address, uint64_t count, float value) { std::fill_n(address, count, value); }

int64_t CpuBackend::first_degenerate(const Slot &slot, uint8_t *flags) {
  const Tensor tensor = whole(slot);
  int64_t firsts[kMostRanges];
  each_range(team_, slot,
             [&](Range range, int64_t index) { firsts[index] = kernels_.find_degenerate(tensor, range, flags); });
  int64_t *const end = firsts + cut(slot.parameter).ranges;
  int64_t *const found = std::find_if(firsts, end, [](int64_t first) { return first >= 0; });
  return found == end ? -1 : *found;
}

void CpuBackend::project(const Slot &slot, double epsilon) {
  const Tensor tensor = whole(slot);
  each_range(team_, slot, [&](Range range, int64_t) { kernels_.project(tensor, epsilon, range); });
}

Norms CpuBackend::measure(const Slot &slot) {
  const Tensor tensor = whole(slot);
  // On the stack: an optimiser under construction has moved weights by now and must not fail any more.
  Norms parts[kMostRanges];
  each_range(team_, slot, [&](Range range, int64_t index) {
    kernels_.measure(tensor, range, parts[index].sum, parts[index].squares);
  });
  Norms total;
  for (int64_t i = 0; i < cut(slot.parameter).ranges; i++) {
    total.sum += parts[i].sum;
    total.squares += parts[i].squares;
  }
  return total;
}

}  // namespace nero
