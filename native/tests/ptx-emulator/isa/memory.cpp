// Loads and stores of all spaces, scalar and vector; asynchronous copies, which are done at once; fences.
#include <algorithm>
#include <cstring>

#include "isa/addressing.h"
#include "isa/dispatch.h"

namespace ptxemu {

namespace {

using syntax::Operand;
using syntax::Statement;

/// One element's bytes into a register, extended as its type says.
template <class T>
u64 loaded(const u8 *from) {
  T v;
  std::memcpy(&v, from, sizeof v);
  if constexpr (std::is_signed_v<T>) {
    return static_cast<u64>(static_cast<i64>(v));
  } else {
    return v;
  }
}

Space counted_space(const Exec &x, const Instruction &i, u32 lanes) {
  return i.space == Space::Generic ? space_of_address(x, lane_address(x, i, __builtin_ctz(lanes))) : i.space;
}

/// Whether all lanes access one run of memory in their order.
template <class T>
bool in_a_row(const Exec &x, const Instruction &i) {
  if (!i.wide_a) return false;
  const u64 *a = x.slot<u64>(i.a);
  bool row = true;
  for (int l = 1; l < kLanes; l++) row &= a[l] == a[0] + static_cast<u64>(l) * sizeof(T);
  return row;
}

template <class T, Space space>
void load(Exec &x, const Instruction &i, u32 lanes) {
  count_access(x, space == Space::Generic ? counted_space(x, i, lanes) : space, lanes, sizeof(T), false);
  if constexpr (space == Space::Global && sizeof(T) >= 4) {
    // The common case at the price of one check.
    if (lanes == kAllLanes && sizeof(T) == (i.wide_d ? 8 : 4) && in_a_row<T>(x, i)) {
      const u64 first = lane_address(x, i, 0);
      if (first % sizeof(T) == 0) {
        if (const u8 *from = x.block->global_or_null(first, sizeof(T) * kLanes)) {
          std::memcpy(x.slot<T>(i.d), from, sizeof(T) * kLanes);
          return;
        }
      }
    }
  }
  for (u32 rest = lanes; rest; rest &= rest - 1) {
    const int l = __builtin_ctz(rest);
    const u8 *from = view(x, i, space, {lane_address(x, i, l), sizeof(T), l, false});
    write_register(x, i.d, i.wide_d, l, loaded<T>(from));
  }
}

template <class T, Space space>
void store(Exec &x, const Instruction &i, u32 lanes) {
  count_access(x, space == Space::Generic ? counted_space(x, i, lanes) : space, lanes, sizeof(T), true);
  if constexpr (space == Space::Global && sizeof(T) >= 4) {
    if (lanes == kAllLanes && sizeof(T) == (i.wide_d ? 8 : 4) && in_a_row<T>(x, i)) {
      const u64 first = lane_address(x, i, 0);
      if (first % sizeof(T) == 0) {
        if (u8 *to = x.block->global_or_null(first, sizeof(T) * kLanes)) {
          std::memcpy(to, x.slot<T>(i.d), sizeof(T) * kLanes);
          return;
        }
      }
    }
  }
  for (u32 rest = lanes; rest; rest &= rest - 1) {
    const int l = __builtin_ctz(rest);
    const T v = static_cast<T>(read_register(x, i.d, i.wide_d, l));
    u8 *to = view(x, i, space, {lane_address(x, i, l), sizeof(T), l, true}, reinterpret_cast<const u8 *>(&v));
    std::memcpy(to, &v, sizeof(T));
  }
}

/// Where all lanes' vectors lie one behind the other in global memory: the first, after one check for all.
u8 *row_of_vectors(Exec &x, const Instruction &i, u32 lanes, u32 bytes) {
  if (lanes != kAllLanes || i.space != Space::Global || !i.wide_a) return nullptr;
  const u64 *a = x.slot<u64>(i.a);
  bool row = true;
  for (int l = 1; l < kLanes; l++) row &= a[l] == a[0] + static_cast<u64>(l) * bytes;
  const u64 first = lane_address(x, i, 0);
  return row && first % bytes == 0 ? x.block->global_or_null(first, bytes * kLanes) : nullptr;
}

template <class T>
void load_vector(Exec &x, const Instruction &i, u32 lanes) {
  const Slot *to = x.frame->function->lists.data() + i.list;
  const u32 bytes = static_cast<u32>(sizeof(T)) * i.elements;
  count_access(x, counted_space(x, i, lanes), lanes, bytes, false);
  const u8 *row = row_of_vectors(x, i, lanes, bytes);
  if (row && sizeof(T) == (i.wide_d ? 8 : 4)) {
    for (u32 k = 0; k < i.elements; k++) {
      T *d = x.slot<T>(to[k]);
      for (u32 l = 0; l < kLanes; l++) std::memcpy(d + l, row + l * bytes + k * sizeof(T), sizeof(T));
    }
    return;
  }
  for (u32 rest = lanes; rest; rest &= rest - 1) {
    const int l = __builtin_ctz(rest);
    const u8 *from = view(x, i, i.space, {lane_address(x, i, l), bytes, l, false});
    for (u32 k = 0; k < i.elements; k++) {
      write_register(x, to[k], i.wide_d, l, loaded<T>(from + k * sizeof(T)));
    }
  }
}

template <class T>
void store_vector(Exec &x, const Instruction &i, u32 lanes) {
  const Slot *from = x.frame->function->lists.data() + i.list;
  const u32 bytes = static_cast<u32>(sizeof(T)) * i.elements;
  count_access(x, counted_space(x, i, lanes), lanes, bytes, true);
  u8 *row = row_of_vectors(x, i, lanes, bytes);
  if (row && sizeof(T) == (i.wide_d ? 8 : 4)) {
    for (u32 k = 0; k < i.elements; k++) {
      const T *v = x.slot<T>(from[k]);
      for (u32 l = 0; l < kLanes; l++) std::memcpy(row + l * bytes + k * sizeof(T), v + l, sizeof(T));
    }
    return;
  }
  for (u32 rest = lanes; rest; rest &= rest - 1) {
    const int l = __builtin_ctz(rest);
    T values[8];
    for (u32 k = 0; k < i.elements; k++) values[k] = static_cast<T>(read_register(x, from[k], i.wide_d, l));
    u8 *to = view(x, i, i.space, {lane_address(x, i, l), bytes, l, true}, reinterpret_cast<const u8 *>(values));
    std::memcpy(to, values, bytes);
  }
}

template <class T, bool is_store>
Handler scalar_handler(Space s) {
  switch (s) {
#define PTXEMU_SPACE(name) \
  case Space::name:        \
    return is_store ? store<T, Space::name> : load<T, Space::name>;
    PTXEMU_SPACE(Global)
    PTXEMU_SPACE(Shared)
    PTXEMU_SPACE(Local)
    PTXEMU_SPACE(Const)
    PTXEMU_SPACE(Param)
    PTXEMU_SPACE(Generic)
#undef PTXEMU_SPACE
  }
  throw DecodeError("space");
}

bool is_ordered(const Statement &s) {
  return has(s, "volatile") || has(s, "relaxed") || has(s, "acquire") || has(s, "release") || has(s, "mmio");
}

/// Loads name the register first, stores the address; both keep the register in d or the list.
template <bool is_store>
void decode_access(Decoder &d, const Statement &s, Instruction *i) {
  i->space = space_of(s);
  i->ordered = is_ordered(s);
  i->elements = elements_of(s);
  if (i->type == Type::B128) throw DecodeError("128-bit registers");
  const Operand &memory = operand(s, is_store ? 0 : 1), &value = operand(s, is_store ? 1 : 0);
  d.address(memory, i);
  if (i->ordered && i->space != Space::Shared) d.function.orders_blocks = true;
  if (i->elements > 1) {
    if (value.kind != Operand::Kind::Vector || value.parts.size() != i->elements) throw DecodeError("vector");
    std::vector<Slot> slots;
    i->wide_d = size_of(i->type) == 8;
    for (const Operand &p : value.parts) i->wide_d = i->wide_d || d.is_wide(p);
    const Type t = i->wide_d ? Type::B64 : Type::B32;
    for (const Operand &p : value.parts) slots.push_back(is_store ? d.source(p, t) : d.destination(p, t));
    d.set_list(i, slots);
    i->run = with_integer(i->type, [](auto tag) -> Handler {
      using T = typename decltype(tag)::type;
      return is_store ? store_vector<T> : load_vector<T>;
    });
    return;
  }
  i->d = is_store ? d.source_any(value, &i->wide_d) : d.destination_any(value, &i->wide_d);
  i->run =
      with_integer(i->type, [i](auto tag) { return scalar_handler<typename decltype(tag)::type, is_store>(i->space); });
}

/// cp.async: i.op bytes from global to shared memory, of which e are read and the others zero.
void copy_async(Exec &x, const Instruction &i, u32 lanes) {
  const u32 bytes = i.op;
  count_access(x, Space::Global, lanes, bytes, false);
  count_access(x, Space::Shared, lanes, bytes, true);
  // The list holds the shared address: its slot, whether that is wide, and the offset.
  const Slot *to = x.frame->function->lists.data() + i.list;
  for (u32 rest = lanes; rest; rest &= rest - 1) {
    const int l = __builtin_ctz(rest);
    u8 data[16] = {};
    const u32 read = i.e ? x.slot<u32>(i.e)[l] : bytes;
    if (read)
      std::memcpy(data, view(x, i, Space::Global, {lane_address(x, i, l), bytes, l, false}), std::min(read, bytes));
    const u64 address = read_register(x, to[0], to[1] != 0, l) + to[2];
    std::memcpy(view(x, i, Space::Shared, {address, bytes, l, true}, data), data, bytes);
  }
}

void nothing(Exec &, const Instruction &, u32) {}

void decode_cp(Decoder &d, const Statement &s, Instruction *i) {
  if (!has(s, "async") || has(s, "bulk") || has(s, "mbarrier")) throw DecodeError("unsupported copy");
  if (!has(s, "ca") && !has(s, "cg")) {  // commit_group, wait_group, wait_all
    i->run = nothing;
    return;
  }
  Instruction to;
  d.address(operand(s, 0), &to);
  d.address(operand(s, 1), i);
  i->op = static_cast<u8>(operand(s, 2).bits);
  d.set_list(i, {to.a, to.wide_a ? 1u : 0u, static_cast<u32>(to.offset)});
  if (s.operands.size() > 3) i->e = d.source(s.operands[3], Type::U32);
  i->run = copy_async;
}

void decode_fence(Decoder &d, const Statement &s, Instruction *i) {
  // A fence of the whole device is how blocks speak to each other.
  if (!has(s, "cta")) d.function.orders_blocks = true;
  i->run = nothing;
}

void decode_nothing(Decoder &, const Statement &, Instruction *i) { i->run = nothing; }

}  // namespace

void add_memory(DecodeTable *table) {
  (*table)["ld"] = (*table)["ldu"] = decode_access<false>;
  (*table)["st"] = decode_access<true>;
  (*table)["cp"] = decode_cp;
  (*table)["membar"] = (*table)["fence"] = decode_fence;
  for (const char *op : {"prefetch", "prefetchu", "discard", "applypriority", "griddepcontrol"}) {
    (*table)[op] = decode_nothing;
  }
}

}  // namespace ptxemu
