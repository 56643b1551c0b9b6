// SPDX-License-Identifier: Apache-2.0
// Uploads, loads and jobs.
#include "api/errors.h"
#include "model/json_reader.h"
#include "server/handlers.h"
#include "server/text.h"

namespace hotload::server {

using boost::json::object;
using boost::json::value;

namespace {

constexpr const char* kLoadJob = "managed_load";
constexpr size_t kMaxBatch = 1000;

}  // namespace

Response create_upload(Services& services, const Request& request) {
  return json_response(201, to_json(services.uploads.create(
                                api::create_upload_from_json(request.json()), request.base_url)));
}

Response create_uploads(Services& services, const Request& request) {
  const value json = request.json();
  model::JsonReader reader(json, "");
  const auto wanted = reader.list("uploads", [](const value& one, const std::string&) {
    return api::create_upload_from_json(one);
  });
  if (wanted.empty() || wanted.size() > kMaxBatch) reader.fail("uploads", "has 1 to 1000 uploads");
  boost::json::array sessions;
  for (const api::CreateUploadRequest& one : wanted) {
    sessions.push_back(to_json(services.uploads.create(one, request.base_url)));
  }
  return json_response(201, object{{"uploads", std::move(sessions)}});
}

Response mint_parts(Services& services, const Request& request) {
  return json_response(
      200, api::minted_json(services.uploads.mint(
               request.parameter("upload_id"), request.header("x-upload-finalize-token"),
               api::part_numbers_from_json(request.json()), request.base_url)));
}

Response finalize_upload(Services& services, const Request& request) {
  return json_response(
      200, to_json(services.uploads.finalize(request.parameter("upload_id"),
                                             request.header("x-upload-finalize-token"),
                                             api::finalize_parts_from_json(request.json()))));
}

Response load_table(Services& services, const Request& request) {
  const LoadTarget target = target_of_path(services, request);
  value body = request.json();
  const api::LoadRequest load = api::load_from_json(body);
  services.loader.check(target, load);
  if (const auto done = services.loader.receipt(target, load)) {
    return json_response(200, to_json(*done));
  }
  if (!load.async.async) return json_response(200, to_json(services.loader.run(target, load)));

  // A job that is run again after a crash must be the same load.
  if (!load.upload_id && !load.idempotency_key) {
    body.as_object()["idempotency_key"] = random_hex(12);
  }
  api::Job job = services.jobs.submit(kLoadJob, services.loader.name_of(target, load),
                                      object{{"database_id", target.database_id},
                                             {"schema", target.schema},
                                             {"table", target.table},
                                             {"request", boost::json::serialize(body)}});
  if (load.async.after_ms > 0) job = services.jobs.wait(job.id, load.async.after_ms);
  if (job.status == api::JobStatus::kSucceeded) return json_response(200, job.result);
  services.jobs.rethrow(job.id);
  return json_response(202, api::submitted_json(job));
}

Response get_job(Services& services, const Request& request) {
  return json_response(200, to_json(services.jobs.get(request.parameter("id"))));
}

Response list_jobs(Services& services, const Request& request) {
  std::vector<api::Job> all = services.jobs.list();
  const auto job_type = request.query_text("job_type");
  const auto status = request.query_text("status");
  std::erase_if(all, [&](const api::Job& job) {
    return (job_type && job.job_type != *job_type) ||
           (status && api::to_string(job.status) != *status);
  });
  constexpr ListOf kList{.name = "jobs"};
  const PageOf page = cut_page(
      request, kList, all, [](const api::Job& job) { return time_key(job.created_at, job.id); });
  boost::json::array items;
  for (const api::Job& job : all) items.push_back(to_json(job));
  return json_response(200, page_json(kList, std::move(items), page));
}

void define_jobs(Services& services) {
  services.jobs.define("create_index", [](const value& payload) { return payload; });
  services.jobs.define("bulk_create_databases",
                       [&services](const value& payload) { return fill_batch(services, payload); });
  services.jobs.define(kLoadJob, [&services](const value& payload) -> value {
    model::JsonReader reader(payload, "");
    const LoadTarget target{reader.text("database_id"), reader.text("schema"),
                            reader.text("table")};
    const value request = model::parse_json(reader.text("request"));
    return to_json(services.loader.run(target, api::load_from_json(request)));
  });
}

}  // namespace hotload::server
