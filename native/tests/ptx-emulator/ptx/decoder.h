// From the syntax tree to instructions that run: names become slots, opcodes become functions.
#pragma once

#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "core/program.h"
#include "ptx/syntax.h"

namespace ptxemu {

/// An instruction that is not understood. Only running it is an error.
struct DecodeError : std::runtime_error {
  using runtime_error::runtime_error;
};

/// Parses, lays out and decodes. Throws ParseError. Its global variables are allocated on the device.
std::unique_ptr<Module> load_module(std::string_view ptx, int device);

/// One function's decoding: what the instruction families ask while they fill an Instruction.
class Decoder {
 public:
  Decoder(const syntax::Function &source, const Module &module, Function *function);

  void decode_body();

  /// A value of the type's width: register, immediate, special register or address.
  Slot source(const syntax::Operand &o, Type t);
  /// A register of any width, as conversions and stores may have it; immediates are wide.
  Slot source_any(const syntax::Operand &o, bool *wide);
  Slot destination(const syntax::Operand &o, Type t);
  Slot destination_any(const syntax::Operand &o, bool *wide);
  /// Of a predicate operand, `!` included.
  Slot predicate(const syntax::Operand &o);
  Slot predicate_destination(const syntax::Operand &o);
  Slot constant(u64 bits, bool wide);
  /// Base, offset and, where a symbol tells, space of `[...]`.
  void address(const syntax::Operand &o, Instruction *i);
  /// Whether the register is declared 64 bits wide.
  bool is_wide(const syntax::Operand &o) const;
  bool is_predicate(const syntax::Operand &o) const;
  /// Appends to the function's lists; Instruction::list and ::listed then name them.
  void set_list(Instruction *i, const std::vector<Slot> &slots);
  u32 label(const syntax::Operand &o) const;
  u32 table(const syntax::Operand &o) const;
  u32 call_site(const syntax::Statement &s);
  Slot local_base() const { return make_slot(Bank::Frame, local_base_); }
  /// Where a local variable lies in the frame, or -1.
  i64 local_offset(const syntax::Operand &o) const;

  Function &function;

 private:
  struct Place {
    u32 offset;
    Type type;
  };

  void lay_out_registers();
  void lay_out_variables();
  const Place *find_register(const std::string &name) const;
  const Symbol *find_symbol(const std::string &name) const;
  Slot value_of(const syntax::Operand &o, bool wide);
  u32 parameter_of_frame(const syntax::Operand &o) const;
  void decode(const syntax::Statement &s, Instruction *i);

  const syntax::Function &source_;
  const Module &module_;
  std::map<std::string, Place> registers_;
  std::map<std::string, Symbol> symbols_;
  std::map<std::string, u32> tables_;
  std::map<std::pair<u64, bool>, Slot> constants_;
  u32 local_base_ = 0;
  u32 sink_ = 0;
};

/// Frame parameters begin here in the param space; an entry's own lie below.
constexpr u64 kFrameParameters = 0x10000;

using Decode = void (*)(Decoder &, const syntax::Statement &, Instruction *);
using DecodeTable = std::map<std::string, Decode>;

/// One line in each family's file.
void add_integer(DecodeTable *table);
void add_float(DecodeTable *table);
void add_logic(DecodeTable *table);
void add_compare(DecodeTable *table);
void add_convert(DecodeTable *table);
void add_moves(DecodeTable *table);
void add_memory(DecodeTable *table);
void add_control(DecodeTable *table);
void add_warp(DecodeTable *table);
void add_atomics(DecodeTable *table);

// What families look for in a statement.
bool has(const syntax::Statement &s, std::string_view modifier);
/// The n-th modifier that names a type; None when there are fewer.
Type type_of(const syntax::Statement &s, int n = 0);
Rounding rounding_of(const syntax::Statement &s);
Space space_of(const syntax::Statement &s);
u8 elements_of(const syntax::Statement &s);
FloatMode float_mode_of(const syntax::Statement &s);
/// The operand, or a DecodeError.
const syntax::Operand &operand(const syntax::Statement &s, std::size_t n);

}  // namespace ptxemu
