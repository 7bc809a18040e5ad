// PTX as it was written: what the parser makes and the decoder reads. No name is resolved to an address here.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/types.h"

namespace ptxemu::syntax {

struct Variable {
  std::string name;
  Space space = Space::Generic;
  Type type = Type::B8;
  u64 bytes = 0;
  u64 align = 1;
  bool external = false;                                       ///< `.extern .shared x[]`: the dynamic shared memory
  std::vector<u64> values;                                     ///< initial elements
  std::vector<std::pair<std::size_t, std::string>> addresses;  ///< elements that hold a symbol's address
};

struct Operand {
  enum class Kind : u8 { Sink, Name, Immediate, Vector, Memory, List };
  Kind kind = Kind::Sink;
  std::string name;            ///< of a register, symbol, label, function; of a memory operand its base, if any
  u64 bits = 0;                ///< an immediate's
  bool single = false;         ///< the immediate is written 0f...
  bool negated = false;        ///< `!%p`
  i64 offset = 0;              ///< of `[x+8]` and `x+8`
  std::vector<Operand> parts;  ///< of a vector, a list, `%p|%q`
};

struct Statement {
  std::string guard;  ///< empty: always
  bool guard_negated = false;
  std::string opcode;                  ///< up to the first dot
  std::vector<std::string> modifiers;  ///< between the dots, what follows :: cut off
  std::vector<Operand> operands;
  std::string text;
  int scope = 0;
};

struct Function {
  std::string name;
  bool entry = false;
  bool defined = false;
  u32 max_threads = 0;  ///< .maxntid, 0 where not given
  std::vector<Variable> parameters, results;
  std::map<std::string, Type> registers;
  std::vector<Variable> variables;  ///< .local, .shared and .param of the body
  std::map<std::string, std::size_t> labels;
  std::map<std::string, std::vector<std::string>> tables;  ///< .branchtargets
  std::vector<Statement> statements;
};

struct Module {
  std::string target;
  std::vector<Variable> variables;
  std::vector<Function> functions;
};

}  // namespace ptxemu::syntax
