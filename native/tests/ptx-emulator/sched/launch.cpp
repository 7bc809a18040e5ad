#include "sched/launch.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <thread>

#include "core/settings.h"

namespace ptxemu {

namespace {

constexpr u32 kMostThreads = 1024;
constexpr u64 kWorthATeam = 2048;  // threads of a launch

class Run {
 public:
  explicit Run(const Launch &launch) : launch_(launch) { blocks_ = u64{launch.grid.x} * launch.grid.y * launch.grid.z; }

  /// Blocks one after another, on as many host threads as they are independent for.
  void in_order() {
    const bool independent = !launch_.function->orders_blocks && launch_.seed == 0;
    const u64 team = independent && blocks_ * launch_.threads() >= kWorthATeam
                         ? std::min<u64>(static_cast<u64>(std::max(settings().threads, 1)), blocks_)
                         : 1;
    std::vector<std::thread> helpers;
    for (u64 t = 1; t < team; t++) helpers.emplace_back([this] { work(); });
    work();
    for (std::thread &t : helpers) t.join();
  }

  /// All blocks at once, in turns.
  void together() {
    std::vector<std::unique_ptr<Block>> all;
    for (u64 n = 0; n < blocks_; n++) {
      all.push_back(std::make_unique<Block>(launch_));
      all.back()->reset(n);
    }
    u64 at = 0;
    try {
      for (u64 alive = blocks_; alive > 0;) {
        alive = 0;
        for (at = 0; at < all.size(); at++) alive += all[at]->step() ? 1 : 0;
      }
    } catch (const Fault &fault) {
      record(at, fault);
    }
    for (const auto &b : all) add(b->counters);
  }

  LaunchResult result;
  Counters counters;

 private:
  void work() {
    Block block(launch_);
    for (;;) {
      const u64 n = next_++;
      if (n >= blocks_ || n > first_fault_) break;
      try {
        block.reset(n);
        while (block.step()) {
        }
      } catch (const Fault &fault) {
        record(n, fault);
      }
    }
    add(block.counters);
  }

  void add(const Counters &c) {
    const std::lock_guard lock(mutex_);
    counters.add(c);
  }

  void record(u64 block, const Fault &fault) {
    const std::lock_guard lock(mutex_);
    counters.faults = 1;
    if (block >= first_fault_) return;
    first_fault_ = block;
    result = {fault.code, fault.what()};
  }

  const Launch &launch_;
  u64 blocks_;
  std::atomic<u64> next_{0};
  std::atomic<u64> first_fault_{~u64{0}};
  std::mutex mutex_;
};

}  // namespace

int check_launch(const Function &f, const Dim3 &grid, const Dim3 &block, u64 dynamic_shared) {
  const u64 threads = u64{block.x} * block.y * block.z;
  const bool wrong_block = !threads || threads > kMostThreads || block.x > 1024 || block.y > 1024 || block.z > 64 ||
                           (f.max_threads && threads > f.max_threads);
  const bool wrong_grid = !grid.x || !grid.y || !grid.z || grid.x > 0x7fffffff || grid.y > 65535 || grid.z > 65535;
  if (wrong_block || wrong_grid) return kInvalidConfiguration;
  return dynamic_shared + f.shared_end > f.shared_limit ? kInvalidValue : kSuccess;
}

LaunchResult run_launch(Launch launch, bool cooperative) {
  launch.seed = settings().seed;
  launch.quantum = settings().quantum;
  launch.regions = DeviceMemory::instance().snapshot();
  launch.windows = DeviceMemory::instance().base();
  if (settings().trace) {
    std::fprintf(stderr, "ptxemu: %s <<<(%u,%u,%u), (%u,%u,%u), %u>>>\n", launch.function->name.c_str(), launch.grid.x,
                 launch.grid.y, launch.grid.z, launch.block.x, launch.block.y, launch.block.z, launch.dynamic_shared);
  }
  Run run(launch);
  if (cooperative || settings().concurrent) {
    run.together();
  } else {
    run.in_order();
  }
  run.counters.launches = 1;
  Report::instance().add(launch.function->name, run.counters);
  if (run.result.code != kSuccess && !settings().quiet) {
    std::fprintf(stderr, "ptxemu: %s\n", run.result.text.c_str());
  }
  return run.result;
}

}  // namespace ptxemu
