# SPDX-License-Identifier: Apache-2.0
# hotload_folder(NAME [DEPENDS folder...] [LINK library...])
#
# Makes the library hotload_NAME of src/NAME/*.cc and the program NAME_test of its *_test.cc. A
# folder with headers alone, or with no file yet, is a library that only passes its own links on.
# main.cc stays out of the library: it is the program's.
function(hotload_folder name)
  cmake_parse_arguments(arg "" "" "DEPENDS;LINK" ${ARGN})
  set(folder ${CMAKE_SOURCE_DIR}/src/${name})
  file(GLOB sources CONFIGURE_DEPENDS ${folder}/*.cc)
  file(GLOB tests CONFIGURE_DEPENDS ${folder}/*_test.cc)
  list(REMOVE_ITEM sources ${tests} ${folder}/main.cc)
  list(TRANSFORM arg_DEPENDS PREPEND hotload_)
  set(links hotload_base ${arg_DEPENDS} ${arg_LINK})

  if(sources)
    add_library(hotload_${name} STATIC ${sources})
    target_link_libraries(hotload_${name} PUBLIC ${links} PRIVATE hotload_warnings)
    target_precompile_headers(hotload_${name} REUSE_FROM hotload_base)
  else()
    add_library(hotload_${name} INTERFACE)
    target_link_libraries(hotload_${name} INTERFACE ${links})
  endif()
  if(tests AND HOTLOAD_TESTS)
    hotload_test(${name}_test LINK hotload_${name} SOURCES ${tests})
  endif()
endfunction()

# hotload_test(NAME LINK library... SOURCES file...): a GoogleTest program, every case in ctest.
function(hotload_test name)
  cmake_parse_arguments(arg "" "" "LINK;SOURCES" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_LINK} hotload_warnings hotload_test_main)
  target_precompile_headers(${name} REUSE_FROM hotload_base)
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
    PROPERTIES TIMEOUT 1500)
endfunction()

# The program hotload (src/cli/main.cc), and the tests that cross folders: one test program for
# each folder of tests/ that holds *_test.cc.
function(hotload_programs)
  if(EXISTS ${CMAKE_SOURCE_DIR}/src/cli/main.cc)
    add_executable(hotload ${CMAKE_SOURCE_DIR}/src/cli/main.cc)
    target_link_libraries(hotload PRIVATE hotload_cli hotload_warnings)
    target_precompile_headers(hotload REUSE_FROM hotload_base)
    set_target_properties(hotload PROPERTIES INSTALL_RPATH "$ORIGIN;$ORIGIN/../lib")
    install(TARGETS hotload RUNTIME DESTINATION bin COMPONENT program)
    install(FILES ${HOTLOAD_DEPS_DIR}/lib/libduckdb.so DESTINATION lib COMPONENT program)
    install(DIRECTORY ${HOTLOAD_DEPS_DIR}/extensions DESTINATION bin COMPONENT program)
  endif()
  if(HOTLOAD_TESTS)
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/*/*_test.cc)
    set(groups)
    foreach(source IN LISTS sources)
      cmake_path(GET source PARENT_PATH group)
      list(APPEND groups ${group})
    endforeach()
    list(REMOVE_DUPLICATES groups)
    foreach(group IN LISTS groups)
      file(GLOB group_sources CONFIGURE_DEPENDS ${group}/*.cc)
      cmake_path(GET group FILENAME name)
      hotload_test(tests_${name} LINK hotload_cli SOURCES ${group_sources})
    endforeach()
  endif()
endfunction()

# fuzz/NAME.cc, a target of libFuzzer's form: the program fuzz_NAME, whose short run over
# fuzz/seeds/NAME is a test.
function(hotload_fuzz name)
  cmake_parse_arguments(arg "" "" "LINK" ${ARGN})
  set(folder ${CMAKE_SOURCE_DIR}/fuzz)
  add_executable(fuzz_${name} ${folder}/${name}.cc ${folder}/standalone.cc)
  target_link_libraries(fuzz_${name} PRIVATE ${arg_LINK} hotload_warnings)
  target_precompile_headers(fuzz_${name} REUSE_FROM hotload_base)
  add_test(NAME Fuzz.${name} COMMAND fuzz_${name} ${folder}/seeds/${name} 5)
endfunction()

# One program for each bench/*.cc: bench_NAME.
function(hotload_benches)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/bench/*.cc)
  foreach(source IN LISTS sources)
    cmake_path(GET source STEM name)
    add_executable(bench_${name} ${source})
    target_link_libraries(bench_${name} PRIVATE hotload_lake hotload_warnings)
    target_precompile_headers(bench_${name} REUSE_FROM hotload_base)
  endforeach()
endfunction()
