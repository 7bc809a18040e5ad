// Compiled with -frounding-math: the processor's rounding changes here.
#include "core/values.h"

#include <algorithm>
#include <cfenv>
#include <cmath>
#include <limits>

namespace ptxemu {

RoundingGuard::RoundingGuard(Rounding r) : changed_(r != Rounding::Nearest) {
  static constexpr int kModes[] = {FE_TONEAREST, FE_TOWARDZERO, FE_DOWNWARD, FE_UPWARD};
  if (changed_) std::fesetround(kModes[static_cast<int>(r)]);
}

RoundingGuard::~RoundingGuard() {
  if (changed_) std::fesetround(FE_TONEAREST);
}

namespace {

float bfloat_value(u16 bits) { return bits_as<float>(static_cast<u32>(bits) << 16); }

float f16_value(u16 bits) {
  const u32 sign = static_cast<u32>(bits & 0x8000) << 16;
  const u32 exponent = bits >> 10 & 0x1f, fraction = bits & 0x3ff;
  if (exponent == 0) {
    const float v = std::ldexp(static_cast<float>(fraction), -24);
    return sign ? -v : v;
  }
  return bits_as<float>(sign | (exponent == 31 ? 0x7f800000u : (exponent + 112) << 23) | fraction << 13);
}

/// A double rounded to a float format of `fraction` bits and the given exponents: value of the unit in the last place.
double rounded_to(double v, int fraction, int min_exponent, Rounding r) {
  int e;
  std::frexp(v, &e);
  const int unit = std::max(e - 1, min_exponent) - fraction;
  const double scaled = std::ldexp(v, -unit);
  double whole;
  {
    const RoundingGuard guard(r);
    volatile double x = scaled;
    // Stored while the mode holds: nothing else keeps the compiler from rounding behind the guard.
    volatile double rounded = std::nearbyint(x);
    whole = rounded;
  }
  return std::ldexp(whole, unit);
}

u16 bfloat_bits(double v, Rounding r) {
  if (std::isnan(v)) return 0x7fff;
  const u16 sign = std::signbit(v) ? 0x8000 : 0;
  if (v == 0 || std::isinf(v)) return sign | (v == 0 ? 0 : 0x7f80);
  const double rounded = std::fabs(rounded_to(v, 7, -126, r));
  if (rounded > 3.3895313892515355e38) {
    const bool to_infinity = r == Rounding::Nearest || (r == Rounding::Up && !sign) || (r == Rounding::Down && sign);
    return sign | (to_infinity ? 0x7f80 : 0x7f7f);
  }
  return sign | static_cast<u16>(bits_as<u32>(static_cast<float>(rounded)) >> 16);
}

u16 f16_bits(double v, Rounding r) {
  if (std::isnan(v)) return 0x7fff;
  const u16 sign = std::signbit(v) ? 0x8000 : 0;
  if (v == 0 || std::isinf(v)) return sign | (v == 0 ? 0 : 0x7c00);
  const double rounded = std::fabs(rounded_to(v, 10, -14, r));
  if (rounded > 65504) {
    const bool to_infinity = r == Rounding::Nearest || (r == Rounding::Up && !sign) || (r == Rounding::Down && sign);
    return sign | (to_infinity ? 0x7c00 : 0x7bff);
  }
  if (rounded < std::ldexp(1.0, -14)) return sign | static_cast<u16>(std::ldexp(rounded, 24));
  int e;
  const double m = std::frexp(rounded, &e);  // in [0.5, 1)
  return sign | static_cast<u16>(((e + 14) << 10) + (static_cast<int>(std::ldexp(m, 11)) - 1024));
}

template <class T>
T smaller(T a, T b, bool nan) {
  if (nan && (std::isnan(a) || std::isnan(b))) return std::numeric_limits<T>::quiet_NaN();
  if (std::isnan(a)) return b;
  if (std::isnan(b)) return a;
  if (a == b) return std::signbit(a) ? a : b;
  return a < b ? a : b;
}

template <class T>
T larger(T a, T b, bool nan) {
  if (nan && (std::isnan(a) || std::isnan(b))) return std::numeric_limits<T>::quiet_NaN();
  if (std::isnan(a)) return b;
  if (std::isnan(b)) return a;
  if (a == b) return std::signbit(a) ? b : a;
  return a > b ? a : b;
}

/// Volatile operands keep the arithmetic between the changes of rounding.
template <class T>
T exact(FloatOp op, const FloatMode &mode, T a, T b, T c) {
  volatile T x = a, y = b, z = c;
  switch (op) {
    case FloatOp::Min:
      return smaller(a, b, mode.nan);
    case FloatOp::Max:
      return larger(a, b, mode.nan);
    case FloatOp::Abs:
      return std::fabs(a);
    case FloatOp::Neg:
      return -a;
    case FloatOp::Copysign:
      return std::copysign(b, a);
    case FloatOp::Ex2:
      return static_cast<T>(std::exp2(static_cast<double>(a)));
    case FloatOp::Lg2:
      return static_cast<T>(std::log2(static_cast<double>(a)));
    case FloatOp::Sin:
      return static_cast<T>(std::sin(static_cast<double>(a)));
    case FloatOp::Cos:
      return static_cast<T>(std::cos(static_cast<double>(a)));
    case FloatOp::Tanh:
      return static_cast<T>(std::tanh(static_cast<double>(a)));
    case FloatOp::Rsqrt:
      return static_cast<T>(1.0 / std::sqrt(static_cast<double>(a)));
    default:
      break;
  }
  const RoundingGuard guard(mode.rounding);
  volatile T r;
  switch (op) {
    case FloatOp::Add:
      r = x + y;
      break;
    case FloatOp::Sub:
      r = x - y;
      break;
    case FloatOp::Mul:
      r = x * y;
      break;
    case FloatOp::Div:
      r = x / y;
      break;
    case FloatOp::Fma:
      r = std::fma(x, y, z);
      break;
    case FloatOp::Sqrt:
      r = std::sqrt(x);
      break;
    default:
      r = T{1} / x;
      break;  // Rcp
  }
  return r;
}

template <class T>
T clamped(T v) {
  return std::isnan(v) ? T{0} : std::min(T{1}, std::max(T{0}, v));
}

u64 half_operation(FloatOp op, Type type, const FloatMode &mode, u64 a, u64 b, u64 c) {
  if (op == FloatOp::Neg) return (a & 0xffff) ^ 0x8000;
  if (op == FloatOp::Abs) return a & 0x7fff;
  FloatMode wide = mode;
  wide.rounding = Rounding::Nearest;
  const auto value = [&](u64 bits) { return half_value(static_cast<u16>(bits), type); };
  double r = exact<double>(op, wide, value(a), value(b), value(c));
  if (mode.relu && !(r > 0)) r = 0;
  if (mode.saturate) r = clamped(r);
  return half_bits(r, type, mode.rounding);
}

u64 double_operation(FloatOp op, const FloatMode &mode, u64 a, u64 b, u64 c) {
  const u64 r = bits_as<u64>(exact<double>(op, mode, bits_as<double>(a), bits_as<double>(b), bits_as<double>(c)));
  // rcp.approx.ftz.f64 and its kin give the upper word alone.
  return mode.approximate ? r & ~u64{0xffffffff} : r;
}

}  // namespace

double half_value(u16 bits, Type type) { return type == Type::BF16 ? bfloat_value(bits) : f16_value(bits); }

u16 half_bits(double value, Type type, Rounding r) {
  return type == Type::BF16 ? bfloat_bits(value, r) : f16_bits(value, r);
}

float flushed(float v) { return std::fpclassify(v) == FP_SUBNORMAL ? std::copysign(0.0f, v) : v; }

double float_value(u64 bits, Type type) {
  if (type == Type::F32) return bits_as<float>(static_cast<u32>(bits));
  if (type == Type::F64) return bits_as<double>(bits);
  return half_value(static_cast<u16>(bits), type);
}

u64 float_bits(double value, Type type, Rounding r) {
  if (type == Type::F64) return bits_as<u64>(value);
  if (type != Type::F32) return half_bits(value, type, r);
  const RoundingGuard guard(r);
  volatile double v = value;
  volatile float rounded = static_cast<float>(v);
  return bits_as<u32>(static_cast<float>(rounded));
}

u64 float_operation(FloatOp op, Type type, const FloatMode &mode, u64 a, u64 b, u64 c) {
  if (is_packed(type)) {
    const Type half = element_of(type);
    return half_operation(op, half, mode, a, b, c) | half_operation(op, half, mode, a >> 16, b >> 16, c >> 16) << 16;
  }
  if (type == Type::F64) return double_operation(op, mode, a, b, c);
  if (type != Type::F32) return half_operation(op, type, mode, a, b, c);
  const auto value = [&](u64 bits) {
    const float v = bits_as<float>(static_cast<u32>(bits));
    return mode.flush ? flushed(v) : v;
  };
  float r = exact<float>(op, mode, value(a), value(b), value(c));
  if (mode.saturate) r = clamped(r);
  if (mode.flush) r = flushed(r);
  return bits_as<u32>(r);
}

namespace {

double to_whole(double v, IntegerRounding r) {
  switch (r) {
    case IntegerRounding::Zero:
      return std::trunc(v);
    case IntegerRounding::Down:
      return std::floor(v);
    case IntegerRounding::Up:
      return std::ceil(v);
    default:
      return std::nearbyint(v);
  }
}

u64 float_to_float(double v, Type to, const ConvertMode &mode) {
  if (mode.integer != IntegerRounding::None) v = to_whole(v, mode.integer);
  if (mode.saturate) v = clamped(v);
  if (mode.relu && !(v > 0)) v = 0;
  const u64 bits = float_bits(v, to, mode.rounding);
  return to == Type::F32 && mode.flush ? bits_as<u32>(flushed(bits_as<float>(static_cast<u32>(bits)))) : bits;
}

u64 float_to_integer(double v, Type to, Type from, const ConvertMode &mode) {
  const int width = 8 * size_of(to);
  // A NaN becomes 0, and where a double or 64 bits are concerned the sign bit alone.
  if (std::isnan(v)) return width == 64 || from == Type::F64 ? u64{1} << (width - 1) : 0;
  v = to_whole(v, mode.integer);
  if (is_signed(to)) {
    const double limit = std::ldexp(1.0, width - 1);
    if (v >= limit) return zero_extended((u64{1} << (width - 1)) - 1, to);
    if (v < -limit) return zero_extended(u64{1} << (width - 1), to);
    return zero_extended(static_cast<u64>(static_cast<i64>(v)), to);
  }
  if (v <= 0) return 0;
  if (v >= std::ldexp(1.0, width)) return zero_extended(~u64{0}, to);
  return static_cast<u64>(v);
}

u64 integer_to_float(u64 bits, Type to, Type from, const ConvertMode &mode) {
  const RoundingGuard guard(mode.rounding);
  volatile i64 s = sign_extended(bits, from);
  volatile u64 u = zero_extended(bits, from);
  if (to == Type::F32) {
    volatile float r = is_signed(from) ? static_cast<float>(s) : static_cast<float>(u);
    return bits_as<u32>(static_cast<float>(r));
  }
  volatile double r = is_signed(from) ? static_cast<double>(s) : static_cast<double>(u);
  return to == Type::F64 ? bits_as<u64>(static_cast<double>(r)) : half_bits(r, to, mode.rounding);
}

u64 integer_to_integer(u64 bits, Type to, Type from, bool saturate) {
  if (!saturate)
    return zero_extended(is_signed(from) ? static_cast<u64>(sign_extended(bits, from)) : zero_extended(bits, from), to);
  __int128 v = is_signed(from) ? __int128{sign_extended(bits, from)} : static_cast<__int128>(zero_extended(bits, from));
  const int width = 8 * size_of(to);
  const __int128 low = is_signed(to) ? -(__int128{1} << (width - 1)) : __int128{0};
  const __int128 high = is_signed(to) ? (__int128{1} << (width - 1)) - 1 : (__int128{1} << width) - 1;
  v = std::min(high, std::max(low, v));
  return zero_extended(static_cast<u64>(v), to);
}

}  // namespace

u64 converted(u64 bits, Type to, Type from, const ConvertMode &mode) {
  if (is_float(from)) {
    double v = float_value(bits, from);
    if (from == Type::F32 && mode.flush) v = flushed(static_cast<float>(v));
    return is_float(to) ? float_to_float(v, to, mode) : float_to_integer(v, to, from, mode);
  }
  if (is_float(to)) return integer_to_float(bits, to, from, mode);
  return integer_to_integer(bits, to, from, mode.saturate);
}

bool compare_floats(Compare c, double a, double b) {
  const bool unordered = std::isnan(a) || std::isnan(b);
  switch (c) {
    case Compare::Eq:
      return a == b;
    case Compare::Ne:
      return !unordered && a != b;
    case Compare::Lt:
      return a < b;
    case Compare::Le:
      return a <= b;
    case Compare::Gt:
      return a > b;
    case Compare::Ge:
      return a >= b;
    case Compare::Equ:
      return unordered || a == b;
    case Compare::Neu:
      return unordered || a != b;
    case Compare::Ltu:
      return unordered || a < b;
    case Compare::Leu:
      return unordered || a <= b;
    case Compare::Gtu:
      return unordered || a > b;
    case Compare::Geu:
      return unordered || a >= b;
    case Compare::Num:
      return !unordered;
    default:
      return unordered;
  }
}

}  // namespace ptxemu
