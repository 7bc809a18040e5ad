// What must stop a launch does, and says where.
#include "run_ptx.h"

using namespace ptxemu;

namespace {

LaunchResult run(const std::string &body, u32 threads = 64, u32 shared = 0) {
  const Buffer<u32> a(std::vector<u32>(64, 1)), b(std::vector<u32>(64, 2));
  return run_kernel(kernel_text(body, ".extern .shared .align 16 .b8 dyn[];"), {{2, 1, 1}, {threads, 1, 1}, shared},
                    a.address(), b.address());
}

void addresses() {
  const LaunchResult beyond = run("st.global.u32 [%rd3+4], %r1;");
  CHECK(beyond.code == kIllegalAddress);
  CHECK(mentions(beyond, "kernel k") && mentions(beyond, "block (0,0,0)") && mentions(beyond, "thread (63,0,0)"));
  CHECK(mentions(beyond, "store of 4 bytes") && mentions(beyond, "st.global.u32"));
  CHECK(run("ld.global.v4.u32 {%r2, %r3, %r4, %r5}, [%rd1+4];").code == kMisalignedAddress);
  // A pointer of the host's is none of the device's.
  u32 host = 0;
  const Buffer<u32> b({0});
  CHECK(run_kernel(kernel_text("ld.global.u32 %r2, [%rd1];"), {{1, 1, 1}, {1, 1, 1}}, reinterpret_cast<u64>(&host),
                   b.address())
            .code == kIllegalAddress);
  u64 freed = 0;
  {
    const Buffer<u32> gone({1, 2, 3});
    freed = gone.address();
  }
  CHECK(run_kernel(kernel_text("ld.global.u32 %r2, [%rd1];"), {{1, 1, 1}, {1, 1, 1}}, freed, b.address()).code ==
        kIllegalAddress);
  CHECK(run("mov.u32 %r3, dyn; mad.lo.u32 %r4, %r1, 4, %r3; st.shared.u32 [%r4], %r1;", 64, 255).code ==
        kIllegalAddress);
  CHECK(run("mov.u32 %r3, dyn; mad.lo.u32 %r4, %r1, 4, %r3; st.shared.u32 [%r4], %r1;", 64, 256).code == kSuccess);
}

void warps() {
  CHECK(mentions(run("setp.lt.u32 %p1, %r1, 5; @%p1 shfl.sync.idx.b32 %r2, %r1, 7, 31, 31;"), "does not take part"));
  CHECK(mentions(run("setp.lt.u32 %p1, %r1, 5; @%p1 shfl.sync.idx.b32 %r2, %r1, 0, 31, 15;"), "member mask"));
  CHECK(mentions(
      run("setp.lt.u32 %p1, %r1, 5; @!%p1 bra $wait; shfl.sync.idx.b32 %r2, %r1, 0, 31, -1; $wait: bar.sync 0;"),
      "deadlock"));
}

/// A barrier that only some threads reach, while the others wait at another.
void barriers() {
  CHECK(mentions(run("setp.lt.u32 %p1, %r1, 5; @%p1 bar.sync 1; bar.sync 0;"), "deadlock"));
  CHECK(run("setp.lt.u32 %p1, %r1, 32; @%p1 bar.sync 1, 32; bar.sync 0;").code == kSuccess);
}

void races() {
  const std::string write = "mov.u32 %r3, dyn; mad.lo.u32 %r4, %r1, 4, %r3; st.shared.u32 [%r4], %r1;";
  const std::string read = "xor.b32 %r5, %r1, 32; mad.lo.u32 %r6, %r5, 4, %r3; ld.shared.u32 %r2, [%r6];";
  CHECK(mentions(run(write + read, 64, 256), "race"));
  CHECK(run(write + "bar.sync 0;" + read, 64, 256).code == kSuccess);
  // Next time round: the words are written while others may still read them.
  CHECK(
      mentions(run(write + "bar.sync 0;" + read + "add.u32 %r2, %r2, 1; st.shared.u32 [%r4], %r2;", 64, 256), "race"));
  CHECK(
      run(write + "bar.sync 0;" + read + "bar.sync 0; add.u32 %r2, %r2, 1; st.shared.u32 [%r4], %r2;", 64, 256).code ==
      kSuccess);
  // All write the same.
  CHECK(run("mov.u32 %r3, 7; st.shared.u32 [dyn], %r3;", 64, 256).code == kSuccess);
}

void others() {
  CHECK(run("trap;").code == kLaunchFailure);
  CHECK(run("tanh.approx.nonsense %r1, %r2;").code == kIllegalInstruction);
  settings().instruction_limit = 100000;
  CHECK(run("$L: bra $L;").code == kLaunchTimeout);
  settings().instruction_limit = 1'000'000'000;
}

/// Memory that nothing wrote is no number.
void fresh_memory() {
  const u64 fresh = DeviceMemory::instance().allocate(16, 0);
  float v;
  std::memcpy(&v, DeviceMemory::instance().view(fresh, 4), 4);
  CHECK(v != v);
  CHECK(DeviceMemory::instance().view(fresh + 8, 16) == nullptr);
  CHECK(DeviceMemory::instance().find(fresh + 15).begin == fresh &&
        DeviceMemory::instance().find(fresh + 16).bytes == 0);
  CHECK(DeviceMemory::instance().release(fresh) && !DeviceMemory::instance().release(fresh));
  CHECK(DeviceMemory::instance().allocate(settings().memory + 1, 0) == 0);
}

}  // namespace

int main() {
  for (const u32 seed : {0, 5}) {
    settings().seed = seed;
    settings().quantum = seed ? 20 : 20000;
    addresses();
    warps();
    barriers();
    races();
    others();
  }
  fresh_memory();
  return nero_failures != 0;
}
