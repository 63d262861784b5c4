# SPDX-License-Identifier: GPL-3.0-or-later
# poise_fuzz(<name> SOURCES a.c USES settings INCLUDES dir): tests/fuzz/<name>, started on the folder corpus/ beside its
# CMakeLists.txt.
#
# Preset `fuzz`, where the whole tree is built by clang with counters: a libFuzzer program bin/fuzz_<name>. In the other
# debug builds the same function with a main of its own, corpus_<name>, and a test fuzz_<name> that feeds it the corpus:
# what was found once stays mended. Not under ThreadSanitizer, there is one thread.
function(poise_fuzz name)
  if(NOT POISE_FUZZ AND (NOT CMAKE_BUILD_TYPE STREQUAL Debug OR POISE_SANITIZE MATCHES thread))
    return()
  endif()
  cmake_parse_arguments(FUZZ "" "" "SOURCES;USES;INCLUDES;LIBS" ${ARGN})
  set(corpus ${CMAKE_CURRENT_SOURCE_DIR}/corpus)
  if(POISE_FUZZ)
    set(program fuzz_${name})
    add_executable(${program} ${FUZZ_SOURCES})
    target_link_options(${program} PRIVATE -fsanitize=fuzzer)
    # A short run over the corpus, so that the targets do not rot; tools/test --full runs them longer.
    # What it finds goes to the first folder, never into the committed corpus.
    file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/found/${name})
    add_test(NAME fuzz_${name} COMMAND ${program} -runs=2000 -max_len=8192 ${PROJECT_BINARY_DIR}/found/${name} ${corpus})
    if(NOT TARGET fuzzers)
      add_custom_target(fuzzers)
    endif()
    add_dependencies(fuzzers ${program})
  else()
    set(program corpus_${name})
    add_executable(${program} ${FUZZ_SOURCES} ${PROJECT_SOURCE_DIR}/tests/fuzz/replay_corpus.c)
    add_test(NAME fuzz_${name} COMMAND ${program} ${corpus})
    poise_test_properties(fuzz_${name} 120)
  endif()
  foreach(used ${FUZZ_USES})
    target_link_libraries(${program} PRIVATE poise_${used})
  endforeach()
  target_include_directories(${program} PRIVATE ${PROJECT_SOURCE_DIR}/tests/fuzz ${FUZZ_INCLUDES})
  target_link_libraries(${program} PRIVATE poise_options ${FUZZ_LIBS} m)
endfunction()
