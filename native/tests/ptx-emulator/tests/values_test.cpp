// Halves, roundings, conversions.
#include "core/values.h"

#include <cmath>
#include <limits>

#include "../../check.h"

using namespace ptxemu;

namespace {

void halves_return() {
  for (u32 bits = 0; bits < 0x10000; bits++) {
    for (const Type t : {Type::F16, Type::BF16}) {
      const double v = half_value(static_cast<u16>(bits), t);
      if (!std::isnan(v)) CHECK(half_bits(v, t, Rounding::Nearest) == bits);
    }
  }
}

void halves_round() {
  CHECK(half_bits(1 + 0x1p-11, Type::F16, Rounding::Nearest) == 0x3c00);  // a tie goes to the even one
  CHECK(half_bits(1 + 3 * 0x1p-11, Type::F16, Rounding::Nearest) == 0x3c02);
  CHECK(half_bits(1 + 0x1p-11 + 0x1p-40, Type::F16, Rounding::Nearest) == 0x3c01);  // rounded once, not by way of float
  CHECK(half_bits(1 + 0x1p-8, Type::BF16, Rounding::Up) == 0x3f81);
  CHECK(half_bits(-1 - 0x1p-8, Type::BF16, Rounding::Up) == 0xbf80);
  CHECK(half_bits(65520, Type::F16, Rounding::Nearest) == 0x7c00);
  CHECK(half_bits(65520, Type::F16, Rounding::Zero) == 0x7bff);
}

u64 f32(float v) { return bits_as<u32>(v); }

void arithmetic_rounds() {
  FloatMode up, down;
  up.rounding = Rounding::Up;
  down.rounding = Rounding::Down;
  const u64 one = f32(1), three = f32(3);
  CHECK(float_operation(FloatOp::Div, Type::F32, up, one, three, 0) ==
        float_operation(FloatOp::Div, Type::F32, down, one, three, 0) + 1);
  CHECK(float_operation(FloatOp::Fma, Type::F32, {}, f32(1 + 0x1p-12f), f32(1 + 0x1p-12f), f32(-1 - 0x1p-11f)) ==
        f32(0x1p-24f));
  FloatMode flush;
  flush.flush = true;
  CHECK(float_operation(FloatOp::Mul, Type::F32, flush, f32(0x1p-100f), f32(0x1p-40f), 0) == 0);
  FloatMode saturate;
  saturate.saturate = true;
  CHECK(float_operation(FloatOp::Add, Type::F32, saturate, one, three, 0) == one);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(float_operation(FloatOp::Min, Type::F32, {}, f32(nan), three, 0) == three);
  CHECK(float_operation(FloatOp::Max, Type::F32, {}, f32(-0.0f), f32(0.0f), 0) == f32(0.0f));
}

void conversions() {
  ConvertMode zero;
  zero.integer = IntegerRounding::Zero;
  CHECK(converted(f32(-1.5f), Type::S32, Type::F32, zero) == 0xffffffff);
  CHECK(converted(f32(3e9f), Type::S32, Type::F32, zero) == 0x7fffffff);
  CHECK(converted(f32(-3.0f), Type::U32, Type::F32, zero) == 0);
  CHECK(converted(f32(std::numeric_limits<float>::quiet_NaN()), Type::S32, Type::F32, zero) == 0);
  CHECK(converted(0xff, Type::S32, Type::S8, {}) == 0xffffffff);
  CHECK(converted(0xff, Type::U32, Type::U8, {}) == 0xff);
  ConvertMode saturate;
  saturate.saturate = true;
  CHECK(converted(300, Type::U8, Type::U32, saturate) == 255);
  CHECK(converted(bits_as<u64>(i64{-5}), Type::U8, Type::S64, saturate) == 0);
  CHECK(converted((u64{1} << 24) + 1, Type::F32, Type::U64, {}) == f32(16777216.0f));
}

}  // namespace

int main() {
  halves_return();
  halves_round();
  arithmetic_rounds();
  conversions();
  CHECK(compare_floats(Compare::Neu, NAN, 1) && !compare_floats(Compare::Ne, NAN, 1));
  CHECK(zero_extended(~u64{0}, Type::U16) == 0xffff && sign_extended(0x8000, Type::S16) == -32768);
  return nero_failures;
}
