// Bits: logic on words and predicates, shifts, fields, permutations.
#include <algorithm>

#include "isa/dispatch.h"

namespace ptxemu {

namespace {

using syntax::Statement;

enum class Logic : u8 { And, Or, Xor };

template <class T>
void logic_and(Exec &x, const Instruction &i, u32 lanes) {
  binary<T>(x, i, lanes, [](T a, T b) { return static_cast<T>(a & b); });
}
template <class T>
void logic_or(Exec &x, const Instruction &i, u32 lanes) {
  binary<T>(x, i, lanes, [](T a, T b) { return static_cast<T>(a | b); });
}
template <class T>
void logic_xor(Exec &x, const Instruction &i, u32 lanes) {
  binary<T>(x, i, lanes, [](T a, T b) { return static_cast<T>(a ^ b); });
}
template <class T>
void logic_not(Exec &x, const Instruction &i, u32 lanes) {
  unary<T>(x, i, lanes, [](T a) { return static_cast<T>(~a); });
}
template <class T>
void logic_zero(Exec &x, const Instruction &i, u32 lanes) {
  unary<T>(x, i, lanes, [](T a) { return static_cast<T>(a == 0); });
}

void predicate_logic(Exec &x, const Instruction &i, u32 lanes) {
  const u32 a = x.predicate(i.a), b = x.predicate(i.b);
  const auto op = static_cast<Logic>(i.op);
  x.set_predicate(i.d, op == Logic::And ? a & b : op == Logic::Or ? a | b : a ^ b, lanes);
}

void predicate_not(Exec &x, const Instruction &i, u32 lanes) { x.set_predicate(i.d, ~x.predicate(i.a), lanes); }

/// Shift amounts are clamped to the width.
template <class T>
void shift_left(Exec &x, const Instruction &i, u32 lanes) {
  auto *d = x.slot<Register<T>>(i.d);
  const auto *a = x.slot<Register<T>>(i.a);
  const u32 *b = x.slot<u32>(i.b);
  constexpr u32 kBits = 8 * sizeof(T);
  each_lane(lanes, [=](int l) {
    d[l] = b[l] >= kBits ? 0 : to_register<T>(static_cast<T>(from_register<T>(a[l]) << (b[l] & (kBits - 1))));
  });
}

template <class T>
void shift_right(Exec &x, const Instruction &i, u32 lanes) {
  auto *d = x.slot<Register<T>>(i.d);
  const auto *a = x.slot<Register<T>>(i.a);
  const u32 *b = x.slot<u32>(i.b);
  constexpr u32 kBits = 8 * sizeof(T);
  each_lane(lanes, [=](int l) {
    const T v = from_register<T>(a[l]);
    const u32 by = b[l] < kBits ? b[l] : kBits - 1;
    const T shifted = static_cast<T>(v >> by);
    d[l] = to_register<T>(std::is_signed_v<T> || b[l] < kBits ? shifted : T{0});
  });
}

template <bool left, bool wrap>
void funnel_shift(Exec &x, const Instruction &i, u32 lanes) {
  ternary<u32>(x, i, lanes, [](u32 a, u32 b, u32 c) {
    const u32 n = wrap ? c & 31 : std::min(c, u32{32});
    const u64 both = u64{b} << 32 | a;
    return left ? static_cast<u32>((both << n) >> 32) : static_cast<u32>(both >> n);
  });
}

template <class T>
void extract_field(Exec &x, const Instruction &i, u32 lanes) {
  auto *d = x.slot<Register<T>>(i.d);
  const auto *a = x.slot<Register<T>>(i.a);
  const u32 *b = x.slot<u32>(i.b), *c = x.slot<u32>(i.c);
  constexpr u32 kBits = 8 * sizeof(T);
  each_lane(lanes, [=](int l) {
    const u32 at = b[l] & 0xff, length = c[l] & 0xff;
    const u64 v = from_register<std::make_unsigned_t<T>>(a[l]);
    u64 r = at < kBits ? v >> at : 0;
    if (length < 64) r &= (u64{1} << length) - 1;
    if (std::is_signed_v<T> && length > 0) {
      const u32 sign_at = std::min(at + length - 1, kBits - 1);
      const u32 kept = at >= kBits ? 0 : std::min(length, kBits - at);
      if (v >> sign_at & 1 && kept < 64) r |= ~u64{0} << kept;
    }
    d[l] = static_cast<Register<T>>(r);
  });
}

template <class T>
void insert_field(Exec &x, const Instruction &i, u32 lanes) {
  auto *d = x.slot<T>(i.d);
  const auto *a = x.slot<T>(i.a), *b = x.slot<T>(i.b);
  const u32 *c = x.slot<u32>(i.c), *e = x.slot<u32>(i.e);
  constexpr u32 kBits = 8 * sizeof(T);
  each_lane(lanes, [=](int l) {
    const u32 at = c[l] & 0xff, length = e[l] & 0xff;
    T field = length >= kBits ? ~T{0} : static_cast<T>((T{1} << length) - 1);
    field = at >= kBits ? 0 : static_cast<T>(field << at);
    const T moved = at >= kBits ? 0 : static_cast<T>(a[l] << at);
    d[l] = static_cast<T>((b[l] & ~field) | (moved & field));
  });
}

template <class T>
void reverse_bits(Exec &x, const Instruction &i, u32 lanes) {
  unary<T>(x, i, lanes, [](T a) {
    T r = 0;
    for (u32 k = 0; k < 8 * sizeof(T); k++) r |= static_cast<T>((a >> k & 1) << (8 * sizeof(T) - 1 - k));
    return r;
  });
}

/// popc, clz and bfind give 32 bits whatever they look at.
template <class T, class F>
void count(Exec &x, const Instruction &i, u32 lanes, F f) {
  u32 *d = x.slot<u32>(i.d);
  const auto *a = x.slot<Register<T>>(i.a);
  each_lane(lanes, [=](int l) { d[l] = f(from_register<T>(a[l])); });
}

template <class T>
void population(Exec &x, const Instruction &i, u32 lanes) {
  count<T>(x, i, lanes, [](T v) { return static_cast<u32>(__builtin_popcountll(v)); });
}

template <class T>
void leading_zeros(Exec &x, const Instruction &i, u32 lanes) {
  count<T>(x, i, lanes, [](T v) -> u32 { return v ? __builtin_clzll(v) - (64 - 8 * sizeof(T)) : 8 * sizeof(T); });
}

template <class T, bool as_shift>
void find_highest(Exec &x, const Instruction &i, u32 lanes) {
  count<T>(x, i, lanes, [](T v) -> u32 {
    using U = std::make_unsigned_t<T>;
    const U bits = v < 0 ? static_cast<U>(~v) : static_cast<U>(v);
    if (!bits) return ~u32{0};
    const u32 at = 63 - static_cast<u32>(__builtin_clzll(bits));
    return as_shift ? 8 * sizeof(T) - 1 - at : at;
  });
}

void permute_bytes(Exec &x, const Instruction &i, u32 lanes) {
  ternary<u32>(x, i, lanes, [](u32 a, u32 b, u32 selectors) {
    const u64 bytes = u64{b} << 32 | a;
    u32 r = 0;
    for (int k = 0; k < 4; k++) {
      const u32 s = selectors >> (4 * k) & 15;
      u32 byte = static_cast<u32>(bytes >> (8 * (s & 7))) & 0xff;
      if (s & 8) byte = byte & 0x80 ? 0xff : 0;
      r |= byte << (8 * k);
    }
    return r;
  });
}

/// Any function of three bits, by its truth table.
void table_logic(Exec &x, const Instruction &i, u32 lanes) {
  const auto table = static_cast<u32>(i.offset);
  ternary<u32>(x, i, lanes, [table](u32 a, u32 b, u32 c) {
    u32 r = 0;
    for (u32 k = 0; k < 8; k++) {
      if (table >> k & 1) r |= (k & 4 ? a : ~a) & (k & 2 ? b : ~b) & (k & 1 ? c : ~c);
    }
    return r;
  });
}

void decode_logic(Decoder &d, const Statement &s, Instruction *i) {
  const std::string &op = s.opcode;
  if (i->type == Type::Pred) {
    i->d = d.predicate_destination(operand(s, 0));
    i->a = d.predicate(operand(s, 1));
    if (op == "not") {
      i->run = predicate_not;
      return;
    }
    i->b = d.predicate(operand(s, 2));
    i->op = static_cast<u8>(op == "and" ? Logic::And : op == "or" ? Logic::Or : Logic::Xor);
    i->run = predicate_logic;
    return;
  }
  decode_values(d, s, i);
  i->run = with_integer(i->type, [&](auto tag) -> Handler {
    using T = std::make_unsigned_t<typename decltype(tag)::type>;
    return op == "and"   ? logic_and<T>
           : op == "or"  ? logic_or<T>
           : op == "xor" ? logic_xor<T>
           : op == "not" ? logic_not<T>
                         : logic_zero<T>;
  });
}

void decode_shift(Decoder &d, const Statement &s, Instruction *i) {
  i->d = d.destination(operand(s, 0), i->type);
  i->a = d.source(operand(s, 1), i->type);
  i->b = d.source(operand(s, 2), Type::U32);
  i->run = with_integer(i->type, [&](auto tag) -> Handler {
    using T = typename decltype(tag)::type;
    return s.opcode == "shl" ? shift_left<std::make_unsigned_t<T>> : shift_right<T>;
  });
}

void decode_funnel(Decoder &d, const Statement &s, Instruction *i) {
  decode_values(d, s, i);
  const bool wrap = has(s, "wrap");
  i->run = has(s, "l") ? (wrap ? funnel_shift<true, true> : funnel_shift<true, false>)
                       : (wrap ? funnel_shift<false, true> : funnel_shift<false, false>);
}

void decode_field(Decoder &d, const Statement &s, Instruction *i) {
  i->d = d.destination(operand(s, 0), i->type);
  i->a = d.source(operand(s, 1), i->type);
  if (s.opcode == "bfi") {
    i->b = d.source(operand(s, 2), i->type);
    i->c = d.source(operand(s, 3), Type::U32);
    i->e = d.source(operand(s, 4), Type::U32);
    i->run = size_of(i->type) == 8 ? insert_field<u64> : insert_field<u32>;
    return;
  }
  i->b = d.source(operand(s, 2), Type::U32);
  i->c = d.source(operand(s, 3), Type::U32);
  i->run = with_integer(i->type, [](auto tag) -> Handler { return extract_field<typename decltype(tag)::type>; });
}

void decode_count(Decoder &d, const Statement &s, Instruction *i) {
  i->d = d.destination(operand(s, 0), Type::U32);
  i->a = d.source(operand(s, 1), i->type);
  const bool as_shift = has(s, "shiftamt");
  i->run = with_integer(i->type, [&](auto tag) -> Handler {
    using T = typename decltype(tag)::type;
    using U = std::make_unsigned_t<T>;
    if (s.opcode == "popc") return population<U>;
    if (s.opcode == "clz") return leading_zeros<U>;
    return as_shift ? find_highest<T, true> : find_highest<T, false>;
  });
}

void decode_brev(Decoder &d, const Statement &s, Instruction *i) {
  decode_values(d, s, i);
  i->run = size_of(i->type) == 8 ? reverse_bits<u64> : reverse_bits<u32>;
}

void decode_prmt(Decoder &d, const Statement &s, Instruction *i) {
  if (s.modifiers.size() != 1) throw DecodeError("mode of prmt");
  decode_values(d, s, i);
  i->run = permute_bytes;
}

void decode_lop3(Decoder &d, const Statement &s, Instruction *i) {
  if (operand(s, 4).kind != syntax::Operand::Kind::Immediate) throw DecodeError("table of lop3");
  i->offset = static_cast<i64>(s.operands[4].bits);
  decode_values(d, s, i);
  i->run = table_logic;
}

}  // namespace

void add_logic(DecodeTable *table) {
  for (const char *op : {"and", "or", "xor", "not", "cnot"}) (*table)[op] = decode_logic;
  (*table)["shl"] = (*table)["shr"] = decode_shift;
  (*table)["shf"] = decode_funnel;
  (*table)["bfe"] = (*table)["bfi"] = decode_field;
  for (const char *op : {"popc", "clz", "bfind"}) (*table)[op] = decode_count;
  (*table)["brev"] = decode_brev;
  (*table)["prmt"] = decode_prmt;
  (*table)["lop3"] = decode_lop3;
}

}  // namespace ptxemu
