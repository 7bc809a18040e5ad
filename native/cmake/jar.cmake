# Lays a library out as its jar will have it: META-INF/native/PLATFORM/libNAME.so with its SHA-256 beside it.
function(nero_pack target jar)
  set(folder ${CMAKE_BINARY_DIR}/jar/${jar}/META-INF/native/${NERO_PLATFORM})
  set(file ${folder}/${CMAKE_SHARED_LIBRARY_PREFIX}${target}${CMAKE_SHARED_LIBRARY_SUFFIX})
  add_custom_command(TARGET ${target} POST_BUILD
    COMMAND ${CMAKE_COMMAND} -E make_directory ${folder}
    COMMAND ${CMAKE_COMMAND} -E copy $<TARGET_FILE:${target}> ${file}
    COMMAND ${CMAKE_COMMAND} -DFILE=${file} -P ${PROJECT_SOURCE_DIR}/native/cmake/hash.cmake
    VERBATIM)
endfunction()
