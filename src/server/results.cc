// SPDX-License-Identifier: Apache-2.0
#include "server/results.h"

#include <algorithm>

#include "api/errors.h"
#include "model/json_reader.h"
#include "server/text.h"

namespace hotload::server {

using boost::json::value;

namespace {

constexpr const char* kResultKind = "result";

Result result_of(const value& record) {
  model::JsonReader reader(record, "");
  return {reader.text("id"), reader.text("database_id"), reader.text("created_at"),
          reader.text("expires_at"), reader.integer("rows", 0)};
}

}  // namespace

Results::Results(Journal& journal, std::filesystem::path folder, int64_t ttl_s, int64_t max_bytes)
    : journal_(journal), folder_(std::move(folder)), ttl_s_(ttl_s), max_bytes_(max_bytes) {
  if (folder_.empty()) return;
  make_folder(folder_);
  // What a crash has left without a record is nobody's.
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    const std::string id = entry.path().filename().string();
    if (!journal_.get(kResultKind, id)) remove_quietly(entry.path());
  }
}

Result Results::keep(const std::string& database_id, ArrowStream rows) {
  Result result{"res" + random_hex(12), database_id, now_utc(), now_utc(ttl_s_), 0};
  // The rest of the disk is for the loads and the journal.
  const auto available = static_cast<int64_t>(std::filesystem::space(folder_).available / 10 * 9);
  result.rows = arrow::write_result_file(std::move(rows), (folder_ / result.id).string(),
                                         std::clamp<int64_t>(available, 1, max_bytes_))
                    .rows();
  journal_.put(kResultKind, result.id,
               {{"id", result.id},
                {"database_id", database_id},
                {"created_at", result.created_at},
                {"expires_at", result.expires_at},
                {"rows", result.rows}},
               Journal::Durable::kSoon);
  return result;
}

Result Results::get(const std::string& id) const {
  const auto record = journal_.get(kResultKind, id);
  if (!record) throw api::not_found("result '" + id + "'");
  return result_of(*record);
}

arrow::ResultFile Results::file(const std::string& id) const {
  get(id);
  return arrow::ResultFile((folder_ / id).string());
}

std::vector<Result> Results::list(const std::string& database_id) const {
  std::vector<Result> all;
  for (const value& record : journal_.list(kResultKind)) {
    Result result = result_of(record);
    if (result.database_id == database_id) all.push_back(std::move(result));
  }
  return all;
}

void Results::remove_expired() {
  const std::string now = now_utc();
  for (const value& record : journal_.list(kResultKind)) {
    const Result result = result_of(record);
    if (result.expires_at > now) continue;
    journal_.erase(kResultKind, result.id, Journal::Durable::kSoon);
    remove_quietly(folder_ / result.id);
  }
}

}  // namespace hotload::server
