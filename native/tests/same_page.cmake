# Fails where PROGRAM does not write what PAGE holds.
execute_process(COMMAND ${PROGRAM} OUTPUT_VARIABLE written RESULT_VARIABLE failed)
file(READ ${PAGE} held)
if(failed OR NOT written STREQUAL held)
  message(FATAL_ERROR "${PAGE} is not what ${PROGRAM} writes: run it again into that file")
endif()
