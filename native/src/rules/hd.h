// Marks the rules as callable from host and device code. On the host they are always inlined: a copy of its own,
// compiled for one SIMD level, could be merged by the linker with that of another.
#pragma once

#if defined(__CUDACC__)
#define NERO_HD __host__ __device__
#else
#define NERO_HD __attribute__((always_inline))
#endif
