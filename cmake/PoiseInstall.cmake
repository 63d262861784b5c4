# SPDX-License-Identifier: GPL-3.0-or-later
# Where everything goes: programs to bin, examples of the configuration to <sysconfdir>/poise, schemas and documents to
# share/poise, unit, users, rules and modules where systemd and udev look for them, bash completion, man pages when scdoc
# is there to build them.
foreach(program poised poisectl poise-sim)
  if(TARGET ${program})
    install(TARGETS ${program} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
    # The shell looks for the completion under the name of the program.
    install(FILES tools/completion/poise DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
      RENAME ${program})
  endif()
endforeach()

# Under the name of an example: /etc/poise/poised.yaml belongs to the rig, an update must not write over it.
install(FILES config/poised.yaml DESTINATION ${CMAKE_INSTALL_FULL_SYSCONFDIR}/poise RENAME poised.yaml.example OPTIONAL)
install(FILES config/sim.yaml DESTINATION ${CMAKE_INSTALL_DATADIR}/poise OPTIONAL)
install(DIRECTORY config/presets config/overlays DESTINATION ${CMAKE_INSTALL_DATADIR}/poise OPTIONAL)
install(DIRECTORY config/schema DESTINATION ${CMAKE_INSTALL_DATADIR}/poise OPTIONAL)

# The service. systemd and udev look below /usr/local too; drop-ins are examples, they take effect only in /etc.
set(bindir ${CMAKE_INSTALL_FULL_BINDIR})
foreach(file poised.service ipc-only.conf)
  configure_file(systemd/${file}.in ${PROJECT_BINARY_DIR}/systemd/${file} @ONLY)
endforeach()
install(FILES ${PROJECT_BINARY_DIR}/systemd/poised.service DESTINATION lib/systemd/system)
install(FILES ${PROJECT_BINARY_DIR}/systemd/ipc-only.conf systemd/lan.conf DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
install(FILES systemd/poise.sysusers DESTINATION lib/sysusers.d RENAME poise.conf)
install(FILES systemd/poise.tmpfiles DESTINATION lib/tmpfiles.d RENAME poise.conf)
install(FILES systemd/poise.modules DESTINATION lib/modules-load.d RENAME poise.conf)
install(FILES systemd/60-poise.rules DESTINATION lib/udev/rules.d)

find_program(POISE_SCDOC scdoc)
file(GLOB man_sources CONFIGURE_DEPENDS docs/*.scd)
if(NOT POISE_SCDOC)
  message(STATUS "scdoc not found: no man pages")
  return()
endif()
foreach(source ${man_sources})
  cmake_path(GET source STEM LAST_ONLY page) # poised.8
  string(REGEX REPLACE ".*\\." "" chapter ${page})
  set(target ${PROJECT_BINARY_DIR}/man/${page})
  add_custom_command(OUTPUT ${target} DEPENDS ${source} VERBATIM
    COMMAND ${CMAKE_COMMAND} -E make_directory ${PROJECT_BINARY_DIR}/man
    COMMAND sh -c "\"$1\" < \"$2\" > \"$3\"" sh ${POISE_SCDOC} ${source} ${target})
  list(APPEND man_pages ${target})
  install(FILES ${target} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${chapter})
endforeach()
add_custom_target(man ALL DEPENDS ${man_pages})
