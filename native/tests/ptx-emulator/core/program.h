// A module as it is executed: every name resolved, every operand a place, every instruction a function.
//
// A warp's registers lie side by side: 32 lanes of 4 or 8 bytes a register, one word of 32 bits a predicate. A Slot
// says where: in the frame, among the function's constants or among the warp's special registers.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/types.h"
#include "core/values.h"

namespace ptxemu {

class Exec;
struct Instruction;

/// Does the instruction for the given lanes of the warp at hand.
using Handler = void (*)(Exec &, const Instruction &, u32 lanes);

using Slot = u32;
enum class Bank : u32 { Frame, Constants, Special };
constexpr u32 kBankShift = 30;
constexpr Slot kNegated = u32{1} << 29;  ///< of a predicate: its complement is meant
constexpr u32 kSlotOffset = kNegated - 1;
constexpr Slot kNoSlot = ~u32{0};

constexpr Slot make_slot(Bank bank, u32 offset) { return static_cast<u32>(bank) << kBankShift | offset; }

constexpr u32 kNarrowSlot = 4 * kLanes;
constexpr u32 kWideSlot = 8 * kLanes;

/// Special registers in their order in the warp's bank.
enum class Special : u32 {
  TidX,
  TidY,
  TidZ,
  NtidX,
  NtidY,
  NtidZ,
  CtaidX,
  CtaidY,
  CtaidZ,
  NctaidX,
  NctaidY,
  NctaidZ,
  Lane,
  Warp,
  Warps,
  MaskEq,
  MaskLt,
  MaskLe,
  MaskGt,
  MaskGe,
  Sm,
  Sms,
  DynamicShared,
  TotalShared,
  WarpSize,
  Env1,
  Env2,
  Zero,
  Count
};
constexpr u32 kSpecialBytes = static_cast<u32>(Special::Count) * kNarrowSlot;

/// What an instruction does to the order of things; Next is all that its handler does not decide itself.
enum class Flow : u8 { Next, Branch, Table, Call, Return, Exit, Barrier, WarpBarrier, WarpOperation, Yield };

struct Instruction {
  Handler run = nullptr;
  Slot d = 0, a = 0, b = 0, c = 0, e = 0;
  Slot guard = kNoSlot;
  Flow flow = Flow::Next;
  Type type = Type::None;
  Type from = Type::None;  ///< second type, where there is one
  Space space = Space::Generic;
  u8 elements = 1;      ///< of a vector access
  u8 op = 0;            ///< which of a family; the family's file says
  bool wide_d = false;  ///< the destination is a 64-bit register
  bool wide_a = false;
  bool ordered = false;  ///< volatile, relaxed, acquire, release: not plain
  bool carry_out = false;
  Compare compare = Compare::None;
  IntegerRounding integer = IntegerRounding::None;
  FloatMode mode;
  u32 list = 0;    ///< the first of its further slots, in Function::lists
  u32 listed = 0;  ///< how many
  u32 target = 0;  ///< instruction to go to; table; callee
  i64 offset = 0;  ///< added to an address; an immediate
};

struct Parameter {
  u32 offset = 0;
  u32 bytes = 0;
};

/// A call: where the arguments and results lie in the caller's frame parameters.
struct CallSite {
  std::string callee;
  std::vector<u32> arguments, results;
};

struct Function {
  std::string name;
  bool entry = false;
  u32 max_threads = 0;
  std::vector<Parameter> parameters, results;
  u32 parameter_bytes = 0;        ///< of an entry: its parameters
  u32 frame_parameter_bytes = 0;  ///< a lane, for what calls pass
  u32 local_bytes = 0;
  u32 shared_begin = 0, shared_end = 0;  ///< its static shared memory; dynamic follows
  u32 dynamic_align = 16;
  u32 register_bytes = 0;
  std::vector<u8> constants;
  std::vector<Slot> lists;
  std::vector<std::vector<u32>> tables;
  std::vector<CallSite> calls;
  std::vector<const Function *> callees;  ///< by Instruction::target; null where unknown
  std::vector<Instruction> code;
  std::vector<std::string> texts;
  std::vector<std::string> problems;  ///< what was not understood, by Instruction::target of its instruction
  u32 registers = 0;                  ///< as PTX declares them, in 32-bit words
  bool has_calls = false;
  bool orders_blocks = false;  ///< has global atomics, fences or ordered accesses: its blocks may await each other
  u32 shared_limit = 49152;    ///< of dynamic shared memory
};

struct Symbol {
  Space space = Space::Generic;
  u64 address = 0;
  u64 bytes = 0;
  bool dynamic = false;  ///< `.extern .shared`
};

struct Module {
  ~Module();

  std::string target;
  int device = 0;
  std::map<std::string, std::unique_ptr<Function>> functions;
  std::map<std::string, Symbol> symbols;
  std::vector<u64> allocations;  ///< of its global variables
};

}  // namespace ptxemu
