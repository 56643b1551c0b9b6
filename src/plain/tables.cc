// SPDX-License-Identifier: Apache-2.0
#include "plain/tables.h"

#include <chrono>
#include <string_view>

#include "api/loads.h"
#include "hotload/error.h"
#include "model/json_reader.h"
#include "plain/patience.h"

namespace hotload::plain {

using boost::json::object;
using boost::json::value;
using model::JsonReader;
using remote::url_encoded;

namespace {

constexpr int64_t kLoadAnswerMs = 10'000;
constexpr auto kFirstJobPause = std::chrono::milliseconds(100);
constexpr auto kLongestJobPause = std::chrono::milliseconds(2000);

// What is there already is what was asked for.
void make(remote::Client& client, const std::string& path, const object& body) {
  try {
    client.call({.method = "POST", .path = path, .body = body});
  } catch (const Error& error) {
    const bool there = error.code() == ErrorCode::kAlreadyExists ||
                       (error.code() == ErrorCode::kConflict &&
                        std::string_view(error.what()).find("already exists") != std::string::npos);
    if (!there) throw;
  }
}

}  // namespace

std::string Tables::table_path(const std::string& schema, const std::string& table) const {
  return "/v1/connections/" + url_encoded(database_.connection_id) + "/schemas/" +
         url_encoded(schema) + "/tables/" + url_encoded(table);
}

std::vector<TableEntry> Tables::list(const std::string& schema) {
  std::vector<TableEntry> all;
  remote::Query query{
      {"connection_id", database_.connection_id}, {"include_columns", "false"}, {"limit", "200"}};
  if (!schema.empty()) query.emplace_back("schema", schema);
  while (true) {
    const value answer = client_->call({.path = "/v1/information_schema", .query = query});
    JsonReader reader(answer, "");
    const auto page = reader.list("tables", [](const value& item, const std::string& path) {
      JsonReader entry(item, path);
      return TableEntry{entry.text("schema"), entry.text("table"), entry.boolean("synced", false)};
    });
    all.insert(all.end(), page.begin(), page.end());
    if (!reader.boolean("has_more", false)) return all;
    std::erase_if(query, [](const auto& field) { return field.first == "cursor"; });
    query.emplace_back("cursor", reader.text("next_cursor"));
  }
}

void Tables::declare_schema(const std::string& schema) {
  make(*client_, "/v1/databases/" + url_encoded(database_.id) + "/schemas", {{"name", schema}});
}

void Tables::declare(const std::string& schema, const api::TableDecl& table) {
  const std::string path =
      "/v1/databases/" + url_encoded(database_.id) + "/schemas/" + url_encoded(schema) + "/tables";
  try {
    make(*client_, path, to_json(table));
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kNotFound) throw;
    declare_schema(schema);
    make(*client_, path, to_json(table));
  }
}

void Tables::remove(const std::string& schema, const std::string& table) {
  try {
    client_->call({.method = "DELETE", .path = table_path(schema, table)});
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kNotFound) throw;
  }
}

value Tables::finished_job(const std::string& id, const std::string& table) {
  Patience patience("the server's load of table '" + table + "' (job " + id + ")", kFirstJobPause,
                    kLongestJobPause, client_->options().sleep);
  while (true) {
    patience.pause();
    const value answer = client_->call({.path = "/v1/jobs/" + url_encoded(id)});
    const api::Job job = api::job_from_json(answer);
    switch (job.status) {
      case api::JobStatus::kPending:
      case api::JobStatus::kRunning:
        break;
      case api::JobStatus::kSucceeded:
        return job.result;
      default:
        throw Error(
            ErrorCode::kInvalidArgument,
            "the server's load failed: " + job.error_message.value_or("it does not say why"));
    }
  }
}

int64_t Tables::load(const TableLoad& load) {
  object body{{"mode", load.mode},
              {"upload_id", load.upload_id},
              {"async", true},
              {"async_after_ms", kLoadAnswerMs}};
  if (!load.key.empty()) body["key"] = model::json_texts(load.key);
  value answer = client_->call({.method = "POST",
                                .path = table_path(load.schema, load.table) + "/loads",
                                .body = std::move(body)});
  if (answer.as_object().contains("status_url")) {
    answer = finished_job(JsonReader(answer, "").text("id"), load.table);
  }
  return JsonReader(answer, "").integer("row_count", 0);
}

}  // namespace hotload::plain
