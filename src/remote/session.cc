// SPDX-License-Identifier: Apache-2.0
#include "remote/session.h"

#include "api/packages.h"
#include "hotload/error.h"
#include "model/json_reader.h"

namespace hotload::remote {

using boost::json::object;
using boost::json::value;

namespace {

constexpr const char* kSessions = "/v1/hotload/sessions/";

}  // namespace

RemoteSession::RemoteSession(std::shared_ptr<Client> client, const std::string& database_path,
                             const SessionOptions& options)
    : client_(std::move(client)) {
  if (!options.attachments.empty()) {
    throw Error(ErrorCode::kUnsupported, "a session on a server sees what is attached there");
  }
  const value answer = client_->call(
      {.method = "POST", .path = database_path + "/sessions", .body = api::to_json(options)});
  path_ = kSessions + model::JsonReader(answer, "").text("session_id");
}

RemoteSession::~RemoteSession() {
  try {
    client_->call({.method = "DELETE", .path = path_, .insists = false});
  } catch (const Error&) {
    // The server closes it when it has been idle for a while.
  }
}

template <typename Run>
void RemoteSession::told(Run run) {
  try {
    run();
  } catch (const Error& error) {
    const bool lost = error.code() == ErrorCode::kNotFound &&
                      std::string_view(error.what()).starts_with("session '");
    if (!lost) throw;
    in_transaction_ = false;
    throw Error(ErrorCode::kUnavailable,
                "the server has closed the session, and rolled back what was open: it was idle for "
                "too long, or the server was restarted; open another");
  }
}

void RemoteSession::take_heads(const HttpAnswer& answer) {
  const std::string& changed = answer.header("x-rows-changed");
  rows_changed_ = changed.empty() ? -1 : std::stoll(changed);
  in_transaction_ = answer.header("x-transaction") == "open";
}

ArrowStream RemoteSession::query(const std::string& sql, const std::vector<Parameter>& parameters) {
  ArrowStream rows;
  told([&] {
    std::unique_ptr<HttpAnswer> answer =
        client_->send({.method = "POST",
                       .path = path_ + "/query",
                       .body = api::to_json(api::StatementRequest{sql, parameters, ++sequence_})});
    take_heads(*answer);
    rows = rows_of(std::move(answer), client_);
  });
  return rows;
}

int64_t RemoteSession::write_parquet(ArrowStream, const std::string&) {
  throw Error(ErrorCode::kUnsupported,
              "a session on a server writes no Parquet files here: write its Arrow rows");
}

void RemoteSession::step(const char* what) {
  told([&] {
    take_heads(*client_->send(
        {.method = "POST", .path = path_ + what, .body = object{{"sequence", ++sequence_}}}));
    rows_changed_ = -1;
  });
}

void RemoteSession::rollback() {
  if (in_transaction_) step("/rollback");
}

void RemoteSession::interrupt() { client_->call({.method = "POST", .path = path_ + "/interrupt"}); }

}  // namespace hotload::remote
