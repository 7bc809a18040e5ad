// Instructions, by kernels written by hand: each writes 32 bits a thread, which are held against what C++ says.
#include <cmath>
#include <functional>

#include "run_ptx.h"

using namespace ptxemu;

namespace {

constexpr u32 kThreads = 40;  // a full warp and a part of one

u32 input(u32 t) { return t * 2654435761u + 12345; }

/// `body` makes %r2 of %r10 (the thread's input) and %r1 (the thread).
void expect(const char *name, const std::string &body, const std::function<u32(u32 v, u32 t)> &wanted,
            const std::string &outside = "") {
  std::vector<u32> values;
  for (u32 t = 0; t < kThreads; t++) values.push_back(input(t));
  const Buffer<u32> in(values), out(std::vector<u32>(kThreads, 0xcccccccc));
  const std::string text =
      kernel_text("ld.global.u32 %r10, [%rd3];\n" + body + "\nst.global.u32 [%rd4], %r2;", outside);
  const LaunchResult r = run_kernel(text, {{1, 1, 1}, {kThreads, 1, 1}}, in.address(), out.address());
  if (r.code != kSuccess) fprintf(stderr, "%s: %s\n", name, r.text.c_str());
  CHECK(r.code == kSuccess);
  for (u32 t = 0; t < kThreads; t++) {
    const u32 w = wanted(values[t], t);
    if (out[t] != w) fprintf(stderr, "%s, thread %u: %08x, not %08x\n", name, t, out[t], w);
    CHECK(out[t] == w);
  }
}

i32 s(u32 v) { return static_cast<i32>(v); }

void integers() {
  expect("add", "add.s32 %r2, %r10, 7;", [](u32 v, u32) { return v + 7; });
  expect("sub", "sub.u32 %r2, %r1, %r10;", [](u32 v, u32 t) { return t - v; });
  expect("mul.hi", "mul.hi.s32 %r2, %r10, %r10;", [](u32 v, u32) { return static_cast<u32>(i64{s(v)} * s(v) >> 32); });
  expect("mad.lo", "mad.lo.s32 %r2, %r10, 3, %r1;", [](u32 v, u32 t) { return v * 3 + t; });
  expect("mul.wide", "mul.wide.s32 %rd10, %r10, -3; shr.u64 %rd10, %rd10, 20; cvt.u32.u64 %r2, %rd10;",
         [](u32 v, u32) { return static_cast<u32>(static_cast<u64>(i64{s(v)} * -3) >> 20); });
  expect("div", "div.s32 %r2, %r10, 17;", [](u32 v, u32) { return static_cast<u32>(s(v) / 17); });
  expect("div by 0", "div.u32 %r2, %r10, 0;", [](u32, u32) { return ~0u; });
  expect("rem", "add.u32 %r3, %r1, 1; rem.u32 %r2, %r10, %r3;", [](u32 v, u32 t) { return v % (t + 1); });
  expect("min", "min.s32 %r2, %r10, 5;", [](u32 v, u32) { return static_cast<u32>(std::min(s(v), 5)); });
  expect("abs", "abs.s32 %r2, %r10;", [](u32 v, u32) { return s(v) < 0 ? 0 - v : v; });
  expect("carry", "mov.b32 %r3, -1; add.cc.u32 %r4, %r10, %r3; addc.u32 %r2, 0, 0;",
         [](u32 v, u32) { return static_cast<u32>((u64{v} + 0xffffffff) >> 32); });
  expect("borrow", "sub.cc.u32 %r4, 5, %r10; subc.u32 %r2, 0, 0;", [](u32 v, u32) { return 5 < v ? ~0u : 0u; });
  expect("sixteen bits", "cvt.u16.u32 %h1, %r10; add.s16 %h2, %h1, %h1; cvt.s32.s16 %r2, %h2;",
         [](u32 v, u32) { return static_cast<u32>(i32{static_cast<i16>(v + v)}); });
  expect("dp4a", "dp4a.u32.u32 %r2, %r10, 16843009, 3;",
         [](u32 v, u32) { return (v & 255) + (v >> 8 & 255) + (v >> 16 & 255) + (v >> 24) + 3; });
}

void bits() {
  expect("shl beyond", "shl.b32 %r2, %r10, %r1;", [](u32 v, u32 t) { return t < 32 ? v << t : 0; });
  expect("shr beyond", "shr.s32 %r2, %r10, %r1;",
         [](u32 v, u32 t) { return static_cast<u32>(s(v) >> std::min(t, 31u)); });
  expect("bfe", "bfe.s32 %r2, %r10, 5, 9;", [](u32 v, u32) { return static_cast<u32>(s(v << 18) >> 23); });
  expect("bfe beyond the word", "bfe.s32 %r2, %r10, 40, 9;", [](u32 v, u32) { return static_cast<u32>(s(v) >> 31); });
  expect("bfi", "bfi.b32 %r2, %r1, %r10, 8, 6;", [](u32 v, u32 t) { return (v & ~0x3f00u) | (t & 63) << 8; });
  expect("prmt", "prmt.b32 %r2, %r10, %r1, 0x4321;", [](u32 v, u32 t) { return v >> 8 | t << 24; });
  expect("lop3", "lop3.b32 %r2, %r10, %r1, 255, 0x96;", [](u32 v, u32 t) { return v ^ t ^ 255; });
  expect("shf", "shf.l.wrap.b32 %r2, %r10, %r1, 8;", [](u32 v, u32 t) { return t << 8 | v >> 24; });
  expect("clz", "shr.u32 %r3, %r10, %r1; clz.b32 %r2, %r3;",
         [](u32 v, u32 t) { return t < 32 && v >> t ? static_cast<u32>(__builtin_clz(v >> t)) : 32; });
  expect("predicates",
         "setp.gt.s32 %p1, %r10, 0; setp.lt.and.u32 %p2|%p3, %r1, 10, %p1; not.pred %p4, %p2; selp.u32 %r2, 1, 0, %p4; "
         "@%p3 add.u32 %r2, %r2, 2;",
         [](u32 v, u32 t) { return (s(v) > 0 && t < 10 ? 0u : 1u) + (s(v) > 0 && t >= 10 ? 2u : 0u); });
}

void floats() {
  const auto f = [](u32 v) { return static_cast<float>(s(v)); };
  const std::string in = "cvt.rn.f32.s32 %f1, %r10; cvt.rn.f32.u32 %f2, %r1;";
  const std::string out = "mov.b32 %r2, %f3;";
  expect("fma", in + "fma.rn.f32 %f3, %f1, %f2, 0f3F000000;" + out,
         [f](u32 v, u32 t) { return bits_as<u32>(std::fma(f(v), static_cast<float>(t), 0.5f)); });
  expect("a product and a sum", in + "mul.f32 %f3, %f1, %f1; add.f32 %f3, %f3, %f2;" + out, [f](u32 v, u32 t) {
    volatile float product = f(v) * f(v);
    return bits_as<u32>(product + static_cast<float>(t));
  });
  expect("div", in + "div.rn.f32 %f3, %f1, %f2;" + out,
         [f](u32 v, u32 t) { return bits_as<u32>(f(v) / static_cast<float>(t)); });
  expect("sqrt", in + "abs.f32 %f1, %f1; sqrt.rn.f32 %f3, %f1;" + out,
         [f](u32 v, u32) { return bits_as<u32>(std::sqrt(std::fabs(f(v)))); });
  expect("double", "cvt.rn.f64.s32 %fd1, %r10; mul.f64 %fd1, %fd1, 0d3FB999999999999A; cvt.rn.f32.f64 %f3, %fd1;" + out,
         [](u32 v, u32) { return bits_as<u32>(static_cast<float>(s(v) * 0.1)); });
  expect("cvt.rzi", in + "mul.f32 %f1, %f1, 0f3A83126F; cvt.rzi.s32.f32 %r2, %f1;",
         [f](u32 v, u32) { return static_cast<u32>(static_cast<i32>(f(v) * 0.001f)); });
  expect("f16",
         in + "mul.f32 %f1, %f2, 0f3DCCCCCD; cvt.rn.f16.f32 %h1, %f1; cvt.f32.f16 %f3, %h1; cvt.u32.u16 %r2, %h1;",
         [](u32, u32 t) { return u32{half_bits(static_cast<float>(t) * 0.1f, Type::F16, Rounding::Nearest)}; });
}

void memory() {
  expect("vectors", R"(
    and.b32 %r3, %r1, 28; mul.wide.u32 %rd10, %r3, 4; add.s64 %rd10, %rd1, %rd10;
    ld.global.v4.u32 {%r4, %r5, %r6, %r7}, [%rd10]; add.u32 %r2, %r4, %r7;)",
         [](u32, u32 t) { return input(t & 28) + input((t & 28) + 3); });
  expect("local memory", R"(
    .local .align 4 .b8 stack[64]; mov.u64 %rd10, stack; and.b32 %r3, %r1, 15; mul.wide.u32 %rd11, %r3, 4;
    add.s64 %rd11, %rd10, %rd11; st.local.u32 [%rd11], %r10; cvta.local.u64 %rd12, %rd11; ld.u32 %r2, [%rd12];)",
         [](u32 v, u32) { return v; });
  expect(
      "constants",
      "and.b32 %r3, %r1, 3; cvt.u64.u32 %rd10, %r3; mov.u64 %rd11, c; add.s64 %rd11, %rd11, %rd10; ld.const.u8 %r2, "
      "[%rd11];",
      [](u32, u32 t) { return 10 * ((t & 3) + 1); }, ".const .align 1 .b8 c[4] = {10, 20, 30, 40};");
  expect("shared memory", R"(
    .shared .align 4 .b8 sh[160]; mov.u32 %r3, sh; mad.lo.u32 %r4, %r1, 4, %r3; st.shared.u32 [%r4], %r10;
    bar.sync 0; sub.u32 %r5, 39, %r1; mad.lo.u32 %r6, %r5, 4, %r3; ld.shared.u32 %r2, [%r6];)",
         [](u32, u32 t) { return input(39 - t); });
  expect("atomics", R"(
    .shared .align 4 .b8 sum[4]; mov.u32 %r2, 0; setp.eq.u32 %p1, %r1, 0; @%p1 st.shared.u32 [sum], %r2; bar.sync 0;
    atom.shared.add.u32 %r3, [sum], %r1; bar.sync 0; ld.shared.u32 %r2, [sum];)",
         [](u32, u32) { return 39u * 40 / 2; });
  expect("parts of registers", "mov.b32 {%h1, %h2}, %r10; mov.b32 %r2, {%h2, %h1};",
         [](u32 v, u32) { return v >> 16 | v << 16; });
}

void control() {
  expect("loop",
         "mov.u32 %r2, 0; mov.u32 %r3, 0; $L: add.u32 %r2, %r2, %r3; add.u32 %r3, %r3, 1; setp.le.u32 %p1, %r3, %r1; "
         "@%p1 bra $L;",
         [](u32, u32 t) { return t * (t + 1) / 2; });
  expect("branch table", R"(
    and.b32 %r3, %r1, 3; T: .branchtargets $A, $B, $C, $D; brx.idx %r3, T;
    $A: mov.u32 %r2, 5; bra $E; $B: mov.u32 %r2, 6; bra $E; $C: mov.u32 %r2, 7; bra $E; $D: mov.u32 %r2, 8; $E:)",
         [](u32, u32 t) { return 5 + (t & 3); });
  // Lanes call at different times and at different depths.
  expect(
      "recursion", R"(
    and.b32 %r3, %r1, 7; { .param .b32 p; st.param.b32 [p], %r3; .param .b32 q; call.uni (q), fact, (p); ld.param.b32 %r2, [q]; })",
      [](u32, u32 t) {
        u32 r = 1;
        for (u32 k = 2; k <= (t & 7); k++) r *= k;
        return r;
      },
      R"(.func (.param .b32 fact_r) fact(.param .b32 fact_n) {
      .reg .b32 %r<5>; .reg .pred %p<2>;
      ld.param.u32 %r1, [fact_n]; mov.u32 %r4, 1; setp.lt.u32 %p1, %r1, 2; @%p1 bra $done; sub.u32 %r2, %r1, 1;
      { .param .b32 p; st.param.b32 [p], %r2; .param .b32 q; call.uni (q), fact, (p); ld.param.b32 %r3, [q]; }
      mul.lo.u32 %r4, %r1, %r3; $done: st.param.b32 [fact_r], %r4; ret; })");
}

void warps() {
  // The second warp has 8 lanes; each group of four sums its own.
  expect("butterfly", R"(
    mov.b32 %r3, -1; setp.ge.u32 %p1, %r1, 32; @%p1 mov.b32 %r3, 255; mov.u32 %r2, %r1;
    shfl.sync.bfly.b32 %r4, %r2, 1, 7199, %r3; add.u32 %r2, %r2, %r4; shfl.sync.bfly.b32 %r4, %r2, 2, 7199, %r3; add.u32 %r2, %r2, %r4;)",
         [](u32, u32 t) { return 4 * (t & ~3u) + 6; });
  expect("up", R"(
    mov.b32 %r3, -1; setp.ge.u32 %p1, %r1, 32; @%p1 mov.b32 %r3, 255; shfl.sync.up.b32 %r2|%p2, %r1, 1, 0, %r3; @!%p2 mov.u32 %r2, 99;)",
         [](u32, u32 t) { return t % 32 ? t - 1 : 99; });
  expect("ballot of a part", R"(
    mov.u32 %r2, 0; setp.lt.u32 %p1, %r1, 8; @!%p1 bra $out; and.b32 %r3, %r1, 1; setp.eq.u32 %p2, %r3, 1;
    vote.sync.ballot.b32 %r2, %p2, 255; $out:)",
         [](u32, u32 t) { return t < 8 ? 0xaau : 0; });
  expect("match",
         "mov.b32 %r3, -1; setp.ge.u32 %p1, %r1, 32; @%p1 mov.b32 %r3, 255; and.b32 %r4, %r1, 3; match.any.sync.b32 "
         "%r2, %r4, %r3;",
         [](u32, u32 t) { return (t < 32 ? 0x11111111u : 0x11u) << (t & 3); });
  expect("redux", "mov.b32 %r3, -1; setp.ge.u32 %p1, %r1, 32; @%p1 mov.b32 %r3, 255; redux.sync.add.s32 %r2, %r1, %r3;",
         [](u32, u32 t) { return t < 32 ? 496u : 284u; });
  expect("votes at a barrier", "and.b32 %r3, %r1, 1; setp.eq.u32 %p1, %r3, 1; bar.red.popc.u32 %r2, 0, %p1;",
         [](u32, u32) { return 20u; });
}

}  // namespace

int main() {
  for (const u32 seed : {0, 1, 2, 3}) {
    settings().seed = seed;
    settings().quantum = seed ? 20 : 20000;
    integers();
    bits();
    floats();
    memory();
    control();
    warps();
  }
  return nero_failures != 0;
}
