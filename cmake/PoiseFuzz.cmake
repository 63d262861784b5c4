# SPDX-License-Identifier: GPL-3.0-or-later
# poise_fuzz(<name> SOURCES a.c USES settings INCLUDES dir): a libFuzzer program in bin/fuzz_<name>, started on the
# folder corpus/ beside its CMakeLists.txt. Preset `fuzz` only: the whole tree needs clang and coverage counters.
function(poise_fuzz name)
  if(NOT POISE_FUZZ)
    return()
  endif()
  cmake_parse_arguments(FUZZ "" "" "SOURCES;USES;INCLUDES;LIBS" ${ARGN})
  add_executable(fuzz_${name} ${FUZZ_SOURCES})
  foreach(used ${FUZZ_USES})
    target_link_libraries(fuzz_${name} PRIVATE poise_${used})
  endforeach()
  target_include_directories(fuzz_${name} PRIVATE ${FUZZ_INCLUDES})
  target_link_libraries(fuzz_${name} PRIVATE poise_options ${FUZZ_LIBS} m)
  target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  # A short run over the corpus, so that the targets do not rot; tools/test --full runs them longer.
  # What it finds goes to the first folder, never into the committed corpus.
  file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/found/${name})
  add_test(NAME fuzz_${name} COMMAND fuzz_${name} -runs=2000 -max_len=8192 ${PROJECT_BINARY_DIR}/found/${name}
    ${CMAKE_CURRENT_SOURCE_DIR}/corpus)
  if(NOT TARGET fuzzers)
    add_custom_target(fuzzers)
  endif()
  add_dependencies(fuzzers fuzz_${name})
endfunction()
