# src/cpu/level.cpp is compiled once for each SIMD level that the target's processors may have.

# What every level is compiled with. No fused multiply-add and no reordering: every level gives the same bits. No errno
# and no traps: loops vectorise.
set(NERO_LEVEL_OPTIONS -ffp-contract=off -fno-math-errno -fno-trapping-math -fopenmp-simd)

function(nero_add_level target level name)
  add_library(${target}_${level} OBJECT src/cpu/level.cpp)
  target_include_directories(${target}_${level} PRIVATE include src)
  target_compile_definitions(${target}_${level} PRIVATE NERO_LEVEL=${level} NERO_LEVEL_NAME="${name}")
  target_compile_options(${target}_${level} PRIVATE ${NERO_LEVEL_OPTIONS} ${ARGN})
  # GCC 12 finds its own header of AVX-512 intrinsics suspicious.
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${target}_${level} PRIVATE -Wno-maybe-uninitialized)
  endif()
  if(CMAKE_BUILD_TYPE STREQUAL "Release")
    target_compile_options(${target}_${level} PRIVATE -O3)
  endif()
  target_sources(${target} PRIVATE $<TARGET_OBJECTS:${target}_${level}>)
endfunction()

function(nero_add_levels target)
  if(NOT NERO_GENERIC_ONLY AND CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|amd64|AMD64")
    nero_add_level(${target} v4 x86-64-v4 -march=x86-64-v4)
    nero_add_level(${target} v3 x86-64-v3 -march=x86-64-v3)
    nero_add_level(${target} v2 x86-64-v2 -march=x86-64-v2)
    target_compile_definitions(${target} PRIVATE NERO_X86_LEVELS)
  endif()
  nero_add_level(${target} generic generic)
endfunction()
