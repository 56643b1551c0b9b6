# SPDX-License-Identifier: Apache-2.0
# The Python module hotload._core, and what lies beside it in the wheel: DuckDB and its extensions.
file(GLOB bindings CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/python/bindings/*.cc)
if(NOT bindings)
  message(FATAL_ERROR "python/bindings/ holds no source")
endif()

# scikit-build-core asks for the stable ABI (Python >= 3.12) through SKBUILD_SABI_COMPONENT.
find_package(Python 3.10 REQUIRED
  COMPONENTS Interpreter Development.Module ${SKBUILD_SABI_COMPONENT})
execute_process(COMMAND ${Python_EXECUTABLE} -m nanobind --cmake_dir
  OUTPUT_STRIP_TRAILING_WHITESPACE OUTPUT_VARIABLE nanobind_ROOT COMMAND_ERROR_IS_FATAL ANY)
find_package(nanobind CONFIG REQUIRED)

nanobind_add_module(_core STABLE_ABI ${bindings})
target_include_directories(_core PRIVATE ${CMAKE_SOURCE_DIR}/python/bindings)
target_link_libraries(_core PRIVATE hotload_server hotload_plain hotload_lake hotload_warnings)
# Other modules of the process may hold other versions of what is linked in here.
target_link_options(_core PRIVATE -Wl,--exclude-libs,ALL)
# Beside the package's sources, so that PYTHONPATH=python runs what was just built; in the wheel
# DuckDB lies in the same folder.
set_target_properties(_core PROPERTIES
  INSTALL_RPATH "$ORIGIN" LIBRARY_OUTPUT_DIRECTORY ${CMAKE_SOURCE_DIR}/python/hotload)

install(TARGETS _core LIBRARY DESTINATION hotload COMPONENT python)
install(FILES ${HOTLOAD_DEPS_DIR}/lib/libduckdb.so DESTINATION hotload COMPONENT python)
install(DIRECTORY ${HOTLOAD_DEPS_DIR}/extensions DESTINATION hotload COMPONENT python)
