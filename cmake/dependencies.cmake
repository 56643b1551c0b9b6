# SPDX-License-Identifier: Apache-2.0
# What hotload links. script/fetch-deps puts DuckDB into .deps/, the rest are system packages.
set(HOTLOAD_DEPS_DIR ${CMAKE_SOURCE_DIR}/.deps CACHE PATH "Where script/fetch-deps put its files")
foreach(file lib/libduckdb.so nanoarrow/nanoarrow/nanoarrow.h curl/lib/easy.c
    nghttp2/nghttp2_session.c)
  if(NOT EXISTS ${HOTLOAD_DEPS_DIR}/${file})
    message(FATAL_ERROR "${file} is not in ${HOTLOAD_DEPS_DIR}: run script/setup")
  endif()
endforeach()

find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(CLI11 REQUIRED)
find_package(spdlog REQUIRED)
# Static, so that the wheel and the program need neither beside them.
set(OPENSSL_USE_STATIC_LIBS ON)
find_package(OpenSSL REQUIRED)
set(ZLIB_USE_STATIC_LIBS ON)
find_package(ZLIB REQUIRED)
find_path(TOMLPLUSPLUS_INCLUDE_DIR toml++/toml.h REQUIRED)

add_library(duckdb SHARED IMPORTED GLOBAL)
set_target_properties(duckdb PROPERTIES
  IMPORTED_LOCATION ${HOTLOAD_DEPS_DIR}/lib/libduckdb.so
  INTERFACE_INCLUDE_DIRECTORIES ${HOTLOAD_DEPS_DIR}/include)
# For the one file that looks there: an absolute path on every command line would keep checkouts
# from sharing the compiler cache.
set_source_files_properties(${CMAKE_SOURCE_DIR}/src/engine/paths.cc PROPERTIES
  COMPILE_DEFINITIONS HOTLOAD_EXTENSION_DIR="${HOTLOAD_DEPS_DIR}/extensions")

# Arrow IPC: nanoarrow's C sources, and of flatcc what they run on. A namespace of our own, since
# other modules of a Python process may hold other versions.
set(NANOARROW_VERSION_MAJOR 0)
set(NANOARROW_VERSION_MINOR 9)
set(NANOARROW_VERSION_PATCH 0)
set(NANOARROW_VERSION 0.9.0)
set(NANOARROW_NAMESPACE_DEFINE "#define NANOARROW_NAMESPACE Hotload")
set(nanoarrow_dir ${HOTLOAD_DEPS_DIR}/nanoarrow)
configure_file(${nanoarrow_dir}/nanoarrow/nanoarrow_config.h.in
  ${CMAKE_BINARY_DIR}/nanoarrow/nanoarrow/nanoarrow_config.h @ONLY)
file(GLOB nanoarrow_sources ${nanoarrow_dir}/nanoarrow/common/*.c
  ${nanoarrow_dir}/nanoarrow/ipc/*.c ${nanoarrow_dir}/flatcc/*.c)
add_library(nanoarrow STATIC ${nanoarrow_sources})
target_include_directories(nanoarrow SYSTEM PUBLIC ${CMAKE_BINARY_DIR}/nanoarrow
  ${nanoarrow_dir} ${nanoarrow_dir}/flatcc/include)

# Boost.JSON without its library: this is its one translation unit, and the one that owns the
# precompiled header.
add_library(hotload_base STATIC ${CMAKE_SOURCE_DIR}/cmake/boost_json.cc)
target_include_directories(hotload_base PUBLIC
  ${CMAKE_SOURCE_DIR}/include ${CMAKE_SOURCE_DIR}/src PRIVATE ${CMAKE_SOURCE_DIR}/cmake)
target_include_directories(hotload_base SYSTEM PUBLIC ${Boost_INCLUDE_DIRS})
target_compile_definitions(hotload_base PUBLIC HOTLOAD_VERSION="${PROJECT_VERSION}")
target_link_libraries(hotload_base
  PUBLIC Threads::Threads ${CMAKE_DL_LIBS} PRIVATE hotload_warnings)
# In angle brackets: then no absolute path gets into the header, and ccache can share it.
target_precompile_headers(hotload_base PRIVATE <precompiled.h>)

if(HOTLOAD_TESTS)
  find_package(GTest REQUIRED)
  add_library(hotload_test_main STATIC ${CMAKE_SOURCE_DIR}/cmake/test_source_dir.cc)
  target_include_directories(hotload_test_main PUBLIC ${CMAKE_SOURCE_DIR}/cmake)
  target_compile_definitions(hotload_test_main PRIVATE HOTLOAD_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  target_link_libraries(hotload_test_main PUBLIC GTest::gmock_main)
endif()
