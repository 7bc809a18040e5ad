// Comparisons and choices: setp, set, selp, slct.
#include <cmath>

#include "isa/dispatch.h"

namespace ptxemu {

namespace {

using syntax::Operand;
using syntax::Statement;

enum class Combine : u8 { None, And, Or, Xor };

template <class T, Compare c>
u32 compared(const Exec &x, const Instruction &i, u32 lanes) {
  const auto *a = x.slot<Register<T>>(i.a), *b = x.slot<Register<T>>(i.b);
  return lanes_where(lanes, [=](int l) {
    const T v = from_register<T>(a[l]), w = from_register<T>(b[l]);
    switch (c) {
      case Compare::Eq:
        return v == w;
      case Compare::Ne:
        return v < w || v > w;
      case Compare::Lt:
        return v < w;
      case Compare::Le:
        return v <= w;
      case Compare::Gt:
        return v > w;
      case Compare::Ge:
        return v >= w;
      case Compare::Equ:
        return !(v < w || v > w);
      case Compare::Neu:
        return v != w;
      case Compare::Ltu:
        return !(v >= w);
      case Compare::Leu:
        return !(v > w);
      case Compare::Gtu:
        return !(v <= w);
      case Compare::Geu:
        return !(v < w);
      case Compare::Num:
        return v == v && w == w;
      default:
        return v != v || w != w;
    }
  });
}

/// The comparison's bits before they are combined.
using Comparison = u32 (*)(const Exec &, const Instruction &, u32);

u32 combined(const Exec &x, const Instruction &i, u32 bits) {
  switch (static_cast<Combine>(i.op)) {
    case Combine::And:
      return bits & x.predicate(i.c);
    case Combine::Or:
      return bits | x.predicate(i.c);
    case Combine::Xor:
      return bits ^ x.predicate(i.c);
    default:
      return bits;
  }
}

/// `e` takes the complement, which is combined with the same predicate.
template <class T, Compare c>
void set_predicates(Exec &x, const Instruction &i, u32 lanes) {
  const u32 bits = compared<T, c>(x, i, lanes);
  const u32 yes = combined(x, i, bits), no = combined(x, i, ~bits);
  x.set_predicate(i.d, yes, lanes);
  if (i.e) x.set_predicate(i.e, no, lanes);
}

/// set: all ones, or 1.0, where it holds.
template <class T, Compare c>
void set_value(Exec &x, const Instruction &i, u32 lanes) {
  const u32 bits = combined(x, i, compared<T, c>(x, i, lanes));
  const auto value = static_cast<u64>(i.offset);
  each_lane(lanes, [&](int l) { write_register(x, i.d, i.wide_d, l, bits >> l & 1 ? value : 0); });
}

template <class T>
Handler handler_of(Compare c, bool to_predicate) {
  const auto both = [to_predicate](Handler p, Handler v) { return to_predicate ? p : v; };
  switch (c) {
#define PTXEMU_COMPARE(name) \
  case Compare::name:        \
    return both(set_predicates<T, Compare::name>, set_value<T, Compare::name>);
    PTXEMU_COMPARE(Eq)
    PTXEMU_COMPARE(Ne)
    PTXEMU_COMPARE(Lt)
    PTXEMU_COMPARE(Le)
    PTXEMU_COMPARE(Gt)
    PTXEMU_COMPARE(Ge)
    PTXEMU_COMPARE(Equ)
    PTXEMU_COMPARE(Neu)
    PTXEMU_COMPARE(Ltu)
    PTXEMU_COMPARE(Leu)
    PTXEMU_COMPARE(Gtu)
    PTXEMU_COMPARE(Geu)
    PTXEMU_COMPARE(Num)
    PTXEMU_COMPARE(Nan)
#undef PTXEMU_COMPARE
    default:
      throw DecodeError("comparison");
  }
}

/// Halves, and floats that flush subnormals: one at a time. Packed pairs set a predicate each.
void general_comparison(Exec &x, const Instruction &i, u32 lanes) {
  const u32 *a = x.slot<u32>(i.a), *b = x.slot<u32>(i.b);
  const Type t = element_of(i.from);
  const auto value = [&](u32 bits) {
    const double v = float_value(t == Type::F32 ? bits : bits & 0xffff, t);
    return i.mode.flush && t == Type::F32 ? double{flushed(static_cast<float>(v))} : v;
  };
  const auto bits_of = [&](int shift) {
    return lanes_where(lanes,
                       [&](int l) { return compare_floats(i.compare, value(a[l] >> shift), value(b[l] >> shift)); });
  };
  const u32 low = bits_of(0);
  const u32 high = is_packed(i.from) ? bits_of(16) : ~low;
  const u32 first = combined(x, i, low), second = combined(x, i, high);
  if (i.offset == 0) {  // setp
    x.set_predicate(i.d, first, lanes);
    if (i.e) x.set_predicate(i.e, second, lanes);
    return;
  }
  const auto one = static_cast<u32>(i.offset);
  each_lane(lanes, [&](int l) {
    u32 r = first >> l & 1 ? one : 0;
    if (is_packed(i.from)) r = (r & 0xffff) | (second >> l & 1 ? one << 16 : 0);
    x.slot<u32>(i.d)[l] = r;
  });
}

Compare compare_named(const std::string &m, bool is_float_type) {
  static const std::map<std::string, Compare> names = {
      {"eq", Compare::Eq},   {"ne", Compare::Ne},   {"lt", Compare::Lt},   {"le", Compare::Le},   {"gt", Compare::Gt},
      {"ge", Compare::Ge},   {"lo", Compare::Lt},   {"ls", Compare::Le},   {"hi", Compare::Gt},   {"hs", Compare::Ge},
      {"equ", Compare::Equ}, {"neu", Compare::Neu}, {"ltu", Compare::Ltu}, {"leu", Compare::Leu}, {"gtu", Compare::Gtu},
      {"geu", Compare::Geu}, {"num", Compare::Num}, {"nan", Compare::Nan}};
  const auto it = names.find(m);
  if (it == names.end()) return Compare::None;
  return it->second > Compare::Ge && !is_float_type ? Compare::None : it->second;
}

u64 true_value(Type t) {
  switch (t) {
    case Type::F32:
      return 0x3f800000;
    case Type::F16:
    case Type::F16x2:
      return 0x3c00;
    case Type::BF16:
    case Type::BF16x2:
      return 0x3f80;
    default:
      return zero_extended(~u64{0}, t);
  }
}

void decode_comparison(Decoder &d, const Statement &s, Instruction *i) {
  const bool to_predicate = s.opcode == "setp";
  if (to_predicate) i->from = i->type;
  const Type t = i->from;
  for (const std::string &m : s.modifiers) {
    const Compare c = compare_named(m, is_float(t));
    if (c != Compare::None && i->compare == Compare::None) i->compare = c;
    if (m == "and") i->op = static_cast<u8>(Combine::And);
    if (m == "or") i->op = static_cast<u8>(Combine::Or);
    if (m == "xor") i->op = static_cast<u8>(Combine::Xor);
  }
  const Operand &to = operand(s, 0);
  if (!to_predicate) {
    i->d = d.destination_any(to, &i->wide_d);
    i->offset = static_cast<i64>(true_value(i->type));
  } else if (to.kind == Operand::Kind::Vector) {
    i->d = d.predicate_destination(to.parts.at(0));
    i->e = d.predicate_destination(to.parts.at(1));
  } else {
    i->d = d.predicate_destination(to);
  }
  i->a = d.source(operand(s, 1), t);
  i->b = d.source(operand(s, 2), t);
  if (s.operands.size() > 3) i->c = d.predicate(s.operands[3]);
  i->mode.flush = has(s, "ftz");
  if (is_half(t) || (t == Type::F32 && i->mode.flush)) {
    if (i->compare == Compare::None) throw DecodeError("comparison");
    i->run = general_comparison;
  } else if (t == Type::F32) {
    i->run = handler_of<float>(i->compare, to_predicate);
  } else if (t == Type::F64) {
    i->run = handler_of<double>(i->compare, to_predicate);
  } else {
    i->run =
        with_integer(t, [&](auto tag) { return handler_of<typename decltype(tag)::type>(i->compare, to_predicate); });
  }
}

template <class R>
void select(Exec &x, const Instruction &i, u32 lanes) {
  R *d = x.slot<R>(i.d);
  const R *a = x.slot<R>(i.a), *b = x.slot<R>(i.b);
  const u32 p = x.predicate(i.c);
  each_lane(lanes, [=](int l) { d[l] = p >> l & 1 ? a[l] : b[l]; });
}

void decode_selp(Decoder &d, const Statement &s, Instruction *i) {
  i->d = d.destination(operand(s, 0), i->type);
  i->a = d.source(operand(s, 1), i->type);
  i->b = d.source(operand(s, 2), i->type);
  i->c = d.predicate(operand(s, 3));
  i->run = size_of(i->type) == 8 ? select<u64> : select<u32>;
}

/// slct: the first where the third operand is not negative.
template <class R>
void select_by_sign(Exec &x, const Instruction &i, u32 lanes) {
  R *d = x.slot<R>(i.d);
  const R *a = x.slot<R>(i.a), *b = x.slot<R>(i.b);
  const u32 *c = x.slot<u32>(i.c);
  const bool is_float_type = i.from == Type::F32;
  each_lane(lanes, [=](int l) {
    const bool first = is_float_type ? bits_as<float>(c[l]) >= 0 : static_cast<i32>(c[l]) >= 0;
    d[l] = first ? a[l] : b[l];
  });
}

void decode_slct(Decoder &d, const Statement &s, Instruction *i) {
  i->d = d.destination(operand(s, 0), i->type);
  i->a = d.source(operand(s, 1), i->type);
  i->b = d.source(operand(s, 2), i->type);
  i->c = d.source(operand(s, 3), Type::B32);
  i->run = size_of(i->type) == 8 ? select_by_sign<u64> : select_by_sign<u32>;
}

}  // namespace

void add_compare(DecodeTable *table) {
  (*table)["setp"] = (*table)["set"] = decode_comparison;
  (*table)["selp"] = decode_selp;
  (*table)["slct"] = decode_slct;
}

}  // namespace ptxemu
