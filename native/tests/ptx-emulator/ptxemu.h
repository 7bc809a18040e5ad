/* What the emulator's libcudart exports beside CUDA's own functions: for tests that find it by dlsym. */
#ifndef PTXEMU_H
#define PTXEMU_H

#ifdef __cplusplus
extern "C" {
#endif

/* Launches of the kernels whose (mangled) name holds this text, since the start or the last reset; null: of all. */
unsigned long long ptxemuLaunches(const char *kernel);

/* One of the report's counters (see the README) summed over such kernels. ~0 when there is no such counter. */
unsigned long long ptxemuCounter(const char *kernel, const char *counter);

/* Writes the report, as PTXEMU_REPORT does at exit. 0 when that worked. */
int ptxemuWriteReport(const char *path);

void ptxemuResetReport(void);

#ifdef __cplusplus
}
#endif

#endif
