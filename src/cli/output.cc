// SPDX-License-Identifier: Apache-2.0
#include "cli/output.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

#include "hotload/error.h"

namespace hotload::cli {

namespace {

[[noreturn]] void fail() {
  const ErrorCode code = errno == ENOSPC ? ErrorCode::kExhausted : ErrorCode::kIo;
  throw Error(code, std::string("cannot write to standard output: ") + std::strerror(errno));
}

}  // namespace

void write_out(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) fail();
}

void write_json_line(const boost::json::value& value) {
  write_out(boost::json::serialize(value) + "\n");
}

void flush_out() {
  if (std::fflush(stdout) != 0) fail();
}

}  // namespace hotload::cli
