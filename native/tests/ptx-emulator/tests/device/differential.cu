// The same functions compiled by nvcc for host and device, side by side: what differs is the emulator's.
#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <cmath>
#include <cstdint>
#include <cstring>

#include "device_test.h"

#define HD __host__ __device__

namespace {

constexpr int kItems = 600;  // more than one block, the last warp in part

struct Floats {
  double exact[40];  ///< one rounding each: bits must agree
  double close[16];  ///< libraries of their own on both sides
};

struct Integers {
  long long v[40];
};

__constant__ float kTable[8] = {1, 2, 3, 5, 8, 13, 21, 34};
__device__ int device_counter = 5;

HD __noinline__ float polynomial(float x, int n) {
  float r = 0;
  for (int i = 0; i < n; i++) r = fmaf(r, x, static_cast<float>(i));
  return r;
}

HD __noinline__ int fibonacci(int n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }

HD int by_switch(int i, int s) {
  switch (i % 9) {
    case 0:
      return 3;
    case 1:
      return s ^ 5;
    case 2:
      return s * 7;
    case 3:
      return s / 3;
    case 4:
      return s - 9;
    case 5:
      return s & 255;
    case 6:
      return ~s;
    case 7:
      return s | 77;
    default:
      return -1;
  }
}

HD void floats(int i, Floats *o) {
  const float x = static_cast<int>(i * 7919u % 20011u - 10005) * 0.0009765625f;
  const float y = (i * 104729u % 4001u + 1) * 0.000732421875f;
  const double dx = x, dy = y;
  int k = 0;
  const auto put = [&](double v) { o->exact[k++] = v; };
  put(fmaf(x, y, 1.0f));
  put(x / y);
  put(sqrtf(y));
  put(1.0f / y);
  put(dx / dy);
  put(sqrt(dy));
  put(fma(dx, dy, 1.0));
  put(fmaf(x, 1e-42f, 0.0f));  // subnormals are kept
  put(1.0f / fmaf(y, 1e-40f, 1e-39f));
  put(floorf(x));
  put(ceilf(x));
  put(rintf(x));
  put(truncf(x));
  put(fabsf(x));
  put(fminf(x, y));
  put(fmaxf(x, NAN));
  put(copysignf(y, x));
  put(polynomial(y, i % 7));
  put(static_cast<float>(dx * 1.0000001));   // double to float
  put(static_cast<float>(i * 123456789LL));  // 64-bit integer to float
  put(static_cast<double>(i * 123456789123LL));
  put(__half2float(__float2half(x)));
  put(__bfloat162float(__float2bfloat16(x)));
  put(ldexpf(y, i % 20 - 10));
  put(x < y ? x : y);
  put(!(x >= y) ? 1 : 0);
  put(fmodf(x * 100, y));
  put(nextafterf(x, y));
  float local[9];
  local[0] = x;
  for (int j = 1; j < 9; j++) local[j] = fmaf(local[j - 1], 0.5f, static_cast<float>(j));
  float sum = 0;
  for (int j = 0; j < 9; j++) sum += local[j * (i + 1) % 9];  // indexed at run time: local memory
  put(sum);
  while (k < 40) put(0);
  const double close[] = {
      expf(x),       logf(y),     sinf(x),  cosf(x),          powf(y, x * 0.3f), tanhf(x), exp(dx), log(dy),
      sin(dx * 1e5), pow(dy, dx), tanh(dx), expm1f(x * 0.1f), log1pf(y),         cbrtf(x), erff(x), 0};
  memcpy(o->close, close, sizeof close);
}

HD void integers(int i, Integers *o) {
  const unsigned u = i * 2654435761u;
  const int s = static_cast<int>(u);
  const unsigned long long wide = u * 0x9E3779B97F4A7C15ull;
  const long long swide = static_cast<long long>(wide);
  const float x = static_cast<int>(i * 7919u % 20011u - 10005) * 0.0009765625f;
  int k = 0;
  const auto put = [&](long long v) { o->v[k++] = v; };
  put(u / (i % 13 + 1));
  put(s / (i % 17 + 1));
  put(u % (i % 13 + 1));
  put(s % (i % 7 + 2));
  put(static_cast<long long>(wide / (u % 1000 + 1)));
  put(swide / (i % 19 + 3));
  put(swide % (i % 23 + 5));
  put(s >> (i & 31));
  put(static_cast<long long>(u << (i & 31)));
  put(swide >> (i & 63));
  put(static_cast<int8_t>(s));
  put(static_cast<int16_t>(s));
  put(static_cast<uint8_t>(s));
  put(static_cast<short>(s >> 3) * static_cast<short>(s >> 9));
  put(static_cast<long long>(s) * static_cast<int>(u >> 3));
  put(static_cast<int>(x));
  put(static_cast<long long>(x * 1e9));
  put(lrintf(x));
  put(s < 0 ? -static_cast<long long>(s) : s);
  put(fibonacci(i % 12));
  put(by_switch(i, s));
  put(u >> 7 & 0x1ff);
  put(s < 12345 ? s : 12345);
  put(u << 7 | u >> 25);
  int bits;
  memcpy(&bits, &x, 4);
  put(bits);
  // Addresses beyond 32 bits.
  put((static_cast<long long>(i) << 33) + (static_cast<long long>(i) * 4611686018427LL));
  while (k < 40) put(0);
}

__global__ void all(int n, Floats *f, Integers *q) {
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) {
    floats(i, &f[i]);
    integers(i, &q[i]);
  }
}

bool same(double a, double b) { return a == b || (a != a && b != b); }

void host_and_device_agree() {
  OnDevice<Floats> f(std::vector<Floats>(kItems, Floats{}));
  OnDevice<Integers> q(std::vector<Integers>(kItems, Integers{}));
  all<<<2, 160>>>(kItems, f.data(), q.data());
  OK(cudaGetLastError());
  OK(cudaDeviceSynchronize());
  const auto device_floats = f.values();
  const auto device_integers = q.values();
  for (int i = 0; i < kItems; i++) {
    Floats hf;
    Integers hq;
    floats(i, &hf);
    integers(i, &hq);
    for (int k = 0; k < 40; k++) {
      if (!same(hf.exact[k], device_floats[i].exact[k])) {
        fprintf(stderr, "float %d of item %d: %.17g, on the host %.17g\n", k, i, device_floats[i].exact[k],
                hf.exact[k]);
        nero_failures++;
      }
      if (hq.v[k] != device_integers[i].v[k]) {
        fprintf(stderr, "integer %d of item %d: %lld, on the host %lld\n", k, i, device_integers[i].v[k], hq.v[k]);
        nero_failures++;
      }
    }
    for (int k = 0; k < 16; k++) {
      const double d = device_floats[i].close[k], h = hf.close[k];
      if (!(same(d, h) || std::fabs(d - h) <= 4e-6 * std::fabs(h) + 1e-30)) {
        fprintf(stderr, "function %d of item %d: %.9g, on the host %.9g\n", k, i, d, h);
        nero_failures++;
      }
    }
  }
}

constexpr int kFields = 16;

__global__ void bits_and_votes(int *out) {
  const int t = threadIdx.x;
  const unsigned u = t * 2654435761u + 1;
  int *p = out + t * kFields;
  p[0] = __popc(u);
  p[1] = __clz(u >> t % 20);
  p[2] = __ffs(u);
  p[3] = __byte_perm(u, ~u, 0x5140);
  p[4] = __funnelshift_l(u, ~u, t);
  p[5] = __umulhi(u, u);
  p[6] = __ballot_sync(~0u, u & 1);
  p[7] = __any_sync(~0u, t == 5);
  p[8] = __all_sync(~0u, t < 64);
  p[9] = __shfl_up_sync(~0u, t, 1);
  p[10] = __shfl_down_sync(~0u, t, 2, 8);
  p[11] = __shfl_sync(~0u, t, 3, 16);
  p[12] = __match_any_sync(~0u, t % 5);
  p[13] = __syncthreads_count(t & 1);
  p[14] = static_cast<int>(kTable[t & 7]);
  p[15] = atomicAdd(&device_counter, 0);
}

void bits_and_votes_are_right() {
  OnDevice<int> out(std::vector<int>(64 * kFields));
  bits_and_votes<<<1, 64>>>(out.data());
  const auto v = out.values();
  for (int t = 0; t < 64; t++) {
    const int *p = &v[t * kFields];
    const unsigned u = t * 2654435761u + 1;
    const auto byte = [u](int k) {
      return static_cast<unsigned>((static_cast<uint64_t>(~u) << 32 | u) >> (8 * k) & 255);
    };
    unsigned ballot = 0, match = 0;
    for (int l = 0; l < 32; l++) {
      ballot |= (((t & 32) + l) * 2654435761u + 1 & 1) << l;
      match |= static_cast<unsigned>(((t & 32) + l) % 5 == t % 5) << l;
    }
    static const int table[8] = {1, 2, 3, 5, 8, 13, 21, 34};
    CHECK(p[0] == __builtin_popcount(u) && p[1] == (u >> t % 20 ? __builtin_clz(u >> t % 20) : 32));
    CHECK(p[2] == __builtin_ffs(static_cast<int>(u)));
    CHECK(p[3] == static_cast<int>(byte(0) | byte(4) << 8 | byte(1) << 16 | byte(5) << 24));
    CHECK(p[4] == static_cast<int>((static_cast<uint64_t>(~u) << 32 | u) << (t & 31) >> 32));
    CHECK(p[5] == static_cast<int>(static_cast<uint64_t>(u) * u >> 32));
    CHECK(p[6] == static_cast<int>(ballot) && p[7] == (t < 32) && p[8] == 1);
    CHECK(p[9] == (t & 31 ? t - 1 : t) && p[10] == ((t & 7) + 2 < 8 ? t + 2 : t) && p[11] == (t & ~15) + 3);
    CHECK(p[12] == static_cast<int>(match) && p[13] == 32 && p[14] == table[t & 7] && p[15] == 5);
  }
}

}  // namespace

int main() {
  host_and_device_agree();
  bits_and_votes_are_right();
  return nero_failures != 0;
}
