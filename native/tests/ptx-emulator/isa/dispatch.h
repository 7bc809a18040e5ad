// From a run-time type to a compile-time one, at load.
#pragma once

#include "isa/lanes.h"
#include "ptx/decoder.h"

namespace ptxemu {

template <class T>
struct Tag {
  using type = T;
};

/// f(Tag<T>{}) for the integer that the type is; untyped bits are unsigned.
template <class F>
auto with_integer(Type t, F &&f) {
  switch (t) {
    case Type::S8:
      return f(Tag<i8>{});
    case Type::U8:
    case Type::B8:
      return f(Tag<u8>{});
    case Type::S16:
      return f(Tag<i16>{});
    case Type::U16:
    case Type::B16:
    case Type::F16:
    case Type::BF16:
      return f(Tag<u16>{});
    case Type::S32:
      return f(Tag<i32>{});
    case Type::U32:
    case Type::B32:
    case Type::F32:
    case Type::F16x2:
    case Type::BF16x2:
      return f(Tag<u32>{});
    case Type::S64:
      return f(Tag<i64>{});
    case Type::U64:
    case Type::B64:
    case Type::F64:
      return f(Tag<u64>{});
    default:
      throw DecodeError("type");
  }
}

/// d, a and as many of b and c as there are operands, all of the instruction's type.
inline void decode_values(Decoder &d, const syntax::Statement &s, Instruction *i) {
  i->d = d.destination(operand(s, 0), i->type);
  i->a = d.source(operand(s, 1), i->type);
  if (s.operands.size() > 2) i->b = d.source(s.operands[2], i->type);
  if (s.operands.size() > 3) i->c = d.source(s.operands[3], i->type);
}

/// In float.cpp, for the opcodes that integers and floats share.
void decode_float(Decoder &d, const syntax::Statement &s, Instruction *i);

}  // namespace ptxemu
