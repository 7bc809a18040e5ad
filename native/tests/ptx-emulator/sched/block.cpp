// A block: its warps in turn, its barriers, its shared memory.
#include <algorithm>

#include "core/execution.h"
#include "core/settings.h"

namespace ptxemu {

namespace {

constexpr u8 kUnwritten = 0xff;
constexpr u32 kBarriers = 16;

}  // namespace

Block::Block(const Launch &l) : launch(l) {
  const Function &f = *l.function;
  shared_bytes = l.dynamic_shared ? round_up(f.shared_end, f.dynamic_align) + l.dynamic_shared : f.shared_end;
  watch_races = settings().races && shared_bytes > 0;
  const u32 warps = (l.threads() + kLanes - 1) / kLanes;
  for (u32 w = 0; w < warps; w++) {
    warps_.push_back(std::make_unique<Warp>(this, w));
    order_.push_back(w);
  }
}

void Block::reset(u64 block_number) {
  number = block_number;
  at = {static_cast<u32>(number % launch.grid.x), static_cast<u32>(number / launch.grid.x % launch.grid.y),
        static_cast<u32>(number / launch.grid.x / launch.grid.y)};
  random.seed(launch.seed + static_cast<u32>(number) * 7919);
  shared.assign(shared_bytes, kUnwritten);
  if (watch_races) shadow.reset(shared_bytes);
  for (u32 w = 0; w < order_.size(); w++) order_[w] = w;
  for (auto &w : warps_) w->start();
  counters.blocks++;
  counters.threads += launch.threads();
  limit_ = counters.instructions + settings().instruction_limit;
}

std::string Block::coordinates() const {
  return "(" + std::to_string(at.x) + "," + std::to_string(at.y) + "," + std::to_string(at.z) + ")";
}

bool Block::step() {
  if (counters.instructions > limit_) {
    throw Fault(kLaunchTimeout, -1,
                "instruction limit PTXEMU_MAXINST reached in kernel " + launch.function->name + ", block " +
                    coordinates() + ": an endless loop?");
  }
  if (launch.seed) std::shuffle(order_.begin(), order_.end(), random);
  bool moved = false;
  for (const u32 w : order_) moved = warps_[w]->run(launch.quantum) || moved;
  moved = release_barriers() || moved;
  const bool alive = std::any_of(warps_.begin(), warps_.end(), [](const auto &w) { return w->live != 0; });
  if (alive && !moved) deadlock();
  return alive;
}

bool Block::release_barriers() {
  u32 arrived[kBarriers] = {}, votes[kBarriers] = {}, wanted[kBarriers] = {};
  u32 live = 0;
  for (const auto &w : warps_) {
    live += static_cast<u32>(__builtin_popcount(w->live));
    for (u32 rest = w->at_barrier; rest; rest &= rest - 1) {
      const Waiting &lane = w->waiting[__builtin_ctz(rest)];
      const u32 id = lane.barrier % kBarriers;
      arrived[id]++;
      votes[id] += lane.vote;
      wanted[id] = std::max(wanted[id], lane.barrier_count);
    }
  }
  bool any = false;
  for (u32 id = 0; id < kBarriers; id++) {
    if (!arrived[id] || arrived[id] < (wanted[id] ? wanted[id] : live)) continue;
    any = true;
    counters.barriers++;
    // Some threads' meeting orders more than it should here: then a race may be missed, but none is invented.
    shadow.next_interval();
    for (auto &w : warps_) {
      u32 lanes = 0;
      for (u32 rest = w->at_barrier; rest; rest &= rest - 1) {
        const int l = __builtin_ctz(rest);
        if (w->waiting[l].barrier % kBarriers == id) lanes |= u32{1} << l;
      }
      if (lanes) w->pass_barrier(lanes, votes[id], arrived[id]);
    }
  }
  return any;
}

void Block::deadlock() const {
  std::string text = "deadlock in kernel " + launch.function->name + ", block " + coordinates() +
                     ": threads wait for others that do not come:";
  int named = 0;
  for (const auto &w : warps_) {
    for (u32 rest = w->live; rest && named < 4; rest &= rest - 1, named++) {
      const int l = __builtin_ctz(rest);
      text += " thread " + std::to_string(w->index * kLanes + static_cast<u32>(l)) + " at " + w->waiting_at(l) + ";";
    }
  }
  throw Fault(kLaunchFailure, -1, text);
}

u8 *Block::look_up(u64 address, u32 bytes, bool write, int lane) {
  const Regions &all = *launch.regions;
  const auto after =
      std::upper_bound(all.begin(), all.end(), address, [](u64 a, const Region &r) { return a < r.begin; });
  if (after != all.begin()) {
    const Region &r = *std::prev(after);
    if (address + bytes <= r.end()) {
      cached_ = r;
      return r.host + (address - r.begin);
    }
  }
  char text[128];
  std::snprintf(text, sizeof text, "%s of %u bytes at 0x%llx outside every device allocation", write ? "store" : "load",
                bytes, static_cast<unsigned long long>(address));
  std::string nearest;
  if (after != all.begin()) {
    const Region &r = *std::prev(after);
    if (address - r.begin < r.bytes + 65536) {
      nearest = " (" + std::to_string(address - r.begin) + " bytes into one of " + std::to_string(r.bytes) + ")";
    }
  }
  throw Fault(kIllegalAddress, lane, text + nearest);
}

}  // namespace ptxemu
