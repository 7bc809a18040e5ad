// The state of a launch under way: blocks, warps, frames. The scheduler moves it, the instructions change it.
#pragma once

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "core/counters.h"
#include "core/device_memory.h"
#include "core/fault.h"
#include "core/program.h"
#include "core/shared_shadow.h"

namespace ptxemu {

struct Dim3 {
  u32 x = 1, y = 1, z = 1;
};

/// What all blocks of a launch have in common.
struct Launch {
  const Function *function = nullptr;
  Dim3 grid, block;
  u32 dynamic_shared = 0;
  std::vector<u8> parameters;
  u64 workspace = 0;  ///< of a cooperative launch: what the device library's grid barrier counts in
  u32 seed = 0;
  u64 quantum = 0;
  std::shared_ptr<const Regions> regions;
  u64 windows = 0;  ///< where the generic windows begin

  u32 threads() const { return block.x * block.y * block.z; }
};

class Block;
class Warp;

/// Lanes of one warp inside one call of a function.
struct Frame {
  const Function *function = nullptr;
  Frame *parent = nullptr;
  u32 call_pc = 0;  ///< the caller's instruction
  u32 lanes = 0;    ///< that are inside, here or further down
  u32 depth = 0;
  u32 local_base = 0;
  std::vector<u8> registers;
  std::vector<u8> parameters;  ///< lane after lane

  u8 *lane_parameters(int lane) { return parameters.data() + static_cast<u64>(lane) * function->frame_parameter_bytes; }
};

/// What an instruction sees: where its slots are, and whom it serves.
class Exec {
 public:
  template <class T>
  T *slot(Slot s) const {
    return reinterpret_cast<T *>(banks[s >> kBankShift] + (s & kSlotOffset));
  }
  /// A predicate of all lanes at once.
  u32 predicate(Slot s) const {
    const u32 bits = *slot<u32>(s);
    return s & kNegated ? ~bits : bits;
  }
  void set_predicate(Slot s, u32 bits, u32 lanes) const {
    u32 *p = slot<u32>(s);
    *p = (*p & ~lanes) | (bits & lanes);
  }

  u8 *banks[3] = {};
  Block *block = nullptr;
  Warp *warp = nullptr;
  Frame *frame = nullptr;
};

/// What a lane waits for.
struct Waiting {
  u32 member_mask = 0;  ///< warp operations
  u32 barrier = 0;      ///< block barriers: which, for how many, and what the thread votes
  u32 barrier_count = 0;
  bool vote = false;
};

class Warp {
 public:
  Warp(Block *block, u32 index);

  /// All threads at the first instruction.
  void start();
  /// Runs groups of lanes until none can move or the quantum is spent. True when any moved.
  bool run(u64 quantum);
  /// Lets lanes go that wait at a block barrier.
  void pass_barrier(u32 lanes, u32 votes, u32 arrived);
  std::string where(int lane) const;
  std::string waiting_at(int lane) const;

  u32 index = 0;
  u32 live = 0;     ///< has not exited
  u32 running = 0;  ///< waits for nothing
  u32 at_barrier = 0;
  u32 at_warp = 0;  ///< waits for other lanes
  u32 carry = 0;    ///< condition code of each lane
  u32 pc[kLanes] = {};
  Frame *frames[kLanes] = {};
  Waiting waiting[kLanes] = {};
  std::vector<u8> local;
  u32 local_stride = 0;

 private:
  struct Group {
    Frame *frame;
    u32 pc;
    u32 lanes;
    u32 limit;  ///< where lanes that are ahead wait to be joined
  };

  Group pick();
  /// Runs one group until it ends, splits, waits or meets others. Returns the instructions done.
  u64 run_group(Group g, u64 budget);
  void turn(const Group &g, const Instruction &i, u32 active, u32 at);
  bool together(const Instruction &i, u32 group, u32 active, u32 at);
  void set_pc(u32 lanes, u32 to);
  void bind(Frame *frame);
  void enter(Frame *frame, u32 lanes, u32 at);
  void leave(Frame *frame, u32 lanes);
  Frame *make_frame(const Function *f, Frame *parent, u32 call_pc, u32 lanes);
  void drop_frame(Frame *frame);
  void exit_lanes(Frame *frame, u32 lanes);
  bool release_warp_operations();
  [[noreturn]] void fail(const Fault &fault, const Frame *frame, u32 at, u32 lanes) const;
  void fill_specials();

  Block *block_;
  Exec exec_;
  bool rotate_ = false;  ///< the last group used up its turn: let chance find another
  std::vector<u8> specials_;
  std::vector<std::unique_ptr<Frame>> in_use_, spare_;
};

class Block {
 public:
  explicit Block(const Launch &launch);

  /// Makes it the grid's block of this number; what it held is forgotten.
  void reset(u64 number);
  /// One turn for every warp. False when all threads have exited.
  bool step();
  /// The emulator's view of a global address, or a fault of that lane.
  u8 *global(u64 address, u32 bytes, bool write, int lane) {
    if (address - cached_.begin < cached_.bytes && address + bytes <= cached_.end()) {
      return cached_.host + (address - cached_.begin);
    }
    return look_up(address, bytes, write, lane);
  }
  /// The same without a fault: null where the range is not the last one's region.
  u8 *global_or_null(u64 address, u32 bytes) {
    return address - cached_.begin < cached_.bytes && address + bytes <= cached_.end()
               ? cached_.host + (address - cached_.begin)
               : nullptr;
  }
  std::string coordinates() const;

  const Launch &launch;
  Dim3 at;
  u64 number = 0;
  std::vector<u8> shared;
  u64 shared_bytes = 0;
  SharedShadow shadow;
  bool watch_races = false;
  Counters counters;
  std::mt19937 random;

 private:
  u8 *look_up(u64 address, u32 bytes, bool write, int lane);
  bool release_barriers();
  [[noreturn]] void deadlock() const;

  std::vector<std::unique_ptr<Warp>> warps_;
  std::vector<u32> order_;
  Region cached_;
  u64 limit_ = 0;  ///< of counters.instructions
};

}  // namespace ptxemu
