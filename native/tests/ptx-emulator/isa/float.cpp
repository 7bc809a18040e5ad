// Float arithmetic: what rounds to nearest in loops over the lanes, all else one value at a time.
#include <algorithm>
#include <cmath>

#include "isa/dispatch.h"

namespace ptxemu {

namespace {

using syntax::Statement;

template <class T>
void add(Exec &x, const Instruction &i, u32 lanes) {
  binary<T>(x, i, lanes, [](T a, T b) { return a + b; });
}

template <class T>
void subtract(Exec &x, const Instruction &i, u32 lanes) {
  binary<T>(x, i, lanes, [](T a, T b) { return a - b; });
}

template <class T>
void multiply(Exec &x, const Instruction &i, u32 lanes) {
  binary<T>(x, i, lanes, [](T a, T b) { return a * b; });
}

template <class T>
void divide(Exec &x, const Instruction &i, u32 lanes) {
  binary<T>(x, i, lanes, [](T a, T b) { return a / b; });
}

template <class T>
void fused_multiply_add(Exec &x, const Instruction &i, u32 lanes) {
  ternary<T>(x, i, lanes, [](T a, T b, T c) { return std::fma(a, b, c); });
}

template <class T>
void square_root(Exec &x, const Instruction &i, u32 lanes) {
  unary<T>(x, i, lanes, [](T a) { return std::sqrt(a); });
}

template <class T>
void absolute(Exec &x, const Instruction &i, u32 lanes) {
  unary<T>(x, i, lanes, [](T a) { return std::fabs(a); });
}

template <class T>
void negate(Exec &x, const Instruction &i, u32 lanes) {
  unary<T>(x, i, lanes, [](T a) { return -a; });
}

/// The other operand where one is NaN; -0 below +0.
template <class T, bool larger>
void extreme(Exec &x, const Instruction &i, u32 lanes) {
  binary<T>(x, i, lanes, [](T a, T b) {
    if (std::isnan(a)) return b;
    if (std::isnan(b)) return a;
    if (a == b) return std::signbit(a) == larger ? b : a;
    return (a < b) == larger ? b : a;
  });
}

/// Any operation, type and mode.
template <class R>
void general(Exec &x, const Instruction &i, u32 lanes) {
  auto *d = x.slot<R>(i.d);
  const auto *a = x.slot<R>(i.a), *b = x.slot<R>(i.b), *c = x.slot<R>(i.c);
  for (u32 rest = lanes; rest; rest &= rest - 1) {
    const int l = __builtin_ctz(rest);
    d[l] = static_cast<R>(float_operation(static_cast<FloatOp>(i.op), i.type, i.mode, a[l], b[l], c[l]));
  }
}

template <class T>
Handler fast(FloatOp op) {
  switch (op) {
    case FloatOp::Add:
      return add<T>;
    case FloatOp::Sub:
      return subtract<T>;
    case FloatOp::Mul:
      return multiply<T>;
    case FloatOp::Div:
      return divide<T>;
    case FloatOp::Fma:
      return fused_multiply_add<T>;
    case FloatOp::Sqrt:
      return square_root<T>;
    case FloatOp::Abs:
      return absolute<T>;
    case FloatOp::Neg:
      return negate<T>;
    case FloatOp::Min:
      return extreme<T, false>;
    case FloatOp::Max:
      return extreme<T, true>;
    default:
      return nullptr;
  }
}

const std::map<std::string, FloatOp> &operations() {
  static const std::map<std::string, FloatOp> names = {
      {"add", FloatOp::Add}, {"sub", FloatOp::Sub},   {"mul", FloatOp::Mul},          {"div", FloatOp::Div},
      {"min", FloatOp::Min}, {"max", FloatOp::Max},   {"fma", FloatOp::Fma},          {"mad", FloatOp::Fma},
      {"abs", FloatOp::Abs}, {"neg", FloatOp::Neg},   {"sqrt", FloatOp::Sqrt},        {"rsqrt", FloatOp::Rsqrt},
      {"rcp", FloatOp::Rcp}, {"ex2", FloatOp::Ex2},   {"lg2", FloatOp::Lg2},          {"sin", FloatOp::Sin},
      {"cos", FloatOp::Cos}, {"tanh", FloatOp::Tanh}, {"copysign", FloatOp::Copysign}};
  return names;
}

// testp: what kind of number a value is.
enum class Class : u8 { Finite, Infinite, Number, NotANumber, Normal, Subnormal };

template <class T>
void test_property(Exec &x, const Instruction &i, u32 lanes) {
  const auto *a = x.slot<Register<T>>(i.a);
  const auto which = static_cast<Class>(i.op);
  const u32 bits = lanes_where(lanes, [=](int l) {
    const T v = from_register<T>(a[l]);
    switch (which) {
      case Class::Finite:
        return std::isfinite(v);
      case Class::Infinite:
        return std::isinf(v);
      case Class::Number:
        return !std::isnan(v);
      case Class::NotANumber:
        return std::isnan(v);
      case Class::Normal:
        return std::isnormal(v);
      default:
        return std::fpclassify(v) == FP_SUBNORMAL;
    }
  });
  x.set_predicate(i.d, bits, lanes);
}

void decode_testp(Decoder &d, const Statement &s, Instruction *i) {
  i->d = d.predicate_destination(operand(s, 0));
  i->a = d.source(operand(s, 1), i->type);
  i->op = static_cast<u8>(has(s, "finite")       ? Class::Finite
                          : has(s, "infinite")   ? Class::Infinite
                          : has(s, "number")     ? Class::Number
                          : has(s, "notanumber") ? Class::NotANumber
                          : has(s, "normal")     ? Class::Normal
                                                 : Class::Subnormal);
  i->run = i->type == Type::F64 ? test_property<double> : test_property<float>;
}

}  // namespace

void decode_float(Decoder &d, const Statement &s, Instruction *i) {
  const auto it = operations().find(s.opcode);
  if (it == operations().end() || !is_float(i->type)) throw DecodeError("float operation");
  decode_values(d, s, i);
  i->op = static_cast<u8>(it->second);
  i->mode = float_mode_of(s);
  // Approximations are computed in full, but for the double ones, whose lower word is zero.
  i->mode.approximate = i->mode.approximate && (it->second == FloatOp::Rcp || it->second == FloatOp::Rsqrt);
  const FloatMode &m = i->mode;
  const bool plain = m.rounding == Rounding::Nearest && !m.flush && !m.saturate && !m.relu && !m.nan;
  i->run = nullptr;
  if (plain && i->type == Type::F32) i->run = fast<float>(it->second);
  if (plain && i->type == Type::F64) i->run = fast<double>(it->second);
  if (!i->run) i->run = size_of(i->type) == 8 ? general<u64> : general<u32>;
}

void add_float(DecodeTable *table) {
  for (const char *op : {"fma", "sqrt", "rsqrt", "rcp", "ex2", "lg2", "sin", "cos", "tanh", "copysign"}) {
    (*table)[op] = decode_float;
  }
  (*table)["testp"] = decode_testp;
}

}  // namespace ptxemu
