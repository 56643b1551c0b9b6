// SPDX-License-Identifier: Apache-2.0
#include "arrow/source.h"

#include <cerrno>
#include <cstring>

namespace hotload::arrow {

namespace {

struct State {
  std::unique_ptr<Source> source;
  std::string error;
};

template <typename Call>
int guarded(ArrowArrayStream* stream, Call call) {
  auto& state = *static_cast<State*>(stream->private_data);
  try {
    call(*state.source);
    return 0;
  } catch (const Error& error) {
    state.error = std::string(to_string(error.code())) + ": " + error.what();
  } catch (const std::bad_alloc&) {
    state.error = "exhausted: out of memory";
  } catch (const std::exception& error) {
    state.error = std::string("internal: ") + error.what();
  }
  return EIO;
}

int get_schema(ArrowArrayStream* stream, ArrowSchema* out) {
  return guarded(stream, [&](Source& source) { source.schema(out); });
}

int get_next(ArrowArrayStream* stream, ArrowArray* out) {
  std::memset(out, 0, sizeof(*out));
  return guarded(stream, [&](Source& source) { source.next(out); });
}

const char* get_last_error(ArrowArrayStream* stream) {
  return static_cast<State*>(stream->private_data)->error.c_str();
}

void release(ArrowArrayStream* stream) {
  delete static_cast<State*>(stream->private_data);
  stream->release = nullptr;
}

}  // namespace

ArrowStream make_stream(std::unique_ptr<Source> source) {
  return ArrowStream(
      {get_schema, get_next, get_last_error, release, new State{std::move(source), {}}});
}

Error error_of(std::string_view text) {
  const size_t colon = text.find(": ");
  if (colon == std::string_view::npos) return {ErrorCode::kInternal, std::string(text)};
  return {error_code_from(text.substr(0, colon)), std::string(text.substr(colon + 2))};
}

void check_stream(ArrowStream& stream, int status) {
  if (status == 0) return;
  const char* text = stream.get()->get_last_error(stream.get());
  throw error_of(text != nullptr ? text : "the result ended early");
}

}  // namespace hotload::arrow
