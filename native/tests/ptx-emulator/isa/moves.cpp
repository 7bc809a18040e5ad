// mov, also between registers and the parts of a wider one; address conversions; clocks.
#include "isa/dispatch.h"

namespace ptxemu {

namespace {

using syntax::Operand;
using syntax::Statement;
using Kind = Operand::Kind;

template <class R>
void move(Exec &x, const Instruction &i, u32 lanes) {
  R *d = x.slot<R>(i.d);
  const R *a = x.slot<R>(i.a);
  each_lane(lanes, [=](int l) { d[l] = a[l]; });
}

void move_predicate(Exec &x, const Instruction &i, u32 lanes) { x.set_predicate(i.d, x.predicate(i.a), lanes); }

/// The lane's address of a variable in its frame.
template <class R>
void local_address(Exec &x, const Instruction &i, u32 lanes) {
  R *d = x.slot<R>(i.d);
  const u64 *base = x.slot<u64>(i.a);
  const i64 offset = i.offset;
  each_lane(lanes, [=](int l) { d[l] = static_cast<R>(base[l] + static_cast<u64>(offset)); });
}

/// d = {a, b, ...}: the first is lowest. i.op is the width of a part in bits.
void join(Exec &x, const Instruction &i, u32 lanes) {
  const Slot *parts = x.frame->function->lists.data() + i.list;
  const u64 part_mask = i.op == 64 ? ~u64{0} : (u64{1} << i.op) - 1;
  each_lane(lanes, [&](int l) {
    u64 v = 0;
    for (u32 k = 0; k < i.listed; k++) v |= (read_register(x, parts[k], i.op == 64, l) & part_mask) << (k * i.op);
    write_register(x, i.d, i.wide_d, l, v);
  });
}

void take_apart(Exec &x, const Instruction &i, u32 lanes) {
  const Slot *parts = x.frame->function->lists.data() + i.list;
  const u64 part_mask = i.op == 64 ? ~u64{0} : (u64{1} << i.op) - 1;
  each_lane(lanes, [&](int l) {
    const u64 v = read_register(x, i.a, i.wide_a, l);
    for (u32 k = 0; k < i.listed; k++) write_register(x, parts[k], i.op == 64, l, v >> (k * i.op) & part_mask);
  });
}

/// Clocks count the block's instructions: the same each time.
void read_clock(Exec &x, const Instruction &i, u32 lanes) {
  each_lane(lanes, [&](int l) { write_register(x, i.d, i.wide_d, l, x.block->counters.instructions); });
}

bool is_clock(const Operand &o) {
  return o.kind == Kind::Name && (o.name == "%clock" || o.name == "%clock64" || o.name == "%globaltimer");
}

void decode_mov(Decoder &d, const Statement &s, Instruction *i) {
  const Operand &to = operand(s, 0), &from = operand(s, 1);
  const int bits = 8 * size_of(i->type);
  const auto parts_of = [&](const Operand &o, bool destination) {
    std::vector<Slot> parts;
    const int width = bits / static_cast<int>(o.parts.size());
    i->op = static_cast<u8>(width);
    const Type t = width == 64 ? Type::B64 : Type::B32;
    for (const Operand &p : o.parts) parts.push_back(destination ? d.destination(p, t) : d.source(p, t));
    d.set_list(i, parts);
  };
  if (i->type == Type::B128) throw DecodeError("128-bit registers");
  if (i->type == Type::Pred) {
    i->d = d.predicate_destination(to);
    i->a = d.predicate(from);
    i->run = move_predicate;
  } else if (to.kind == Kind::Vector) {
    i->a = d.source(from, i->type);
    i->wide_a = bits == 64;
    parts_of(to, true);
    i->run = take_apart;
  } else if (from.kind == Kind::Vector) {
    i->d = d.destination(to, i->type);
    i->wide_d = bits == 64;
    parts_of(from, false);
    i->run = join;
  } else if (is_clock(from)) {
    i->d = d.destination_any(to, &i->wide_d);
    i->run = read_clock;
  } else if (const i64 local = d.local_offset(from); local >= 0) {
    i->d = d.destination(to, i->type);
    i->a = d.local_base();
    i->offset = local;
    i->run = bits == 64 ? local_address<u64> : local_address<u32>;
  } else {
    i->d = d.destination(to, i->type);
    i->a = d.source(from, i->type);
    i->run = bits == 64 ? move<u64> : move<u32>;
  }
}

u64 window_of(Space s) {
  switch (s) {
    case Space::Shared:
      return kSharedWindow;
    case Space::Local:
      return kLocalWindow;
    case Space::Param:
      return kParamWindow;
    default:
      return 0;
  }
}

bool has_window(Space s) { return s == Space::Shared || s == Space::Local || s == Space::Param; }

/// cvta: between a window's own addresses and generic ones; global ones are generic already.
template <class R, bool to_space>
void convert_address(Exec &x, const Instruction &i, u32 lanes) {
  R *d = x.slot<R>(i.d);
  const R *a = x.slot<R>(i.a);
  const u64 shift = has_window(i.space) ? x.block->launch.windows + window_of(i.space) : 0;
  each_lane(lanes, [=](int l) { d[l] = static_cast<R>(to_space ? a[l] - shift : a[l] + shift); });
}

void decode_cvta(Decoder &d, const Statement &s, Instruction *i) {
  i->space = space_of(s);
  i->d = d.destination(operand(s, 0), i->type);
  const Operand &from = operand(s, 1);
  if (d.local_offset(from) >= 0) throw DecodeError("cvta of a variable");
  i->a = d.source(from, i->type);
  if (size_of(i->type) != 8) throw DecodeError("32-bit addresses");
  i->run = has(s, "to") ? convert_address<u64, true> : convert_address<u64, false>;
}

void is_in_space(Exec &x, const Instruction &i, u32 lanes) {
  const u64 *a = x.slot<u64>(i.a);
  const u64 base = x.block->launch.windows;
  const Space space = i.space;
  x.set_predicate(i.d,
                  lanes_where(lanes,
                              [=](int l) {
                                const bool in_window = a[l] - base < kParamWindow + kWindowBytes;
                                if (space == Space::Global) return !in_window;
                                return has_window(space) && a[l] - base - window_of(space) < kWindowBytes;
                              }),
                  lanes);
}

void decode_isspacep(Decoder &d, const Statement &s, Instruction *i) {
  i->space = space_of(s);
  i->d = d.predicate_destination(operand(s, 0));
  i->a = d.source(operand(s, 1), Type::B64);
  i->run = is_in_space;
}

}  // namespace

void add_moves(DecodeTable *table) {
  (*table)["mov"] = decode_mov;
  (*table)["cvta"] = decode_cvta;
  (*table)["isspacep"] = decode_isspacep;
}

}  // namespace ptxemu
