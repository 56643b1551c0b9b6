# SPDX-License-Identifier: Apache-2.0
# nghttp2's library, static, for curl's HTTP/2: from the sources that script/fetch-deps took out of
# their package. Nothing of it is visible outside a module: BUILDING_NGHTTP2 would make it so.
set(nghttp2_dir ${HOTLOAD_DEPS_DIR}/nghttp2)
file(GLOB nghttp2_sources ${nghttp2_dir}/*.c)
set(PACKAGE_VERSION 1.68.1)
set(PACKAGE_VERSION_NUM 0x014401)
configure_file(${nghttp2_dir}/includes/nghttp2/nghttp2ver.h.in
  ${CMAKE_BINARY_DIR}/nghttp2/nghttp2/nghttp2ver.h @ONLY)

add_library(nghttp2 STATIC ${nghttp2_sources})
target_include_directories(nghttp2 SYSTEM PUBLIC
  ${nghttp2_dir}/includes ${CMAKE_BINARY_DIR}/nghttp2)
target_compile_options(nghttp2 PRIVATE -w -fvisibility=hidden)
target_compile_definitions(nghttp2 PUBLIC NGHTTP2_STATICLIB
  PRIVATE HAVE_ARPA_INET_H HAVE_NETINET_IN_H HAVE_TIME_H HAVE_CLOCK_GETTIME
  HAVE_DECL_CLOCK_MONOTONIC)
