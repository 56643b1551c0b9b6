// SPDX-License-Identifier: Apache-2.0
#include "plain/query.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>

#include "api/packages.h"
#include "arrow/rows.h"
#include "hotload/error.h"
#include "model/identifier.h"
#include "model/json_reader.h"
#include "plain/patience.h"

namespace hotload::plain {

using boost::json::object;
using boost::json::value;
using model::JsonReader;
using remote::url_encoded;

namespace {

constexpr int kReads = 3;
constexpr int64_t kQueryAnswerMs = 1000;  // the least that the API allows
constexpr auto kFirstQueryPause = std::chrono::milliseconds(20);
constexpr auto kLongestQueryPause = std::chrono::milliseconds(1000);

// How servers say that a relation is missing: their codes do not tell it from other faults.
constexpr std::array kMissingTexts{"not found",      "does not exist", "no such table",
                                   "no table named", "unknown table",  "undefined table"};

Error statement_error(const Error& error) {
  std::string text = model::fold_case(error.what());
  const bool missing =
      std::any_of(kMissingTexts.begin(), kMissingTexts.end(),
                  [&](const char* one) { return text.find(one) != std::string::npos; });
  const bool terminal = !error.transient() || error.code() == ErrorCode::kConflict;
  if (missing && terminal) return {ErrorCode::kNotFound, error.what()};
  return error;
}

class Asked {
 public:
  Asked(const std::shared_ptr<remote::Client>& client, const DatabaseRef& database,
        const std::atomic<bool>* canceled)
      : client_(client), database_(database), canceled_(canceled) {}

  ArrowStream run(const Statement& statement);

 private:
  ArrowStream result(const std::string& id);
  std::string awaited_result(const std::string& run_id);
  // Of one that may be canceled.
  void pause(Patience& patience) const;
  Patience patience() const;
  remote::Headers scope() const { return {{"X-Database-Id", database_.id}}; }

  const std::shared_ptr<remote::Client>& client_;
  const DatabaseRef& database_;
  const std::atomic<bool>* canceled_;
};

void Asked::pause(Patience& patience) const {
  if (canceled_ != nullptr && *canceled_) {
    throw Error(ErrorCode::kCanceled, "the query was interrupted; the server may still run it");
  }
  patience.pause();
}

Patience Asked::patience() const {
  return {"the server's query", kFirstQueryPause, kLongestQueryPause, client_->options().sleep};
}

ArrowStream Asked::result(const std::string& id) {
  Patience patience = this->patience();
  while (true) {
    auto answer = client_->send({.path = "/v1/results/" + url_encoded(id),
                                 .query = {{"format", "arrow"}},
                                 .headers = scope(),
                                 .accept = api::kArrowType});
    if (answer->status() == 200) return remote::rows_of(std::move(answer), client_);
    answer.reset();
    pause(patience);
  }
}

std::string Asked::awaited_result(const std::string& run_id) {
  for (Patience patience = this->patience();; pause(patience)) {
    const value answer =
        client_->call({.path = "/v1/query-runs/" + url_encoded(run_id), .headers = scope()});
    JsonReader reader(answer, "");
    const std::string status = reader.text("status");
    if (status == "succeeded") return reader.text("result_id");
    const std::string message = reader.text("error_message", "the server does not say why");
    if (status == "failed") throw Error(ErrorCode::kInvalidArgument, message);
    if (status == "interrupted") throw Error(ErrorCode::kUnavailable, message);
    if (status != "running") {
      throw Error(ErrorCode::kInternal, "the server's query is '" + status + "': " + message);
    }
  }
}

ArrowStream Asked::run(const Statement& statement) {
  object body{{"sql", statement.sql}, {"async", true}, {"async_after_ms", kQueryAnswerMs}};
  if (!statement.schema.empty()) body["default_schema"] = statement.schema;
  auto answer = client_->send({.method = "POST",
                               .path = "/v1/query",
                               .body = std::move(body),
                               .headers = scope(),
                               .accept = std::string(api::kArrowType) + ", application/json"});
  const bool rows = answer->header("content-type").starts_with(api::kArrowType);
  if (rows && answer->status() == 200) return remote::rows_of(std::move(answer), client_);
  const value told = model::parse_json(answer->read_all(size_t{64} << 20));
  answer.reset();
  JsonReader reader(told, "");
  std::string id = reader.text("result_id", "");
  if (id.empty()) id = awaited_result(reader.text("query_run_id"));
  return result(id);
}

}  // namespace

ArrowStream run_query(const std::shared_ptr<remote::Client>& client, const DatabaseRef& database,
                      const Statement& statement, const std::atomic<bool>* canceled) {
  try {
    return Asked(client, database, canceled).run(statement);
  } catch (const Error& error) {
    throw statement_error(error);
  }
}

void read_again(const std::function<void()>& read) {
  for (int left = kReads;; --left) {
    try {
      return read();
    } catch (const Error& error) {
      if (left == 1 || !error.transient()) throw;
    }
  }
}

int64_t query_integer(const std::shared_ptr<remote::Client>& client, const DatabaseRef& database,
                      const std::string& sql) {
  std::string text;
  read_again([&] {
    arrow::Rows rows(run_query(client, database, {sql}));
    text.clear();
    if (rows.next()) rows.append_json(0, text);
  });
  return text.empty() || text == "null" ? 0 : std::stoll(text);
}

std::string qualified(const DatabaseRef& database, const std::string& schema,
                      const std::string& table) {
  return model::quote_identifier(database.catalog) + "." +
         model::quote_identifier(model::fold_case(schema)) + "." +
         model::quote_identifier(model::fold_case(table));
}

}  // namespace hotload::plain
