// What lanes of a warp do together: shuffles, votes, matches, reductions. The scheduler has brought all members here.
#include "isa/dispatch.h"
#include "isa/reduce.h"

namespace ptxemu {

namespace {

using syntax::Operand;
using syntax::Statement;

enum class Shuffle : u8 { Up, Down, Butterfly, Index };

/// Where a lane reads, and whether that lies within its segment.
struct Source {
  int lane;
  bool inside;
};

Source source_of(Shuffle mode, int lane, u32 b, u32 c) {
  const int by = static_cast<int>(b & 31), clamp = static_cast<int>(c & 31), segment = static_cast<int>(c >> 8 & 31);
  const int first = lane & segment, last = (lane & segment) | (clamp & ~segment & 31);
  int from = lane;
  bool inside = false;
  switch (mode) {
    case Shuffle::Up:
      from = lane - by;
      inside = from >= last;
      break;
    case Shuffle::Down:
      from = lane + by;
      inside = from <= last;
      break;
    case Shuffle::Butterfly:
      from = lane ^ by;
      inside = from <= last;
      break;
    case Shuffle::Index:
      from = first | (by & ~segment & 31);
      inside = from <= last;
      break;
  }
  return {inside ? from : lane, inside};
}

void shuffle(Exec &x, const Instruction &i, u32 lanes) {
  x.block->counters.shuffles++;
  const u32 *a = x.slot<u32>(i.a), *b = x.slot<u32>(i.b), *c = x.slot<u32>(i.c);
  u32 result[kLanes];
  u32 inside = 0;
  for (u32 rest = lanes; rest; rest &= rest - 1) {
    const int l = __builtin_ctz(rest);
    const Source s = source_of(static_cast<Shuffle>(i.op), l, b[l], c[l]);
    if (!(lanes >> s.lane & 1)) {
      throw Fault(
          kLaunchFailure, l,
          "shuffle reads lane " + std::to_string(s.lane) + ", which does not take part: the value is undefined");
    }
    result[l] = a[s.lane];
    inside |= static_cast<u32>(s.inside) << l;
  }
  u32 *d = x.slot<u32>(i.d);
  each_lane(lanes, [&](int l) { d[l] = result[l]; });
  if (i.listed) x.set_predicate(x.frame->function->lists[i.list], inside, lanes);
}

void decode_shfl(Decoder &d, const Statement &s, Instruction *i) {
  if (!has(s, "sync")) throw DecodeError("shfl without sync");
  i->flow = Flow::WarpOperation;
  i->op = static_cast<u8>(has(s, "up")     ? Shuffle::Up
                          : has(s, "down") ? Shuffle::Down
                          : has(s, "bfly") ? Shuffle::Butterfly
                                           : Shuffle::Index);
  const Operand &to = operand(s, 0);
  if (to.kind == Operand::Kind::Vector) {
    i->d = d.destination(to.parts.at(0), Type::B32);
    d.set_list(i, {d.predicate_destination(to.parts.at(1))});
  } else {
    i->d = d.destination(to, Type::B32);
  }
  i->a = d.source(operand(s, 1), Type::B32);
  i->b = d.source(operand(s, 2), Type::U32);
  i->c = d.source(operand(s, 3), Type::U32);
  i->e = d.source(operand(s, 4), Type::U32);
  i->run = shuffle;
}

enum class Vote : u8 { Ballot, Any, All, Uniform };

void vote(Exec &x, const Instruction &i, u32 lanes) {
  const u32 yes = x.predicate(i.a) & lanes;
  switch (static_cast<Vote>(i.op)) {
    case Vote::Ballot: {
      u32 *d = x.slot<u32>(i.d);
      each_lane(lanes, [=](int l) { d[l] = yes; });
      return;
    }
    case Vote::Any:
      x.set_predicate(i.d, yes ? kAllLanes : 0, lanes);
      return;
    case Vote::All:
      x.set_predicate(i.d, yes == lanes ? kAllLanes : 0, lanes);
      return;
    default:
      x.set_predicate(i.d, yes == lanes || yes == 0 ? kAllLanes : 0, lanes);
      return;
  }
}

void decode_vote(Decoder &d, const Statement &s, Instruction *i) {
  if (!has(s, "sync")) throw DecodeError("vote without sync");
  i->flow = Flow::WarpOperation;
  i->op = static_cast<u8>(has(s, "ballot") ? Vote::Ballot
                          : has(s, "any")  ? Vote::Any
                          : has(s, "all")  ? Vote::All
                                           : Vote::Uniform);
  i->d = has(s, "ballot") ? d.destination(operand(s, 0), Type::B32) : d.predicate_destination(operand(s, 0));
  i->a = d.predicate(operand(s, 1));
  i->e = d.source(operand(s, 2), Type::U32);
  i->run = vote;
}

void match(Exec &x, const Instruction &i, u32 lanes) {
  const auto value = [&](int l) { return zero_extended(read_register(x, i.a, i.wide_a, l), i.type); };
  u32 same[kLanes];
  for (u32 rest = lanes; rest; rest &= rest - 1) {
    const int l = __builtin_ctz(rest);
    same[l] = lanes_where(lanes, [&](int k) { return value(k) == value(l); });
  }
  const bool all = same[__builtin_ctz(lanes)] == lanes;
  u32 *d = x.slot<u32>(i.d);
  each_lane(lanes, [&](int l) { d[l] = i.op ? (all ? lanes : 0) : same[l]; });
  if (i.listed) x.set_predicate(x.frame->function->lists[i.list], all ? kAllLanes : 0, lanes);
}

void decode_match(Decoder &d, const Statement &s, Instruction *i) {
  i->flow = Flow::WarpOperation;
  i->op = has(s, "all") ? 1 : 0;
  const Operand &to = operand(s, 0);
  const bool pair = to.kind == Operand::Kind::Vector;
  i->d = d.destination(pair ? to.parts.at(0) : to, Type::B32);
  if (pair) d.set_list(i, {d.predicate_destination(to.parts.at(1))});
  i->wide_a = size_of(i->type) == 8;
  i->a = d.source(operand(s, 1), i->type);
  i->e = d.source(operand(s, 2), Type::U32);
  i->run = match;
}

void reduce(Exec &x, const Instruction &i, u32 lanes) {
  const u32 *a = x.slot<u32>(i.a);
  u64 r = a[__builtin_ctz(lanes)];
  for (u32 rest = lanes & (lanes - 1); rest; rest &= rest - 1) {
    r = reduced(static_cast<Reduce>(i.op), i.type, r, a[__builtin_ctz(rest)], 0);
  }
  u32 *d = x.slot<u32>(i.d);
  each_lane(lanes, [&](int l) { d[l] = static_cast<u32>(r); });
}

void decode_redux(Decoder &d, const Statement &s, Instruction *i) {
  i->flow = Flow::WarpOperation;
  i->op = static_cast<u8>(reduce_of(s));
  i->d = d.destination(operand(s, 0), i->type);
  i->a = d.source(operand(s, 1), i->type);
  i->e = d.source(operand(s, 2), Type::U32);
  i->run = reduce;
}

/// A lane knows of itself alone that it is converged; any answer that holds it is right.
void active_mask(Exec &x, const Instruction &i, u32 lanes) {
  u32 *d = x.slot<u32>(i.d);
  each_lane(lanes, [=](int l) { d[l] = lanes; });
}

void decode_activemask(Decoder &d, const Statement &s, Instruction *i) {
  i->d = d.destination(operand(s, 0), Type::B32);
  i->run = active_mask;
}

}  // namespace

void add_warp(DecodeTable *table) {
  (*table)["shfl"] = decode_shfl;
  (*table)["vote"] = decode_vote;
  (*table)["match"] = decode_match;
  (*table)["redux"] = decode_redux;
  (*table)["activemask"] = decode_activemask;
}

}  // namespace ptxemu
