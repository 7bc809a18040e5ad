// Loops over the lanes that an instruction is for.
#pragma once

#include "core/execution.h"

namespace ptxemu {

/// All 32 lanes in a loop that the compiler may vectorise (slots never overlap in part), or each active one.
template <class F>
inline void each_lane(u32 lanes, F &&f) {
  if (lanes == kAllLanes) {
#pragma GCC ivdep
    for (int l = 0; l < kLanes; l++) f(l);
  } else {
    for (u32 rest = lanes; rest; rest &= rest - 1) f(__builtin_ctz(rest));
  }
}

/// A predicate for each lane, as bits.
template <class F>
inline u32 lanes_where(u32 lanes, F &&f) {
  u32 bits = 0;
  if (lanes == kAllLanes) {
    for (int l = 0; l < kLanes; l++) bits |= static_cast<u32>(f(l)) << l;
  } else {
    for (u32 rest = lanes; rest; rest &= rest - 1) {
      const int l = __builtin_ctz(rest);
      bits |= static_cast<u32>(f(l)) << l;
    }
  }
  return bits;
}

template <bool wide>
struct RegisterOf {
  using type = u32;
};
template <>
struct RegisterOf<true> {
  using type = u64;
};
/// What a register holds that is used as a T: 8 bytes for 8, 4 for all that is smaller.
template <class T>
using Register = typename RegisterOf<sizeof(T) == 8>::type;

/// The low bits of a register as a T.
template <class T>
inline T from_register(Register<T> r) {
  if constexpr (sizeof(T) == sizeof(r)) {
    return bits_as<T>(r);
  } else {
    return static_cast<T>(r);
  }
}

template <class T>
inline Register<T> to_register(T v) {
  if constexpr (sizeof(T) == sizeof(Register<T>)) {
    return bits_as<Register<T>>(v);
  } else if constexpr (sizeof(T) == 1) {
    return static_cast<u8>(v);
  } else {
    return static_cast<u16>(v);
  }
}

/// d = f(a), d = f(a, b), d = f(a, b, c) for values of one type.
template <class T, class F>
void unary(Exec &x, const Instruction &i, u32 lanes, F f) {
  auto *d = x.slot<Register<T>>(i.d);
  const auto *a = x.slot<Register<T>>(i.a);
  each_lane(lanes, [=](int l) { d[l] = to_register<T>(f(from_register<T>(a[l]))); });
}

template <class T, class F>
void binary(Exec &x, const Instruction &i, u32 lanes, F f) {
  auto *d = x.slot<Register<T>>(i.d);
  const auto *a = x.slot<Register<T>>(i.a);
  const auto *b = x.slot<Register<T>>(i.b);
  each_lane(lanes, [=](int l) { d[l] = to_register<T>(f(from_register<T>(a[l]), from_register<T>(b[l]))); });
}

template <class T, class F>
void ternary(Exec &x, const Instruction &i, u32 lanes, F f) {
  auto *d = x.slot<Register<T>>(i.d);
  const auto *a = x.slot<Register<T>>(i.a);
  const auto *b = x.slot<Register<T>>(i.b);
  const auto *c = x.slot<Register<T>>(i.c);
  each_lane(lanes, [=](int l) {
    d[l] = to_register<T>(f(from_register<T>(a[l]), from_register<T>(b[l]), from_register<T>(c[l])));
  });
}

/// Reads and writes registers whose width is known only at load.
inline u64 read_register(const Exec &x, Slot s, bool wide, int l) {
  return wide ? x.slot<u64>(s)[l] : x.slot<u32>(s)[l];
}

inline void write_register(const Exec &x, Slot s, bool wide, int l, u64 v) {
  if (wide) {
    x.slot<u64>(s)[l] = v;
  } else {
    x.slot<u32>(s)[l] = static_cast<u32>(v);
  }
}

}  // namespace ptxemu
