// SPDX-License-Identifier: Apache-2.0
#include "cli/result_rows.h"

#include <string_view>

#include "hotload/error.h"

namespace hotload::cli {

namespace {

// Streams say "code: message".
[[noreturn]] void throw_stream_error(const char* text) {
  const std::string_view message = text != nullptr ? text : "the result ended early";
  const size_t colon = message.find(": ");
  if (colon == std::string_view::npos) throw Error(ErrorCode::kInternal, std::string(message));
  throw Error(error_code_from(message.substr(0, colon)), std::string(message.substr(colon + 2)));
}

}  // namespace

ResultRows::ResultRows(ArrowStream stream) : stream_(std::move(stream)) {
  check(stream_.get()->get_schema(stream_.get(), &schema_));
}

ResultRows::~ResultRows() {
  release_batch();
  if (schema_.release != nullptr) schema_.release(&schema_);
}

void ResultRows::release_batch() {
  if (batch_.release != nullptr) batch_.release(&batch_);
}

void ResultRows::check(int status) {
  if (status != 0) throw_stream_error(stream_.get()->get_last_error(stream_.get()));
}

bool ResultRows::next() {
  ++row_;
  while (batch_.release == nullptr || row_ >= batch_.length) {
    release_batch();
    row_ = 0;
    check(stream_.get()->get_next(stream_.get(), &batch_));
    if (batch_.release == nullptr) return false;
  }
  return true;
}

CellKind ResultRows::append_cell(int64_t column, std::string& out) const {
  return cli::append_cell(*schema_.children[column], *batch_.children[column], batch_.offset + row_,
                          out);
}

void ResultRows::append_json(int64_t column, std::string& out) const {
  cli::append_json(*schema_.children[column], *batch_.children[column], batch_.offset + row_, out);
}

}  // namespace hotload::cli
