# SPDX-License-Identifier: Apache-2.0
# Language, warnings, sanitizers, the precompiled header and the compiler cache.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

option(HOTLOAD_WERROR "Treat warnings as errors" OFF)
set(HOTLOAD_SANITIZE "" CACHE STRING "What -fsanitize= gets, for example address,undefined")

# -fPIC everywhere, programs too: the folders end in a shared module, and one precompiled
# header can serve all only when all are compiled alike.
add_compile_options(-fPIC)
add_library(hotload_warnings INTERFACE)
target_compile_options(hotload_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wno-missing-field-initializers -Winvalid-pch
  $<$<BOOL:${HOTLOAD_WERROR}>:-Werror>)
# GCC 12 invents overflows in std::string's own inlined code (GCC PR105329, PR105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(hotload_warnings INTERFACE
    -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread -Wno-array-bounds)
endif()

if(HOTLOAD_SANITIZE)
  add_compile_options(-fsanitize=${HOTLOAD_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${HOTLOAD_SANITIZE})
endif()

# The sloppiness is what ccache asks for with a precompiled header; paths are kept relative, so
# that every checkout shares one cache. By what the compiler says that it read (depend mode), and
# with the digests of files kept, a file that is not in the cache costs no more than without it.
find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(hotload_launcher ${CMAKE_COMMAND} -E env
    CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
    CCACHE_DEPEND=1 CCACHE_INODECACHE=1
    CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE_PROGRAM})
  set(CMAKE_C_COMPILER_LAUNCHER ${hotload_launcher})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${hotload_launcher})
  add_compile_options(-fpch-preprocess)
endif()
