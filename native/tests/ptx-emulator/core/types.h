// The types of PTX, and what follows from them.
#pragma once

#include <cstdint>
#include <string_view>

namespace ptxemu {

using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;
using i8 = std::int8_t;
using i16 = std::int16_t;
using i32 = std::int32_t;
using i64 = std::int64_t;

constexpr int kLanes = 32;
constexpr u32 kAllLanes = 0xffffffffu;

enum class Type : u8 {
  None,
  U8,
  U16,
  U32,
  U64,
  S8,
  S16,
  S32,
  S64,
  B8,
  B16,
  B32,
  B64,
  B128,
  F16,
  BF16,
  F32,
  F64,
  F16x2,
  BF16x2,
  Pred
};

enum class Space : u8 { Generic, Global, Shared, Local, Const, Param };

/// Bytes in memory.
constexpr int size_of(Type t) {
  switch (t) {
    case Type::None:
      return 0;
    case Type::U8:
    case Type::S8:
    case Type::B8:
    case Type::Pred:
      return 1;
    case Type::U16:
    case Type::S16:
    case Type::B16:
    case Type::F16:
    case Type::BF16:
      return 2;
    case Type::U64:
    case Type::S64:
    case Type::B64:
    case Type::F64:
      return 8;
    case Type::B128:
      return 16;
    default:
      return 4;
  }
}

constexpr bool is_signed(Type t) { return t >= Type::S8 && t <= Type::S64; }
constexpr bool is_float(Type t) { return t >= Type::F16 && t <= Type::BF16x2; }
constexpr bool is_half(Type t) { return is_float(t) && t != Type::F32 && t != Type::F64; }
constexpr bool is_packed(Type t) { return t == Type::F16x2 || t == Type::BF16x2; }
/// Of a packed type, the type of its halves.
constexpr Type element_of(Type t) { return t == Type::F16x2 ? Type::F16 : t == Type::BF16x2 ? Type::BF16 : t; }

/// The type that PTX calls so, without its dot; None where there is none.
Type type_named(std::string_view name);

constexpr u64 round_up(u64 value, u64 to) { return (value + to - 1) / to * to; }

}  // namespace ptxemu
