// Bits and the values they stand for: halves, sign extension, rounding, the slow but complete float arithmetic.
#pragma once

#include <cstring>

#include "core/types.h"

namespace ptxemu {

template <class To, class From>
inline To bits_as(From from) {
  To to{};
  std::memcpy(&to, &from, sizeof(To) < sizeof(From) ? sizeof(To) : sizeof(From));
  return to;
}

/// The low bits of a type's width, the others zero.
constexpr u64 zero_extended(u64 v, Type t) {
  const int n = size_of(t);
  return n >= 8 ? v : v & ((u64{1} << (8 * n)) - 1);
}

constexpr i64 sign_extended(u64 v, Type t) {
  switch (size_of(t)) {
    case 1:
      return static_cast<i8>(v);
    case 2:
      return static_cast<i16>(v);
    case 4:
      return static_cast<i32>(v);
    default:
      return static_cast<i64>(v);
  }
}

enum class Rounding : u8 { Nearest, Zero, Down, Up };

/// Sets the processor's rounding while it lives. What it covers must be compiled with -frounding-math.
class RoundingGuard {
 public:
  explicit RoundingGuard(Rounding r);
  ~RoundingGuard();
  RoundingGuard(const RoundingGuard &) = delete;
  RoundingGuard &operator=(const RoundingGuard &) = delete;

 private:
  bool changed_;
};

double half_value(u16 bits, Type type);               ///< of F16 or BF16
u16 half_bits(double value, Type type, Rounding r);   ///< rounded once, NaN as the device writes it
float flushed(float v);                               ///< subnormals to a zero of their sign
double float_value(u64 bits, Type type);              ///< of any scalar float type
u64 float_bits(double value, Type type, Rounding r);  ///< rounded once

/// Operations that the complete float arithmetic knows.
enum class FloatOp : u8 {
  Add,
  Sub,
  Mul,
  Div,
  Min,
  Max,
  Fma,
  Abs,
  Neg,
  Sqrt,
  Rsqrt,
  Rcp,
  Ex2,
  Lg2,
  Sin,
  Cos,
  Tanh,
  Copysign
};

/// How a float operation is to be done.
struct FloatMode {
  Rounding rounding = Rounding::Nearest;
  bool flush = false;     ///< .ftz
  bool saturate = false;  ///< .sat
  bool relu = false;      ///< .relu
  bool nan = false;       ///< .NaN: min and max propagate it
  bool approximate = false;
};

/// One operation on bits of F32, F64, F16, BF16 or their pairs.
u64 float_operation(FloatOp op, Type type, const FloatMode &mode, u64 a, u64 b, u64 c);

enum class IntegerRounding : u8 { None, Nearest, Zero, Down, Up };

struct ConvertMode {
  Rounding rounding = Rounding::Nearest;
  IntegerRounding integer = IntegerRounding::None;
  bool flush = false, saturate = false, relu = false;
};

/// Bits of `from` as bits of `to`, both scalar.
u64 converted(u64 bits, Type to, Type from, const ConvertMode &mode);

enum class Compare : u8 { Eq, Ne, Lt, Le, Gt, Ge, Equ, Neu, Ltu, Leu, Gtu, Geu, Num, Nan, None };

bool compare_floats(Compare c, double a, double b);

}  // namespace ptxemu
