// The operations of atom, red and redux.
#pragma once

#include "ptx/decoder.h"

namespace ptxemu {

enum class Reduce : u8 { Add, Min, Max, And, Or, Xor, Exchange, CompareAndSwap, Increment, Decrement };

/// What follows an old value; `c` is the new one of a compare-and-swap.
u64 reduced(Reduce op, Type type, u64 old, u64 b, u64 c);

/// Throws DecodeError where the statement names none.
Reduce reduce_of(const syntax::Statement &s);

}  // namespace ptxemu
