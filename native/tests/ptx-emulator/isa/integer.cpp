// Integer arithmetic.
#include <algorithm>
#include <limits>

#include "isa/dispatch.h"

namespace ptxemu {

namespace {

using syntax::Statement;

template <class T>
using Unsigned = std::make_unsigned_t<T>;

/// Integers wrap: all sums and products are taken without sign.
template <class T>
T wrapping_product(T a, T b) {
  return static_cast<T>(static_cast<u64>(a) * static_cast<u64>(b));
}

template <class T>
T high_product(T a, T b) {
  constexpr int kBits = 8 * sizeof(T);
  if constexpr (std::is_signed_v<T>) {
    return static_cast<T>((static_cast<__int128>(a) * b) >> kBits);
  } else {
    return static_cast<T>((static_cast<unsigned __int128>(a) * b) >> kBits);
  }
}

template <class T>
void add(Exec &x, const Instruction &i, u32 lanes) {
  binary<T>(x, i, lanes,
            [](T a, T b) { return static_cast<T>(static_cast<Unsigned<T>>(a) + static_cast<Unsigned<T>>(b)); });
}

template <class T>
void subtract(Exec &x, const Instruction &i, u32 lanes) {
  binary<T>(x, i, lanes,
            [](T a, T b) { return static_cast<T>(static_cast<Unsigned<T>>(a) - static_cast<Unsigned<T>>(b)); });
}

void add_saturating(Exec &x, const Instruction &i, u32 lanes) {
  binary<i32>(x, i, lanes, [](i32 a, i32 b) {
    return static_cast<i32>(
        std::clamp<i64>(i64{a} + b, std::numeric_limits<i32>::min(), std::numeric_limits<i32>::max()));
  });
}

void subtract_saturating(Exec &x, const Instruction &i, u32 lanes) {
  binary<i32>(x, i, lanes, [](i32 a, i32 b) {
    return static_cast<i32>(
        std::clamp<i64>(i64{a} - b, std::numeric_limits<i32>::min(), std::numeric_limits<i32>::max()));
  });
}

template <class T>
void multiply_low(Exec &x, const Instruction &i, u32 lanes) {
  binary<T>(x, i, lanes, wrapping_product<T>);
}

template <class T>
void multiply_high(Exec &x, const Instruction &i, u32 lanes) {
  binary<T>(x, i, lanes, high_product<T>);
}

/// mul.wide, mad.wide: factors of T, result and addend twice as wide.
template <class T, class Wide, bool with_addend>
void multiply_wide(Exec &x, const Instruction &i, u32 lanes) {
  auto *d = x.slot<Register<Wide>>(i.d);
  const auto *a = x.slot<Register<T>>(i.a), *b = x.slot<Register<T>>(i.b);
  const auto *c = x.slot<Register<Wide>>(i.c);
  each_lane(lanes, [=](int l) {
    const Wide product =
        static_cast<Wide>(static_cast<Wide>(from_register<T>(a[l])) * static_cast<Wide>(from_register<T>(b[l])));
    if constexpr (with_addend) {
      d[l] =
          to_register<Wide>(static_cast<Wide>(static_cast<u64>(product) + static_cast<u64>(from_register<Wide>(c[l]))));
    } else {
      d[l] = to_register<Wide>(product);
    }
  });
}

template <class T>
void multiply_add_low(Exec &x, const Instruction &i, u32 lanes) {
  ternary<T>(x, i, lanes, [](T a, T b, T c) {
    return static_cast<T>(static_cast<u64>(wrapping_product(a, b)) + static_cast<u64>(c));
  });
}

template <class T>
void multiply_add_high(Exec &x, const Instruction &i, u32 lanes) {
  ternary<T>(x, i, lanes,
             [](T a, T b, T c) { return static_cast<T>(static_cast<u64>(high_product(a, b)) + static_cast<u64>(c)); });
}

template <class T>
bool overflows(T a, T b) {
  return std::is_signed_v<T> && a == std::numeric_limits<T>::min() && b == static_cast<T>(-1);
}

/// By zero: all ones, as the device has it.
template <class T>
void divide(Exec &x, const Instruction &i, u32 lanes) {
  binary<T>(x, i, lanes, [](T a, T b) {
    return b == 0 ? static_cast<T>(-1) : overflows(a, b) ? a : static_cast<T>(a / b);
  });
}

template <class T>
void remainder(Exec &x, const Instruction &i, u32 lanes) {
  binary<T>(x, i, lanes, [](T a, T b) { return b == 0 ? a : overflows(a, b) ? T{0} : static_cast<T>(a % b); });
}

template <class T>
void minimum(Exec &x, const Instruction &i, u32 lanes) {
  binary<T>(x, i, lanes, [](T a, T b) { return a < b ? a : b; });
}

template <class T>
void maximum(Exec &x, const Instruction &i, u32 lanes) {
  binary<T>(x, i, lanes, [](T a, T b) { return a > b ? a : b; });
}

template <class T>
void absolute(Exec &x, const Instruction &i, u32 lanes) {
  unary<T>(x, i, lanes, [](T a) { return a < 0 ? static_cast<T>(0 - static_cast<u64>(a)) : a; });
}

template <class T>
void negate(Exec &x, const Instruction &i, u32 lanes) {
  unary<T>(x, i, lanes, [](T a) { return static_cast<T>(0 - static_cast<u64>(a)); });
}

template <class T>
void sum_of_difference(Exec &x, const Instruction &i, u32 lanes) {
  ternary<T>(x, i, lanes, [](T a, T b, T c) {
    const u64 difference =
        a > b ? static_cast<u64>(a) - static_cast<u64>(b) : static_cast<u64>(b) - static_cast<u64>(a);
    return static_cast<T>(static_cast<u64>(c) + difference);
  });
}

template <class T>
void multiply_24(Exec &x, const Instruction &i, u32 lanes) {
  const auto low = [](T v) {
    return std::is_signed_v<T> ? static_cast<i64>(static_cast<i32>(static_cast<u32>(v) << 8) >> 8)
                               : static_cast<i64>(static_cast<u32>(v) & 0xffffff);
  };
  if (i.c) {
    ternary<T>(x, i, lanes, [low](T a, T b, T c) { return static_cast<T>(low(a) * low(b) + c); });
  } else {
    binary<T>(x, i, lanes, [low](T a, T b) { return static_cast<T>(low(a) * low(b)); });
  }
}

/// What add.cc, sub.cc, mad.cc and their followers compute, one at a time.
enum class CarryOp : u8 { Add, Sub, MadLow, MadHigh };

template <class T, bool carry_in>
void with_carry(Exec &x, const Instruction &i, u32 lanes) {
  using Double = unsigned __int128;
  constexpr int kBits = 8 * sizeof(T);
  const auto op = static_cast<CarryOp>(i.op);
  auto *d = x.slot<T>(i.d);
  const auto *a = x.slot<T>(i.a), *b = x.slot<T>(i.b), *c = x.slot<T>(i.c);
  u32 carries = 0;
  const u32 carried = carry_in ? x.warp->carry : 0;
  for (u32 rest = lanes; rest; rest &= rest - 1) {
    const int l = __builtin_ctz(rest);
    const Double in = carried >> l & 1;
    Double r = 0;
    switch (op) {
      case CarryOp::Add:
        r = Double{a[l]} + b[l] + in;
        break;
      case CarryOp::Sub:
        r = Double{a[l]} - b[l] - in;
        break;
      case CarryOp::MadLow:
        r = Double{static_cast<T>(Double{a[l]} * b[l])} + c[l] + in;
        break;
      case CarryOp::MadHigh: {
        // The upper half of a signed product is that of the bits less what the signs add.
        T high = static_cast<T>((Double{a[l]} * b[l]) >> kBits);
        if (is_signed(i.type)) {
          if (a[l] >> (kBits - 1)) high -= b[l];
          if (b[l] >> (kBits - 1)) high -= a[l];
        }
        r = Double{high} + c[l] + in;
        break;
      }
    }
    d[l] = static_cast<T>(r);
    carries |= static_cast<u32>(r >> kBits & 1) << l;
  }
  if (i.carry_out) x.warp->carry = (x.warp->carry & ~lanes) | carries;
}

void dot_of_bytes(Exec &x, const Instruction &i, u32 lanes) {
  const bool signed_a = i.type == Type::S32, signed_b = i.from == Type::S32;
  const auto byte = [](u32 v, int k, bool s) {
    const u32 b = v >> (8 * k) & 0xff;
    return s ? static_cast<i32>(static_cast<i8>(b)) : static_cast<i32>(b);
  };
  ternary<u32>(x, i, lanes, [=](u32 a, u32 b, u32 c) {
    for (int k = 0; k < 4; k++) c += static_cast<u32>(byte(a, k, signed_a) * byte(b, k, signed_b));
    return c;
  });
}

void decode_carry(Decoder &d, const Statement &s, Instruction *i) {
  const bool in = s.opcode == "addc" || s.opcode == "subc" || s.opcode == "madc";
  const std::string base = s.opcode.substr(0, 3);
  i->op = static_cast<u8>(base == "add"   ? CarryOp::Add
                          : base == "sub" ? CarryOp::Sub
                          : has(s, "hi")  ? CarryOp::MadHigh
                                          : CarryOp::MadLow);
  i->carry_out = has(s, "cc");
  decode_values(d, s, i);
  const bool wide = size_of(i->type) == 8;
  i->run = wide ? (in ? with_carry<u64, true> : with_carry<u64, false>)
                : (in ? with_carry<u32, true> : with_carry<u32, false>);
}

void decode_wide(Decoder &d, const Statement &s, Instruction *i) {
  const Type t = i->type;
  const Type result = size_of(t) == 4 ? Type::U64 : Type::U32;
  i->d = d.destination(operand(s, 0), result);
  i->a = d.source(operand(s, 1), t);
  i->b = d.source(operand(s, 2), t);
  const bool addend = s.operands.size() > 3;
  if (addend) i->c = d.source(s.operands[3], result);
  switch (t) {
    case Type::S16:
      i->run = addend ? multiply_wide<i16, i32, true> : multiply_wide<i16, i32, false>;
      break;
    case Type::U16:
      i->run = addend ? multiply_wide<u16, u32, true> : multiply_wide<u16, u32, false>;
      break;
    case Type::S32:
      i->run = addend ? multiply_wide<i32, i64, true> : multiply_wide<i32, i64, false>;
      break;
    case Type::U32:
      i->run = addend ? multiply_wide<u32, u64, true> : multiply_wide<u32, u64, false>;
      break;
    default:
      throw DecodeError("type of a wide product");
  }
}

template <class T>
Handler handler_of(const Statement &s) {
  const std::string &op = s.opcode;
  const bool high = has(s, "hi");
  if (op == "add") return has(s, "sat") ? add_saturating : add<T>;
  if (op == "sub") return has(s, "sat") ? subtract_saturating : subtract<T>;
  if (op == "mul") return high ? multiply_high<T> : multiply_low<T>;
  if (op == "mad") return high ? multiply_add_high<T> : multiply_add_low<T>;
  if (op == "div") return divide<T>;
  if (op == "rem") return remainder<T>;
  if (op == "min") return minimum<T>;
  if (op == "max") return maximum<T>;
  if (op == "abs") return absolute<T>;
  if (op == "neg") return negate<T>;
  if (op == "sad") return sum_of_difference<T>;
  throw DecodeError("integer operation");
}

void decode_integer(Decoder &d, const Statement &s, Instruction *i) {
  if (is_float(i->type)) return decode_float(d, s, i);
  if (has(s, "cc") || s.opcode.size() == 4) return decode_carry(d, s, i);  // addc, subc, madc
  if (has(s, "wide")) return decode_wide(d, s, i);
  if (is_packed(i->type)) throw DecodeError("packed integers");
  decode_values(d, s, i);
  i->run = with_integer(i->type, [&](auto tag) { return handler_of<typename decltype(tag)::type>(s); });
}

void decode_24(Decoder &d, const Statement &s, Instruction *i) {
  if (has(s, "hi")) throw DecodeError("upper half of a 24-bit product");
  decode_values(d, s, i);
  i->run = i->type == Type::S32 ? multiply_24<i32> : multiply_24<u32>;
}

void decode_dp4a(Decoder &d, const Statement &s, Instruction *i) {
  decode_values(d, s, i);
  i->run = dot_of_bytes;
}

}  // namespace

void add_integer(DecodeTable *table) {
  for (const char *op :
       {"add", "sub", "mul", "mad", "div", "rem", "min", "max", "abs", "neg", "sad", "addc", "subc", "madc"}) {
    (*table)[op] = decode_integer;
  }
  (*table)["mul24"] = (*table)["mad24"] = decode_24;
  (*table)["dp4a"] = decode_dp4a;
}

}  // namespace ptxemu
