// cvt: between all types. The conversions that kernels live on have loops of their own.
#include "isa/dispatch.h"

namespace ptxemu {

namespace {

using syntax::Statement;

template <class To, class From>
void convert(Exec &x, const Instruction &i, u32 lanes) {
  auto *d = x.slot<Register<To>>(i.d);
  const auto *a = x.slot<Register<From>>(i.a);
  each_lane(lanes, [=](int l) { d[l] = to_register<To>(static_cast<To>(from_register<From>(a[l]))); });
}

ConvertMode mode_of(const Instruction &i) {
  ConvertMode m;
  m.rounding = i.mode.rounding;
  m.integer = i.integer;
  m.flush = i.mode.flush;
  m.saturate = i.mode.saturate;
  m.relu = i.mode.relu;
  return m;
}

void convert_any(Exec &x, const Instruction &i, u32 lanes) {
  const ConvertMode m = mode_of(i);
  for (u32 rest = lanes; rest; rest &= rest - 1) {
    const int l = __builtin_ctz(rest);
    const u64 v = converted(read_register(x, i.a, i.wide_a, l), i.type, i.from, m);
    // A narrow integer fills a wider register with its sign.
    write_register(x, i.d, i.wide_d, l, is_signed(i.type) ? static_cast<u64>(sign_extended(v, i.type)) : v);
  }
}

/// cvt.f16x2.f32 and its kin: the first source becomes the upper half.
void convert_pair(Exec &x, const Instruction &i, u32 lanes) {
  const ConvertMode m = mode_of(i);
  const Type half = element_of(i.type);
  for (u32 rest = lanes; rest; rest &= rest - 1) {
    const int l = __builtin_ctz(rest);
    const u64 high = converted(x.slot<u32>(i.a)[l], half, i.from, m),
              low = converted(x.slot<u32>(i.b)[l], half, i.from, m);
    x.slot<u32>(i.d)[l] = static_cast<u32>(high << 16 | (low & 0xffff));
  }
}

Handler fast(const Instruction &i) {
  const auto is = [&i](Type to, Type from, bool wide_d, bool wide_a) {
    return i.type == to && i.from == from && i.wide_d == wide_d && i.wide_a == wide_a;
  };
  if (i.mode.rounding != Rounding::Nearest || i.mode.flush || i.mode.saturate || i.mode.relu ||
      i.integer != IntegerRounding::None) {
    return nullptr;
  }
  if (is(Type::F64, Type::F32, true, false)) return convert<double, float>;
  if (is(Type::F32, Type::F64, false, true)) return convert<float, double>;
  if (is(Type::F32, Type::S32, false, false)) return convert<float, i32>;
  if (is(Type::F32, Type::U32, false, false)) return convert<float, u32>;
  if (is(Type::F64, Type::S32, true, false)) return convert<double, i32>;
  if (is(Type::F64, Type::U32, true, false)) return convert<double, u32>;
  if (is(Type::F64, Type::S64, true, true)) return convert<double, i64>;
  if (is(Type::F32, Type::S64, false, true)) return convert<float, i64>;
  if (is(Type::S64, Type::S32, true, false)) return convert<i64, i32>;
  if (is(Type::U64, Type::U32, true, false)) return convert<u64, u32>;
  if (is(Type::U32, Type::U64, false, true) || is(Type::S32, Type::S64, false, true)) return convert<u32, u64>;
  return nullptr;
}

void decode_cvt(Decoder &d, const Statement &s, Instruction *i) {
  if (i->from == Type::None || has(s, "e4m3x2") || has(s, "e5m2x2")) throw DecodeError("conversion");
  i->mode = float_mode_of(s);
  i->mode.saturate = i->mode.saturate || has(s, "satfinite");
  i->integer = has(s, "rni")   ? IntegerRounding::Nearest
               : has(s, "rzi") ? IntegerRounding::Zero
               : has(s, "rmi") ? IntegerRounding::Down
               : has(s, "rpi") ? IntegerRounding::Up
                               : IntegerRounding::None;
  i->d = d.destination_any(operand(s, 0), &i->wide_d);
  if (is_packed(i->type)) {
    i->a = d.source(operand(s, 1), Type::B32);
    i->b = d.source(operand(s, 2), Type::B32);
    i->run = convert_pair;
    return;
  }
  i->a = d.source_any(operand(s, 1), &i->wide_a);
  i->run = fast(*i);
  if (!i->run) i->run = convert_any;
}

}  // namespace

void add_convert(DecodeTable *table) { (*table)["cvt"] = decode_cvt; }

}  // namespace ptxemu
