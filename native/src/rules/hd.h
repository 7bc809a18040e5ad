// Marks the rules as callable from host and device code, and names what each spells differently. On the host they are
// always inlined: a copy of its own, compiled for one SIMD level, could be merged by the linker with that of another.
#pragma once

#if defined(__CUDACC__)
#define NERO_HD __host__ __device__
#else
#define NERO_HD __attribute__((always_inline))
#endif

#if defined(__CUDA_ARCH__)
#define NERO_ABSF(x) fabsf(x)
#define NERO_SQRTF(x) sqrtf(x)
#define NERO_SQRT(x) sqrt(x)
#define NERO_COPYSIGNF(x, y) copysignf(x, y)
#else
#define NERO_ABSF(x) __builtin_fabsf(x)
#define NERO_SQRTF(x) __builtin_sqrtf(x)
#define NERO_SQRT(x) __builtin_sqrt(x)
#define NERO_COPYSIGNF(x, y) __builtin_copysignf(x, y)
#endif
