// SPDX-License-Identifier: Apache-2.0
// Databases that belong together: batches that are made at once, and forks of forks.
#include "api/errors.h"
#include "api/json.h"
#include "model/json_reader.h"
#include "server/handlers.h"
#include "server/text.h"

namespace hotload::server {

using api::DatabaseInfo;
using boost::json::array;
using boost::json::object;
using boost::json::value;

namespace {

constexpr const char* kBatchKind = "database_batch";
constexpr const char* kBatchJob = "bulk_create_databases";
constexpr size_t kHexDigits = 24;
constexpr size_t kMaxAncestors = 100;

object batch_of(Services& services, const std::string& id) {
  const auto record = services.journal.get(kBatchKind, id);
  if (!record) throw api::not_found("batch '" + id + "'");
  return record->as_object();
}

bool is_cancelled(Services& services, const std::string& id) {
  return batch_of(services, id).at("cancel_requested").as_bool();
}

std::vector<DatabaseInfo> databases_in(Services& services, const std::string& batch) {
  std::vector<DatabaseInfo> all = services.databases.list();
  std::erase_if(all, [&](const DatabaseInfo& info) { return info.batch != batch; });
  return all;
}

object batch_json(Services& services, object record) {
  record.erase("request");
  record.erase("asked");
  record["created_count"] =
      databases_in(services, record.at("batch_id").as_string().c_str()).size();
  return record;
}

// Which database is which does not depend on when a batch is filled: one that is filled again after
// a crash goes on.
std::string hex_of(const std::string& batch, int64_t index) {
  return sha256_hex(batch + ":" + std::to_string(index)).substr(0, kHexDigits);
}

// Equal for requests that ask for the same batch: fields in any order, null as good as none.
std::string asked_of(const value& body) {
  std::map<std::string, std::string> fields;
  for (const auto& [name, field] : body.as_object()) {
    if (!field.is_null()) fields[name] = boost::json::serialize(field);
  }
  return sha256_hex(boost::json::serialize(boost::json::value_from(fields)));
}

object relative_json(Services& services, const DatabaseInfo& info) {
  const bool exists = services.journal.get("database", info.id).has_value();
  return {{"database_id", info.id},
          {"name", api::or_null(info.name)},
          {"exists", exists},
          {"forked_at", info.forked_from ? value(info.forked_from->forked_at) : value()}};
}

}  // namespace

Response create_batch(Services& services, const Request& request) {
  value body = request.json();
  const api::BulkCreateRequest wanted = api::bulk_create_from_json(body);
  const std::string id =
      "bat" + (wanted.idempotency_key ? sha256_hex(*wanted.idempotency_key).substr(0, kHexDigits)
                                      : random_hex(kHexDigits / 2));
  const std::string asked = asked_of(body);
  auto record = services.journal.get(kBatchKind, id);
  if (record && record->as_object()["asked"] != value(asked)) {
    throw api::Failure(409, api::kIdempotencyConflict,
                       "this idempotency_key was used for another batch: use another key");
  }
  if (!record) {
    // A span counts from now, for all of them.
    if (wanted.each.expires_at) {
      body.as_object()["expires_at"] = parse_time(*wanted.each.expires_at);
    }
    record = object{{"batch_id", id},
                    {"count", wanted.count},
                    {"cancel_requested", false},
                    {"expires_at", body.as_object()["expires_at"]},
                    {"job_id", nullptr},
                    {"status_url", nullptr},
                    {"asked", asked},
                    {"request", boost::json::serialize(body)}};
    services.journal.put(kBatchKind, id, record->as_object());
  }
  if (record->at("job_id").is_null()) {
    const api::Job job = services.jobs.submit(kBatchJob, id, object{{"batch_id", id}});
    record->as_object()["job_id"] = job.id;
    record->as_object()["status_url"] = "/v1/jobs/" + job.id;
    services.journal.put(kBatchKind, id, record->as_object());
  }
  return json_response(202, batch_json(services, record->as_object()));
}

value fill_batch(Services& services, const value& payload) {
  const std::string id = payload.at("batch_id").as_string().c_str();
  const value body = model::parse_json(batch_of(services, id).at("request").as_string().c_str());
  const api::BulkCreateRequest request = api::bulk_create_from_json(body);
  int64_t created = 0;
  for (; created < request.count && !is_cancelled(services, id); ++created) {
    if (services.jobs.stopping()) {
      throw api::Failure(503, api::kUnavailable, "the server is stopping", 1);
    }
    api::CreateDatabaseRequest each = request.each;
    if (request.name_template) each.name = api::bulk_label(request, created, id);
    services.databases.create_in_batch(each, hex_of(id, created), id);
  }
  const bool cancelled = is_cancelled(services, id);
  // Whoever cancelled it has not seen one that was being made.
  if (cancelled) {
    for (const DatabaseInfo& late : databases_in(services, id)) services.databases.remove(late.id);
  }
  return object{{"batch_id", id},
                {"requested", request.count},
                {"created", created},
                {"cancelled", cancelled}};
}

Response get_batch(Services& services, const Request& request) {
  return json_response(200,
                       batch_json(services, batch_of(services, request.parameter("batch_id"))));
}

Response delete_batch(Services& services, const Request& request) {
  const std::string& id = request.parameter("batch_id");
  object record = batch_of(services, id);
  record["cancel_requested"] = true;
  services.journal.put(kBatchKind, id, record);
  int64_t deleted = 0;
  for (const DatabaseInfo& info : databases_in(services, id)) {
    services.databases.remove(info.id);
    ++deleted;
  }
  return json_response(200, object{{"batch_id", id}, {"deleted_count", deleted}});
}

Response get_lineage(Services& services, const Request& request) {
  const DatabaseInfo database = database_of_path(services, request);
  array ancestors;
  std::string root = database.id;
  std::optional<DatabaseInfo> at = database;
  while (at && at->forked_from && ancestors.size() < kMaxAncestors) {
    root = at->forked_from->database_id;
    const api::ForkOrigin origin = *at->forked_from;
    at = services.databases.remembered(root);
    // What went before anybody remembered it has its name from its fork.
    DatabaseInfo forgotten;
    forgotten.id = root;
    if (!origin.name.empty()) forgotten.name = origin.name;
    ancestors.push_back(relative_json(services, at.value_or(forgotten)));
  }
  const std::vector<DatabaseInfo> all = services.databases.forks(database.id);
  const auto limit = static_cast<size_t>(request.query_integer("forks_limit", 100, 1, 100));
  array forks;
  for (const DatabaseInfo& fork : all) {
    if (forks.size() == limit) break;
    forks.push_back(relative_json(services, fork));
  }
  return json_response(200, object{{"database_id", database.id},
                                   {"root_id", root},
                                   {"ancestors", std::move(ancestors)},
                                   {"ancestors_truncated", at && at->forked_from.has_value()},
                                   {"fork_count", all.size()},
                                   {"forks", std::move(forks)}});
}

}  // namespace hotload::server
