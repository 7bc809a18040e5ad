# The CUDA backend, where nvcc is. Plain commands rather than CMake's CUDA language: configuring then needs neither a
# driver nor a working device compiler check, and a missing or old nvcc costs one line instead of the build.

set(NERO_CUDA_ARCHITECTURES "short" CACHE STRING
  "short: one set of machine code and PTX for all others; ptx: no machine code, for tests; full: every generation's; or a list such as 80;90")
set(NERO_CUDART "static" CACHE STRING "CUDA runtime: static, or shared for tests")
set_property(CACHE NERO_CUDART PROPERTY STRINGS static shared)

set(NERO_CUDA_GENERATIONS 75 80 86 89 90 100 120)

# Sets NERO_HAS_CUDA in the caller, and NERO_CUDA_INCLUDE, NERO_CUDA_LIBRARY.
function(nero_find_cuda)
  set(NERO_HAS_CUDA OFF PARENT_SCOPE)
  if(NOT NERO_CUDA)
    message(STATUS "nero4j: building the CPU library without CUDA, as NERO_CUDA=OFF asks")
    return()
  endif()
  find_program(NERO_NVCC nvcc HINTS ENV CUDA_PATH ENV CUDA_HOME /usr/local/cuda PATH_SUFFIXES bin)
  if(NOT NERO_NVCC)
    message(STATUS "nero4j: building the CPU library without CUDA: there is no nvcc")
    return()
  endif()
  # nvcc knows where its own toolkit is, also where the one on the PATH is a script.
  execute_process(COMMAND ${NERO_NVCC} --dryrun -x cu -c ${CMAKE_CURRENT_FUNCTION_LIST_FILE} -o nothing
    OUTPUT_VARIABLE plan ERROR_VARIABLE plan RESULT_VARIABLE failed)
  execute_process(COMMAND ${NERO_NVCC} --version OUTPUT_VARIABLE version ERROR_QUIET)
  string(REGEX MATCH "release ([0-9]+)\\.([0-9]+)" version "${version}")
  if(failed OR NOT version OR CMAKE_MATCH_1 LESS 12)
    message(STATUS "nero4j: building the CPU library without CUDA: ${NERO_NVCC} is not nvcc 12 or later")
    return()
  endif()
  set(release ${CMAKE_MATCH_1}.${CMAKE_MATCH_2})
  string(REGEX MATCH "TOP=([^\n]+)" top "${plan}")
  set(top ${CMAKE_MATCH_1})
  find_path(NERO_CUDA_INCLUDE cuda_runtime_api.h HINTS ${top}/include ${top}/targets/x86_64-linux/include
    ${top}/targets/sbsa-linux/include NO_DEFAULT_PATH)
  if(NERO_CUDART STREQUAL "shared")
    set(name libcudart.so)
  else()
    set(name libcudart_static.a)
  endif()
  unset(NERO_CUDA_LIBRARY CACHE)
  find_library(NERO_CUDA_LIBRARY ${name} HINTS ${top}/lib64 ${top}/lib ${top}/targets/x86_64-linux/lib
    ${top}/targets/sbsa-linux/lib NO_DEFAULT_PATH)
  if(NOT NERO_CUDA_INCLUDE OR NOT NERO_CUDA_LIBRARY)
    message(STATUS "nero4j: building the CPU library without CUDA: the toolkit in ${top} has no ${name}")
    return()
  endif()
  # 12 has not the newest generations, 13 not the oldest that 12 had.
  execute_process(COMMAND ${NERO_NVCC} --list-gpu-arch OUTPUT_VARIABLE known)
  if(NERO_CUDA_ARCHITECTURES STREQUAL "short")
    # One run of the front end: machine code for the one, and PTX that the driver translates for all the others.
    set(flags "-gencode=arch=compute_75,code=[compute_75,sm_90]")
    set(targets "sm_90 and PTX of 75")
  elseif(NERO_CUDA_ARCHITECTURES STREQUAL "ptx")
    set(flags "-gencode=arch=compute_75,code=compute_75")
    set(targets "PTX of 75 alone")
  else()
    set(wanted ${NERO_CUDA_ARCHITECTURES})
    if(wanted STREQUAL "full")
      set(wanted ${NERO_CUDA_GENERATIONS})
    endif()
    set(flags "")
    set(targets "")
    foreach(architecture IN LISTS wanted)
      if(known MATCHES "compute_${architecture}\n")
        list(APPEND flags "-gencode=arch=compute_${architecture},code=sm_${architecture}")
        string(APPEND targets "sm_${architecture} ")
        set(newest ${architecture})
      endif()
    endforeach()
    if(NOT newest)
      message(FATAL_ERROR "nero4j: nvcc ${release} knows none of NERO_CUDA_ARCHITECTURES=${NERO_CUDA_ARCHITECTURES}")
    endif()
    list(APPEND flags "-gencode=arch=compute_${newest},code=compute_${newest}")
    string(APPEND targets "and PTX of ${newest}")
  endif()
  message(STATUS "nero4j: building with CUDA ${release} (${NERO_CUDART} runtime) for ${targets}")
  set(NERO_HAS_CUDA ON PARENT_SCOPE)
  set(NERO_CUDA_FLAGS ${flags} PARENT_SCOPE)
  set(NERO_CUDA_RUNTIME ${NERO_CUDA_LIBRARY} ${CMAKE_DL_LIBS} rt PARENT_SCOPE)
  set(NERO_CUDA_TARGETS ${targets} PARENT_SCOPE)
endfunction()

# Compiles .cu files into a target. No fused multiply-add: elementwise rules then give the CPU's bits, and a step is
# bound by memory either way. ptxas's report of each file is kept beside its object for the static test.
function(nero_add_cuda target)
  string(REPLACE ";" "|" code "${NERO_CUDA_FLAGS}")
  foreach(file IN LISTS ARGN)
    get_filename_component(name ${file} NAME_WE)
    set(object ${CMAKE_CURRENT_BINARY_DIR}/cuda/${name}.o)
    set(report ${CMAKE_CURRENT_BINARY_DIR}/cuda/${name}.ptxas)
    add_custom_command(OUTPUT ${object}
      COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_CURRENT_BINARY_DIR}/cuda
      COMMAND ${CMAKE_COMMAND} "-DNVCC=${NERO_NVCC}" "-DREPORT=${report}"
        "-DARGUMENTS=-std=c++17|-O3|-fmad=false|-Xptxas=-v|-Xcompiler=-fPIC,-fvisibility=hidden|-I${CMAKE_CURRENT_SOURCE_DIR}/src|-I${CMAKE_CURRENT_SOURCE_DIR}/include|${code}|-MD|-MF|${object}.d|-MT|${object}|-c|${CMAKE_CURRENT_SOURCE_DIR}/${file}|-o|${object}"
        -P ${PROJECT_SOURCE_DIR}/native/cmake/nvcc.cmake
      DEPENDS ${file} ${PROJECT_SOURCE_DIR}/native/cmake/nvcc.cmake
      DEPFILE ${object}.d
      COMMENT "Compiling ${file} with nvcc"
      VERBATIM)
    target_sources(${target} PRIVATE ${object})
    set_source_files_properties(${object} PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
  endforeach()
  target_include_directories(${target} SYSTEM PRIVATE ${NERO_CUDA_INCLUDE})
  target_compile_definitions(${target} PRIVATE "NERO_CUDA_TARGETS=\"${NERO_CUDA_TARGETS}\"")
endfunction()

# A target, built only when asked for, that compiles .cu files to machine code of every generation that nvcc knows, each
# anew only when its sources have changed, and holds what ptxas says of the kernels to their claims.
function(nero_check_generations target)
  execute_process(COMMAND ${NERO_NVCC} --list-gpu-arch OUTPUT_VARIABLE known)
  set(folder ${CMAKE_BINARY_DIR}/native/cuda-generations)
  set(reports "")
  set(generations "")
  foreach(generation IN LISTS NERO_CUDA_GENERATIONS)
    if(NOT known MATCHES "compute_${generation}\n")
      continue()
    endif()
    list(APPEND generations ${generation})
    foreach(file IN LISTS ARGN)
      get_filename_component(name ${file} NAME_WE)
      set(code ${folder}/${name}_${generation})
      add_custom_command(OUTPUT ${code}.ptxas
        COMMAND ${CMAKE_COMMAND} -E make_directory ${folder}
        COMMAND ${CMAKE_COMMAND} "-DNVCC=${NERO_NVCC}" "-DREPORT=${code}.ptxas"
          "-DARGUMENTS=-std=c++17|-O3|-fmad=false|-Xptxas=-v|-I${PROJECT_SOURCE_DIR}/native/src|-I${PROJECT_SOURCE_DIR}/native/include|-arch=sm_${generation}|-MD|-MF|${code}.d|-MT|${code}.ptxas|-cubin|${file}|-o|${code}.cubin"
          -P ${PROJECT_SOURCE_DIR}/native/cmake/nvcc.cmake
        DEPENDS ${file} ${PROJECT_SOURCE_DIR}/native/cmake/nvcc.cmake
        DEPFILE ${code}.d
        COMMENT "Compiling ${name}.cu for sm_${generation}"
        VERBATIM)
      list(APPEND reports ${code}.ptxas)
    endforeach()
  endforeach()
  string(REPLACE ";" "|" generations "${generations}")
  add_custom_target(${target}
    COMMAND ${CMAKE_COMMAND} -DREPORTS=${folder} "-DGENERATIONS=${generations}"
      -P ${PROJECT_SOURCE_DIR}/native/tests/ptxas.cmake
    DEPENDS ${reports} VERBATIM)
endfunction()
