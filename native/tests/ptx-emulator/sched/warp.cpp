// A warp: which lanes go next, and what becomes of them. Lanes at one instruction of one call run as a group; the group
// that is furthest behind goes first, so that lanes which went apart come together again.
#include <algorithm>
#include <cstring>

#include "core/execution.h"
#include "core/settings.h"
#include "sched/device_calls.h"

namespace ptxemu {

namespace {

constexpr u32 kDeepest = 256;
constexpr u32 kStackBytes = 16384;  // of a lane, for the frames of called functions
constexpr u32 kNoLimit = ~u32{0};
constexpr u8 kUnwritten = 0xff;  // NaN, if it is read as a float

template <class F>
void for_lanes(u32 lanes, F &&f) {
  for (u32 rest = lanes; rest; rest &= rest - 1) f(__builtin_ctz(rest));
}

}  // namespace

Warp::Warp(Block *block, u32 warp_index) : index(warp_index), block_(block) {
  const Function &f = *block->launch.function;
  local_stride = f.local_bytes + (f.has_calls ? kStackBytes : 0);
  local.resize(static_cast<u64>(local_stride) * kLanes);
  specials_.resize(kSpecialBytes);
  exec_.block = block;
  exec_.warp = this;
  exec_.banks[static_cast<int>(Bank::Special)] = specials_.data();
}

void Warp::fill_specials() {
  const Launch &l = block_->launch;
  const auto all = [this](Special s, u32 v) {
    u32 *p = reinterpret_cast<u32 *>(specials_.data()) + static_cast<u32>(s) * kLanes;
    std::fill(p, p + kLanes, v);
  };
  const u32 total = static_cast<u32>(block_->shared_bytes);
  const std::pair<Special, u32> uniform[] = {{Special::NtidX, l.block.x},
                                             {Special::NtidY, l.block.y},
                                             {Special::NtidZ, l.block.z},
                                             {Special::CtaidX, block_->at.x},
                                             {Special::CtaidY, block_->at.y},
                                             {Special::CtaidZ, block_->at.z},
                                             {Special::NctaidX, l.grid.x},
                                             {Special::NctaidY, l.grid.y},
                                             {Special::NctaidZ, l.grid.z},
                                             {Special::Warp, index},
                                             {Special::Warps, (l.threads() + kLanes - 1) / kLanes},
                                             {Special::Sm, 0},
                                             {Special::Sms, 1},
                                             {Special::DynamicShared, l.dynamic_shared},
                                             {Special::TotalShared, total},
                                             {Special::WarpSize, kLanes},
                                             {Special::Env1, static_cast<u32>(l.workspace >> 32)},
                                             {Special::Env2, static_cast<u32>(l.workspace)}};
  for (const auto &[s, v] : uniform) all(s, v);
  const auto each = [this](Special s) {
    return reinterpret_cast<u32 *>(specials_.data()) + static_cast<u32>(s) * kLanes;
  };
  for (u32 lane = 0; lane < kLanes; lane++) {
    const u32 thread = index * kLanes + lane;
    each(Special::TidX)[lane] = thread % l.block.x;
    each(Special::TidY)[lane] = thread / l.block.x % l.block.y;
    each(Special::TidZ)[lane] = thread / (l.block.x * l.block.y);
    each(Special::Lane)[lane] = lane;
    const u32 self = u32{1} << lane;
    each(Special::MaskEq)[lane] = self;
    each(Special::MaskLt)[lane] = self - 1;
    each(Special::MaskLe)[lane] = self | (self - 1);
    each(Special::MaskGt)[lane] = ~(self | (self - 1));
    each(Special::MaskGe)[lane] = ~(self - 1);
  }
}

Frame *Warp::make_frame(const Function *f, Frame *parent, u32 call_pc, u32 lanes) {
  std::unique_ptr<Frame> frame;
  if (spare_.empty()) {
    frame = std::make_unique<Frame>();
  } else {
    frame = std::move(spare_.back());
    spare_.pop_back();
  }
  frame->function = f;
  frame->parent = parent;
  frame->call_pc = call_pc;
  frame->lanes = lanes;
  frame->depth = parent ? parent->depth + 1 : 0;
  frame->local_base = parent ? parent->local_base + parent->function->local_bytes : 0;
  const int first = lanes ? __builtin_ctz(lanes) : 0;
  if (frame->depth > kDeepest || frame->local_base + f->local_bytes > local_stride) {
    throw Fault(kLaunchFailure, first, "stack overflow in the call of " + f->name);
  }
  frame->registers.assign(f->register_bytes, kUnwritten);
  frame->parameters.assign(static_cast<u64>(f->frame_parameter_bytes) * kLanes, kUnwritten);
  // The first slot of every frame: where its local variables begin.
  std::fill_n(reinterpret_cast<u64 *>(frame->registers.data()), kLanes, u64{frame->local_base});
  in_use_.push_back(std::move(frame));
  return in_use_.back().get();
}

void Warp::drop_frame(Frame *frame) {
  const auto it = std::find_if(in_use_.begin(), in_use_.end(), [frame](const auto &f) { return f.get() == frame; });
  spare_.push_back(std::move(*it));
  in_use_.erase(it);
}

void Warp::start() {
  while (!in_use_.empty()) drop_frame(in_use_.back().get());
  const u32 threads = std::min<u32>(kLanes, block_->launch.threads() - index * kLanes);
  live = running = threads == kLanes ? kAllLanes : (u32{1} << threads) - 1;
  at_barrier = at_warp = carry = 0;
  fill_specials();
  Frame *frame = make_frame(block_->launch.function, nullptr, 0, live);
  for (int l = 0; l < kLanes; l++) {
    if (local_stride)
      std::memset(local.data() + static_cast<u64>(l) * local_stride, kUnwritten, frame->function->local_bytes);
    pc[l] = 0;
    frames[l] = frame;
  }
}

std::string Warp::where(int lane) const {
  const Launch &l = block_->launch;
  const u32 thread = index * kLanes + static_cast<u32>(std::max(lane, 0));
  const auto part = [](u32 v) { return std::to_string(v); };
  return "kernel " + l.function->name + ", block " + block_->coordinates() + ", thread (" + part(thread % l.block.x) +
         "," + part(thread / l.block.x % l.block.y) + "," + part(thread / (l.block.x * l.block.y)) + ")";
}

std::string Warp::waiting_at(int lane) const { return frames[lane]->function->texts[pc[lane]]; }

void Warp::fail(const Fault &fault, const Frame *frame, u32 at, u32 lanes) const {
  const int lane = fault.lane >= 0 ? fault.lane : lanes ? __builtin_ctz(lanes) : 0;
  throw Fault(fault.code, lane, std::string(fault.what()) + " [" + where(lane) + "] at: " + frame->function->texts[at]);
}

Warp::Group Warp::pick() {
  const bool random = block_->launch.seed != 0;
  int first = -1;
  if (random || rotate_) {
    u32 nth = static_cast<u32>(block_->random()) % static_cast<u32>(__builtin_popcount(running));
    u32 rest = running;
    while (nth--) rest &= rest - 1;
    first = __builtin_ctz(rest);
    rotate_ = false;
  } else {
    for_lanes(running, [&](int l) {
      const bool better = first < 0 || frames[l]->depth > frames[first]->depth ||
                          (frames[l]->depth == frames[first]->depth && pc[l] < pc[first]);
      if (better) first = l;
    });
  }
  Group g{frames[first], pc[first], 0, kNoLimit};
  for_lanes(running, [&](int l) {
    if (frames[l] != g.frame) return;
    if (pc[l] == g.pc) g.lanes |= u32{1} << l;
    if (pc[l] > g.pc) g.limit = std::min(g.limit, pc[l]);
  });
  // Threads of a warp need not stay together: some orders leave a part behind.
  if (random && block_->random() % 4 == 0) {
    g.lanes &= static_cast<u32>(block_->random()) | u32{1} << first;
    g.limit = kNoLimit;
  }
  return g;
}

bool Warp::run(u64 quantum) {
  bool moved = false;
  u64 left = block_->launch.seed ? 1 + block_->random() % quantum : quantum;
  for (;;) {
    while (running) {
      moved = true;
      const u64 done = run_group(pick(), left);
      if (done >= left) {
        // Those who spin may wait for lanes that a warp operation is ready to let go.
        release_warp_operations();
        rotate_ = true;
        return true;
      }
      left -= done;
    }
    if (!release_warp_operations()) return moved;
    moved = true;
  }
}

void Warp::set_pc(u32 lanes, u32 to) {
  for_lanes(lanes, [&](int l) { pc[l] = to; });
}

void Warp::bind(Frame *frame) {
  exec_.frame = frame;
  exec_.banks[static_cast<int>(Bank::Frame)] = frame->registers.data();
  exec_.banks[static_cast<int>(Bank::Constants)] = const_cast<u8 *>(frame->function->constants.data());
}

u64 Warp::run_group(Group g, u64 budget) {
  bind(g.frame);
  const Function &f = *g.frame->function;
  const Instruction *code = f.code.data();
  u32 at = g.pc;
  u64 done = 0, counted = 0;
  try {
    for (;;) {
      const Instruction &i = code[at];
      u32 active = g.lanes;
      if (i.guard != kNoSlot) active &= exec_.predicate(i.guard);
      done++;
      counted += static_cast<u64>(__builtin_popcount(active));
      if (i.flow == Flow::Next) {
        if (active) i.run(exec_, i, active);
        at++;
      } else if (!active) {
        at++;
      } else if (i.flow == Flow::Branch && active == g.lanes) {
        at = i.target;
        // Those who are apart from others look around after each jump.
        if (running != g.lanes) {
          set_pc(g.lanes, at);
          break;
        }
      } else if (i.flow == Flow::WarpOperation || i.flow == Flow::WarpBarrier) {
        if (!together(i, g.lanes, active, at)) break;
        at++;
      } else {
        turn(g, i, active, at);
        if (i.flow == Flow::Yield) done = std::max(done, budget);
        break;
      }
      if (at == g.limit || done >= budget) {
        set_pc(g.lanes, at);
        break;
      }
    }
  } catch (const Fault &fault) {
    block_->counters.instructions += counted;
    fail(fault, g.frame, at, g.lanes);
  }
  block_->counters.instructions += counted;
  return done;
}

/// The instructions after which a group is no longer what it was.
void Warp::turn(const Group &g, const Instruction &i, u32 active, u32 at) {
  set_pc(g.lanes & ~active, at + 1);
  switch (i.flow) {
    case Flow::Branch:
      set_pc(active, i.target);
      break;
    case Flow::Table: {
      const std::vector<u32> &targets = g.frame->function->tables[i.target];
      const u32 *which = exec_.slot<u32>(i.a);
      for_lanes(active, [&](int l) {
        if (which[l] >= targets.size()) throw Fault(kIllegalInstruction, l, "branch table index out of range");
        pc[l] = targets[which[l]];
      });
      break;
    }
    case Flow::Call:
      enter(g.frame, active, at);
      break;
    case Flow::Return:
      leave(g.frame, active);
      break;
    case Flow::Exit:
      exit_lanes(g.frame, active);
      break;
    case Flow::Yield:
      set_pc(active, at + 1);
      break;
    default: {  // Barrier
      set_pc(active, at);
      running &= ~active;
      at_barrier |= active;
      const u32 *id = exec_.slot<u32>(i.a);
      const u32 *count = i.b ? exec_.slot<u32>(i.b) : nullptr;
      const u32 votes = i.c ? exec_.predicate(i.c) : 0;
      for_lanes(active, [&](int l) { waiting[l] = {0, id[l], count ? count[l] : 0, (votes >> l & 1) != 0}; });
    }
  }
}

/// Does a warp operation for every set of members that is complete. False when some must wait.
bool Warp::together(const Instruction &i, u32 group, u32 active, u32 at) {
  const u32 *members = exec_.slot<u32>(i.e);
  u32 parked = 0;
  for (u32 rest = active; rest;) {
    const int first = __builtin_ctz(rest);
    const u32 mask = members[first];
    u32 same = 0;
    for_lanes(rest, [&](int l) { same |= static_cast<u32>(members[l] == mask) << l; });
    rest &= ~same;
    if (same & ~mask) throw Fault(kLaunchFailure, __builtin_ctz(same & ~mask), "thread not in its own member mask");
    if ((mask & live) == same) {
      if (i.run) i.run(exec_, i, same);
    } else {
      parked |= same;
      for_lanes(same, [&](int l) { waiting[l].member_mask = mask; });
    }
  }
  if (!parked) return true;
  set_pc(group & ~parked, at + 1);
  set_pc(parked, at);
  running &= ~parked;
  at_warp |= parked;
  return false;
}

bool Warp::release_warp_operations() {
  bool any = false;
  for (u32 rest = at_warp; rest;) {
    const int first = __builtin_ctz(rest);
    rest &= rest - 1;
    const u32 mask = waiting[first].member_mask, all = mask & live;
    Frame *frame = frames[first];
    const Instruction &i = frame->function->code[pc[first]];
    bool ready = true, one_frame = true;
    for_lanes(all, [&](int l) {
      if (!(at_warp >> l & 1) || waiting[l].member_mask != mask) {
        ready = false;
        return;
      }
      const Instruction &other = frames[l]->function->code[pc[l]];
      ready = ready && (&other == &i || (i.flow == Flow::WarpBarrier && other.flow == i.flow));
      one_frame = one_frame && frames[l] == frame;
    });
    if (!ready) continue;
    const u32 at = pc[first];
    if (i.run) {
      bind(frame);
      try {
        if (!one_frame) throw Fault(kLaunchFailure, first, "warp operation between different calls of a function");
        i.run(exec_, i, all);
      } catch (const Fault &fault) {
        fail(fault, frame, at, all);
      }
    }
    for_lanes(all, [&](int l) { pc[l]++; });
    at_warp &= ~all;
    running |= all;
    rest &= ~all;
    any = true;
  }
  return any;
}

void Warp::pass_barrier(u32 lanes, u32 votes, u32 arrived) {
  for_lanes(lanes, [&](int l) {
    bind(frames[l]);
    const Instruction &i = frames[l]->function->code[pc[l]];
    enum Vote { kNone, kCount, kAll, kAny };  // as control.cpp has them
    if (i.op == kCount) exec_.slot<u32>(i.d)[l] = votes;
    if (i.op == kAll) exec_.set_predicate(i.d, votes == arrived ? kAllLanes : 0, u32{1} << l);
    if (i.op == kAny) exec_.set_predicate(i.d, votes > 0 ? kAllLanes : 0, u32{1} << l);
    pc[l]++;
  });
  at_barrier &= ~lanes;
  running |= lanes;
}

void Warp::enter(Frame *frame, u32 lanes, u32 at) {
  const Function &f = *frame->function;
  const u32 which = f.code[at].target;
  const CallSite &site = f.calls[which];
  const Function *callee = f.callees[which];
  if (!callee) {
    for_lanes(lanes, [&](int l) { call_device_function(exec_, site, l); });
    set_pc(lanes, at + 1);
    return;
  }
  if (site.arguments.size() != callee->parameters.size() || site.results.size() != callee->results.size()) {
    throw Fault(kIllegalInstruction, -1, "call of " + callee->name + " with other parameters than it has");
  }
  // Lanes that call from one place share a frame, whenever they come.
  Frame *inside = nullptr;
  for (const auto &open : in_use_) {
    const bool fits = open->parent == frame && open->call_pc == at && !(open->lanes & lanes);
    if (fits) inside = open.get();
  }
  if (inside) {
    inside->lanes |= lanes;
  } else {
    inside = make_frame(callee, frame, at, lanes);
  }
  for_lanes(lanes, [&](int l) {
    for (std::size_t k = 0; k < site.arguments.size(); k++) {
      const Parameter &p = callee->parameters[k];
      std::memcpy(inside->lane_parameters(l) + p.offset, frame->lane_parameters(l) + site.arguments[k], p.bytes);
    }
    if (callee->local_bytes) {
      std::memset(local.data() + static_cast<u64>(l) * local_stride + inside->local_base, kUnwritten,
                  callee->local_bytes);
    }
    frames[l] = inside;
    pc[l] = 0;
  });
}

void Warp::leave(Frame *frame, u32 lanes) {
  Frame *caller = frame->parent;
  if (!caller) return exit_lanes(frame, lanes);
  const Function &f = *frame->function;
  const CallSite &site = caller->function->calls[caller->function->code[frame->call_pc].target];
  for_lanes(lanes, [&](int l) {
    for (std::size_t k = 0; k < site.results.size(); k++) {
      const Parameter &r = f.results[k];
      std::memcpy(caller->lane_parameters(l) + site.results[k], frame->lane_parameters(l) + r.offset, r.bytes);
    }
    frames[l] = caller;
    pc[l] = frame->call_pc + 1;
  });
  frame->lanes &= ~lanes;
  if (!frame->lanes) drop_frame(frame);
}

void Warp::exit_lanes(Frame *frame, u32 lanes) {
  live &= ~lanes;
  running &= ~lanes;
  for (Frame *f = frame; f;) {
    Frame *parent = f->parent;
    f->lanes &= ~lanes;
    if (!f->lanes && parent) drop_frame(f);
    f = parent;
  }
}

}  // namespace ptxemu
