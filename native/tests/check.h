/* As much of a test framework as these tests need: CHECK says what failed and goes on; the exit code tells. */
#ifndef NERO_TESTS_CHECK_H
#define NERO_TESTS_CHECK_H

#include <stdio.h>

static int nero_failures = 0;

#define CHECK(condition)                                                            \
  do {                                                                              \
    if (!(condition)) {                                                             \
      nero_failures++;                                                              \
      fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #condition); \
    }                                                                               \
  } while (0)

#endif
