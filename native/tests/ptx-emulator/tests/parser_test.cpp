// PTX text into its syntax tree.
#include "ptx/parser.h"

#include <string>

#include "../../check.h"

using namespace ptxemu;
using Kind = syntax::Operand::Kind;

namespace {

void operands() {
  CHECK(parse_operand("%r1").kind == Kind::Name);
  CHECK(parse_operand("_").kind == Kind::Sink);
  CHECK(parse_operand("-1").bits == ~u64{0});
  CHECK(parse_operand("0x1F").bits == 31);
  CHECK(parse_operand("0f3F800000").bits == 0x3f800000);
  CHECK(parse_operand("0d3FF0000000000000").bits == 0x3ff0000000000000);
  const syntax::Operand memory = parse_operand("[%rd4+-8]");
  CHECK(memory.kind == Kind::Memory && memory.name == "%rd4" && memory.offset == -8);
  const syntax::Operand vector = parse_operand("{%f1, %f2}");
  CHECK(vector.kind == Kind::Vector && vector.parts.size() == 2 && vector.parts[1].name == "%f2");
  const syntax::Operand pair = parse_operand("%r1|%p2");
  CHECK(pair.kind == Kind::Vector && pair.parts[1].name == "%p2");
  CHECK(parse_operand("!%p1").negated);
}

void a_module() {
  const syntax::Module m = parse_ptx(R"(
.version 9.0
.target sm_75 // a comment
.address_size 64
.const .align 4 .b8 table[4] = {1, 2, 3, 4};
.extern .shared .align 16 .b8 dynamic[];
/* a longer
   comment */
.func (.param .b32 r) f(.param .b32 x) { ret; }
.visible .entry k(.param .u64 k_p) .maxntid 8, 4, 1
{
  .reg .b32 %r<3>;
  .reg .pred %p;
  .shared .align 8 .b8 s[64];
  @!%p bra $L;
  { .reg .b32 t; mov.u32 t, %tid.x; }
$L:
  ld.global.v2.f32 {%r1, %r2}, [k_p+4];
  ret;
})");
  CHECK(m.target == "sm_75" && m.variables.size() == 2 && m.functions.size() == 2);
  CHECK(m.variables[0].values.size() == 4 && m.variables[0].bytes == 4);
  CHECK(m.variables[1].external);
  const syntax::Function &k = m.functions[1];
  CHECK(k.entry && k.max_threads == 32 && k.registers.size() == 5 && k.variables[0].bytes == 64);
  CHECK(k.statements.size() == 4 && k.labels.at("$L") == 2);
  CHECK(k.statements[0].guard == "%p" && k.statements[0].guard_negated);
  // A register of an inner scope has a name of its own.
  CHECK(k.statements[1].operands[0].name != "t" && k.registers.count(k.statements[1].operands[0].name) == 1);
  CHECK(k.statements[2].opcode == "ld" && k.statements[2].modifiers.size() == 3);
}

bool refuses(const std::string &text) {
  try {
    parse_ptx(text);
  } catch (const ParseError &) {
    return true;
  }
  return false;
}

}  // namespace

int main() {
  operands();
  a_module();
  CHECK(refuses(".nonsense"));
  CHECK(refuses(".entry k() { mov.u32 %r1, 1"));
  return nero_failures;
}
