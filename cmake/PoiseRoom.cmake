# SPDX-License-Identifier: GPL-3.0-or-later
# A room is one static library. Its headers are reachable as "<room>/<header>.h" and only by the targets that link
# it: the include path of a room is a directory that holds one link, named like the room. So a room that is not
# listed after USES cannot be included, even by accident.
add_library(poise_options INTERFACE)
target_compile_definitions(poise_options INTERFACE _GNU_SOURCE POISE_VERSION="${POISE_VERSION}")
# Contraction would make the same recording give other bits on arm64 than on amd64.
target_compile_options(poise_options INTERFACE -Wall -Wextra -Wconversion -Wshadow -Wvla -ffp-contract=off
  -fno-omit-frame-pointer $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes -Wmissing-prototypes>
  $<$<BOOL:${POISE_WERROR}>:-Werror>)
if(POISE_SANITIZE)
  target_compile_options(poise_options INTERFACE -fsanitize=${POISE_SANITIZE} -fno-sanitize-recover=all -g)
  target_link_options(poise_options INTERFACE -fsanitize=${POISE_SANITIZE})
endif()

# poise_room(<name> SOURCES a.c b.c USES core dsp LIBS PkgConfig::FFTW)
function(poise_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;USES;LIBS" ${ARGN})
  set(door ${PROJECT_BINARY_DIR}/doors/${name})
  file(MAKE_DIRECTORY ${door})
  file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${door}/${name} SYMBOLIC)
  add_library(poise_${name} STATIC ${ROOM_SOURCES})
  target_include_directories(poise_${name} PUBLIC ${door})
  target_link_libraries(poise_${name} PUBLIC poise_options)
  # The arithmetic of the rooms is loops over channels and windows: a fifth fewer instructions, the same bits.
  target_compile_options(poise_${name} PRIVATE $<$<NOT:$<CONFIG:Debug>>:-O3>)
  foreach(used ${ROOM_USES})
    target_link_libraries(poise_${name} PUBLIC poise_${used})
  endforeach()
  target_link_libraries(poise_${name} PUBLIC ${ROOM_LIBS} m)
endfunction()
