// Questions that every family asks about a statement.
#include <algorithm>

#include "ptx/decoder.h"

namespace ptxemu {

bool has(const syntax::Statement &s, std::string_view modifier) {
  return std::find(s.modifiers.begin(), s.modifiers.end(), modifier) != s.modifiers.end();
}

Type type_of(const syntax::Statement &s, int n) {
  for (const std::string &m : s.modifiers) {
    const Type t = type_named(m);
    if (t != Type::None && n-- == 0) return t;
  }
  return Type::None;
}

Rounding rounding_of(const syntax::Statement &s) {
  return has(s, "rz")   ? Rounding::Zero
         : has(s, "rm") ? Rounding::Down
         : has(s, "rp") ? Rounding::Up
                        : Rounding::Nearest;
}

Space space_of(const syntax::Statement &s) {
  return has(s, "global")   ? Space::Global
         : has(s, "shared") ? Space::Shared
         : has(s, "local")  ? Space::Local
         : has(s, "const")  ? Space::Const
         : has(s, "param")  ? Space::Param
                            : Space::Generic;
}

u8 elements_of(const syntax::Statement &s) { return has(s, "v2") ? 2 : has(s, "v4") ? 4 : has(s, "v8") ? 8 : 1; }

FloatMode float_mode_of(const syntax::Statement &s) {
  FloatMode m;
  m.rounding = rounding_of(s);
  m.flush = has(s, "ftz");
  m.saturate = has(s, "sat");
  m.relu = has(s, "relu");
  m.nan = has(s, "NaN");
  m.approximate = has(s, "approx");
  return m;
}

const syntax::Operand &operand(const syntax::Statement &s, std::size_t n) {
  if (n >= s.operands.size()) throw DecodeError("operand missing");
  return s.operands[n];
}

}  // namespace ptxemu
