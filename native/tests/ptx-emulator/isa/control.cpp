// What changes the order of things. The scheduler does the moving; here stands what it needs to know.
#include "isa/dispatch.h"

namespace ptxemu {

namespace {

using syntax::Operand;
using syntax::Statement;

void decode_branch(Decoder &d, const Statement &s, Instruction *i) {
  i->flow = Flow::Branch;
  i->target = d.label(operand(s, 0));
}

void decode_table(Decoder &d, const Statement &s, Instruction *i) {
  i->flow = Flow::Table;
  i->a = d.source(operand(s, 0), Type::U32);
  i->target = d.table(operand(s, 1));
}

/// vprintf and __assertfail are the compiler's own; the rest must be in the module.
void decode_call(Decoder &d, const Statement &s, Instruction *i) {
  i->flow = Flow::Call;
  i->target = d.call_site(s);
}

void decode_return(Decoder &, const Statement &, Instruction *i) { i->flow = Flow::Return; }
void decode_exit(Decoder &, const Statement &, Instruction *i) { i->flow = Flow::Exit; }
void decode_sleep(Decoder &, const Statement &, Instruction *i) { i->flow = Flow::Yield; }

void trap(Exec &, const Instruction &, u32 lanes) { throw Fault(kLaunchFailure, __builtin_ctz(lanes), "trap"); }
void decode_trap(Decoder &, const Statement &, Instruction *i) { i->run = trap; }

/// What a barrier tells each thread of all their votes: bar.red.
enum class Vote : u8 { None, Count, All, Any };

/// a: which barrier; b: how many threads, where given; c: the vote; d: its result.
void decode_barrier(Decoder &d, const Statement &s, Instruction *i) {
  if (has(s, "warp")) {
    i->flow = Flow::WarpBarrier;
    i->e = d.source(operand(s, 0), Type::U32);
    return;
  }
  if (has(s, "arrive") || has(s, "cluster")) throw DecodeError("barrier");
  i->flow = Flow::Barrier;
  std::size_t first = 0, last = s.operands.size();
  if (has(s, "red")) {
    first = 1;
    i->c = d.predicate(operand(s, --last));
    const bool counts = has(s, "popc");
    i->op = static_cast<u8>(counts ? Vote::Count : has(s, "and") ? Vote::All : Vote::Any);
    i->d = counts ? d.destination(operand(s, 0), Type::U32) : d.predicate_destination(operand(s, 0));
  }
  i->a = d.source(operand(s, first), Type::U32);
  if (last > first + 1) i->b = d.source(operand(s, first + 1), Type::U32);
}

}  // namespace

void add_control(DecodeTable *table) {
  (*table)["bra"] = decode_branch;
  (*table)["brx"] = decode_table;
  (*table)["call"] = decode_call;
  (*table)["ret"] = decode_return;
  (*table)["exit"] = decode_exit;
  (*table)["trap"] = decode_trap;
  (*table)["nanosleep"] = decode_sleep;
  (*table)["bar"] = (*table)["barrier"] = decode_barrier;
}

}  // namespace ptxemu
