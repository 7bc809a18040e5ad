// Blocks, threads of the host, orders of threads, what is counted.
#include "core/counters.h"
#include "run_ptx.h"

using namespace ptxemu;

namespace {

const char *const kSum = R"(
  mov.u32 %r2, %ctaid.x; mov.u32 %r3, %ntid.x; mad.lo.u32 %r4, %r2, %r3, %r1; mul.wide.u32 %rd5, %r4, 4;
  add.s64 %rd6, %rd1, %rd5; add.s64 %rd7, %rd2, %rd5; ld.global.u32 %r5, [%rd6]; add.u32 %r5, %r5, %r4; st.global.u32 [%rd7], %r5;)";

void blocks_on_threads(int threads) {
  settings().threads = threads;
  const std::vector<u32> values(64 * 128, 3);
  const Buffer<u32> a(values), b(std::vector<u32>(values.size(), 0));
  Report::instance().reset();
  CHECK(run_kernel(kernel_text(kSum), {{64, 1, 1}, {128, 1, 1}}, a.address(), b.address()).code == kSuccess);
  for (u32 i = 0; i < values.size(); i++) CHECK(b[i] == 3 + i);
  const Counters c = Report::instance().by_kernel().at("k");
  CHECK(c.launches == 1 && c.blocks == 64 && c.threads == 64 * 128);
  CHECK(c.global_read_bytes == 64 * 128 * 4 && c.global_written_bytes == 64 * 128 * 4);
  CHECK(c.instructions == 64u * 128 * 16);
}

/// Of several blocks at fault the first is named, whoever was quicker.
void first_fault() {
  settings().threads = 4;
  const Buffer<u32> a(std::vector<u32>(17 * 128, 3)), b(std::vector<u32>(64 * 128, 0));
  for (int i = 0; i < 10; i++) {
    CHECK(mentions(run_kernel(kernel_text(kSum), {{64, 1, 1}, {128, 1, 1}}, a.address(), b.address()),
                   "block (17,0,0), thread (0,0,0)"));
  }
}

/// A spin for a thread of the same warp that is behind: fair turns let it come.
void spinning_lanes() {
  const Buffer<u32> a({0}), b({0});
  const std::string spin = R"(
    mov.u32 %r2, 1; setp.eq.u32 %p1, %r1, 0; @%p1 bra $set;
    $L: ld.volatile.global.u32 %r3, [%rd1]; setp.eq.u32 %p2, %r3, 0; @%p2 bra $L; bra $out;
    $set: st.volatile.global.u32 [%rd1], %r2; $out:)";
  CHECK(run_kernel(kernel_text(spin), {{1, 1, 1}, {64, 1, 1}}, a.address(), b.address()).code == kSuccess);
}

/// Lanes that spin for what others do behind a warp operation of theirs.
void spinning_beside_a_shuffle() {
  const Buffer<u32> a({0}), b({0});
  const std::string spin = R"(
    mov.u32 %r2, 1; setp.lt.u32 %p1, %r1, 16; @%p1 bra $meet;
    $L: ld.volatile.global.u32 %r3, [%rd1]; setp.eq.u32 %p2, %r3, 0; @%p2 bra $L; bra $out;
    $meet: setp.lt.u32 %p3, %r1, 8; @!%p3 bra $far;
    $shuffle: shfl.sync.idx.b32 %r4, %r2, 0, 31, 65535; st.volatile.global.u32 [%rd1], %r4; bra $out;
    $far: mov.u32 %r5, 9; bra $shuffle; $out:)";
  settings().instruction_limit = 50'000'000;
  CHECK(run_kernel(kernel_text(spin), {{1, 1, 1}, {32, 1, 1}}, a.address(), b.address()).code == kSuccess);
  settings().instruction_limit = 2'000'000'000;
}

/// Blocks that await each other need to be there together.
void waiting_blocks() {
  const std::string meet = R"(
    mov.u32 %r2, 1; atom.global.add.u32 %r3, [%rd1], %r2;
    $L: ld.acquire.gpu.global.u32 %r3, [%rd1]; setp.lt.u32 %p2, %r3, 8; @%p2 bra $L;)";
  settings().quantum = 1000;
  const Buffer<u32> a({0}), b({0});
  CHECK(run_kernel(kernel_text(meet), {{8, 1, 1}, {1, 1, 1}, 0, true}, a.address(), b.address()).code == kSuccess);
  CHECK(a[0] == 8);
}

/// A missing __syncwarp: some order of the threads shows it.
void orders_differ() {
  const std::string text = kernel_text(R"(
    mov.u32 %r3, s; mad.lo.u32 %r4, %r1, 4, %r3; add.u32 %r6, %r1, 100; st.shared.u32 [%r4], %r6;
    xor.b32 %r5, %r1, 1; mad.lo.u32 %r4, %r5, 4, %r3; ld.shared.u32 %r2, [%r4]; st.global.u32 [%rd4], %r2;)",
                                       ".shared .align 4 .b8 s[128];");
  bool wrong = false;
  for (u32 seed = 0; seed < 8; seed++) {
    settings().seed = seed;
    const Buffer<u32> a({0}), b(std::vector<u32>(32, 0));
    CHECK(run_kernel(text, {{1, 1, 1}, {32, 1, 1}}, a.address(), b.address()).code == kSuccess);
    for (u32 t = 0; t < 32; t++) wrong = wrong || b[t] != (t ^ 1) + 100;
  }
  settings().seed = 0;
  CHECK(wrong);
}

void limits() {
  Function f;
  CHECK(check_launch(f, {1, 1, 1}, {1024, 1, 1}, 0) == kSuccess);
  CHECK(check_launch(f, {1, 1, 1}, {1025, 1, 1}, 0) == kInvalidConfiguration);
  CHECK(check_launch(f, {0, 1, 1}, {1, 1, 1}, 0) == kInvalidConfiguration);
  CHECK(check_launch(f, {1, 65536, 1}, {1, 1, 1}, 0) == kInvalidConfiguration);
  CHECK(check_launch(f, {1, 1, 1}, {1, 1, 1}, 49153) == kInvalidValue);
  f.max_threads = 64;
  CHECK(check_launch(f, {1, 1, 1}, {65, 1, 1}, 0) == kInvalidConfiguration);
}

}  // namespace

int main() {
  blocks_on_threads(1);
  blocks_on_threads(3);
  first_fault();
  spinning_lanes();
  spinning_beside_a_shuffle();
  waiting_blocks();
  orders_differ();
  limits();
  return nero_failures != 0;
}
