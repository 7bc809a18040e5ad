// Atomics. Blocks may run on several host threads, so those of global memory are the processor's own.
#include <cstring>

#include "isa/addressing.h"
#include "isa/dispatch.h"
#include "isa/reduce.h"

namespace ptxemu {

namespace {

using syntax::Operand;
using syntax::Statement;

template <class T>
T exchange_with(u8 *at, const Instruction &i, u64 b, u64 c) {
  T *p = reinterpret_cast<T *>(at);
  T old = __atomic_load_n(p, __ATOMIC_SEQ_CST);
  for (;;) {
    const T next = static_cast<T>(reduced(static_cast<Reduce>(i.op), i.type, old, b, c));
    if (__atomic_compare_exchange_n(p, &old, next, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) return old;
  }
}

u64 exchange_any(u8 *at, const Instruction &i, u64 b, u64 c) {
  switch (size_of(i.type)) {
    case 2:
      return exchange_with<u16>(at, i, b, c);
    case 4:
      return exchange_with<u32>(at, i, b, c);
    default:
      return exchange_with<u64>(at, i, b, c);
  }
}

/// Vectors are element by element, each atomic on its own, as PTX has it.
void atomic(Exec &x, const Instruction &i, u32 lanes) {
  x.block->counters.atomics += static_cast<u64>(__builtin_popcount(lanes));
  const Slot *list = x.frame->function->lists.data() + i.list;
  const u32 size = static_cast<u32>(size_of(i.type));
  const bool wide = size == 8;
  for (u32 rest = lanes; rest; rest &= rest - 1) {
    const int l = __builtin_ctz(rest);
    u8 *at = view(x, i, i.space, {lane_address(x, i, l), size * i.elements, l, true});
    for (u32 k = 0; k < i.elements; k++) {
      const u64 b = read_register(x, i.listed ? list[k] : i.b, wide, l);
      const u64 c = i.c ? read_register(x, i.c, wide, l) : 0;
      const u64 old = exchange_any(at + k * size, i, b, c);
      if (i.d != kNoSlot) write_register(x, i.listed ? list[i.elements + k] : i.d, wide, l, old);
    }
  }
}

void decode_atomic(Decoder &d, const Statement &s, Instruction *i) {
  const bool returns = s.opcode == "atom";
  std::size_t at = 0;
  i->space = space_of(s);
  i->ordered = true;
  i->elements = elements_of(s);
  i->op = static_cast<u8>(reduce_of(s));
  if (i->type == Type::B128) throw DecodeError("128-bit atomics");
  const Operand *to = returns ? &operand(s, at++) : nullptr;
  d.address(operand(s, at++), i);
  const Operand &value = operand(s, at++);
  i->d = kNoSlot;
  if (i->elements > 1) {
    std::vector<Slot> slots;
    for (const Operand &p : value.parts) slots.push_back(d.source(p, i->type));
    if (to) {
      i->d = 0;
      for (const Operand &p : to->parts) slots.push_back(d.destination(p, i->type));
    }
    if (slots.size() != i->elements * (to ? 2u : 1u)) throw DecodeError("vector");
    d.set_list(i, slots);
  } else {
    if (to) i->d = d.destination(*to, i->type);
    i->b = d.source(value, i->type);
    if (at < s.operands.size() && static_cast<Reduce>(i->op) == Reduce::CompareAndSwap) {
      i->c = d.source(s.operands[at], i->type);
    }
  }
  if (i->space != Space::Shared) d.function.orders_blocks = true;
  i->run = atomic;
}

}  // namespace

u64 reduced(Reduce op, Type t, u64 old, u64 b, u64 c) {
  switch (op) {
    case Reduce::Add:
      return is_float(t) ? float_operation(FloatOp::Add, t, {}, old, b, 0) : zero_extended(old + b, t);
    case Reduce::Min:
      if (is_float(t)) return float_operation(FloatOp::Min, t, {}, old, b, 0);
      return (is_signed(t) ? sign_extended(b, t) < sign_extended(old, t) : zero_extended(b, t) < zero_extended(old, t))
                 ? b
                 : old;
    case Reduce::Max:
      if (is_float(t)) return float_operation(FloatOp::Max, t, {}, old, b, 0);
      return (is_signed(t) ? sign_extended(b, t) > sign_extended(old, t) : zero_extended(b, t) > zero_extended(old, t))
                 ? b
                 : old;
    case Reduce::And:
      return old & b;
    case Reduce::Or:
      return old | b;
    case Reduce::Xor:
      return old ^ b;
    case Reduce::Exchange:
      return b;
    case Reduce::CompareAndSwap:
      return zero_extended(old, t) == zero_extended(b, t) ? c : old;
    case Reduce::Increment:
      return zero_extended(old, t) >= zero_extended(b, t) ? 0 : old + 1;
    default:
      return zero_extended(old, t) == 0 || zero_extended(old, t) > zero_extended(b, t) ? b : old - 1;
  }
}

Reduce reduce_of(const Statement &s) {
  static const std::map<std::string, Reduce> names = {{"add", Reduce::Add},       {"min", Reduce::Min},
                                                      {"max", Reduce::Max},       {"and", Reduce::And},
                                                      {"or", Reduce::Or},         {"xor", Reduce::Xor},
                                                      {"inc", Reduce::Increment}, {"dec", Reduce::Decrement},
                                                      {"exch", Reduce::Exchange}, {"cas", Reduce::CompareAndSwap}};
  for (const std::string &m : s.modifiers) {
    if (const auto it = names.find(m); it != names.end()) return it->second;
  }
  throw DecodeError("reduction");
}

void add_atomics(DecodeTable *table) { (*table)["atom"] = (*table)["red"] = decode_atomic; }

}  // namespace ptxemu
