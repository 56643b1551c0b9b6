// SPDX-License-Identifier: Apache-2.0
// SQL sessions: /v1/hotload/databases/{database_id}/sessions and /v1/hotload/sessions/{session_id}.
#include "api/errors.h"
#include "api/packages.h"
#include "server/handlers.h"

namespace hotload::server {

using boost::json::object;

namespace {

std::vector<std::pair<std::string, std::string>> heads_of(const Sessions::Answer& answer) {
  return {{api::kRowsChangedHeader, std::to_string(answer.rows_changed)},
          {api::kTransactionHeader, answer.in_transaction ? "open" : "none"}};
}

Response step_session(Services& services, const Request& request, Sessions::Step step) {
  const api::StatementRequest asked = api::statement_from_json(request.json());
  Response response = empty_response(204);
  response.headers = heads_of(services.sessions.step(request.parameter("session_id"),
                                                     request.key_id, step, asked.sequence));
  return response;
}

}  // namespace

Response open_session(Services& services, const Request& request) {
  const api::DatabaseInfo database = services.databases.get(request.parameter("database_id"));
  const SessionOptions options = api::session_options_from_json(request.json());
  // A folder's holder tells with the first statement that writes: most sessions have none.
  if (!options.read_only && !request.may_write && !services.config.local) {
    throw api::Failure(403, api::kForbidden, "this key may only read: ask for read_only");
  }
  const std::string id = services.sessions.open(database, request.key_id, options);
  return json_response(201,
                       object{{"session_id", id},
                              {"idle_timeout_s", services.config.session_idle_s},
                              {"transaction_idle_timeout_s", services.config.transaction_idle_s}});
}

Response run_statement(Services& services, const Request& request) {
  Sessions::Answer answer = services.sessions.run(request.parameter("session_id"), request.key_id,
                                                  api::statement_from_json(request.json()));
  const auto heads = heads_of(answer);
  Response response = arrow_response(std::move(answer.rows));
  response.headers = heads;
  response.source = [timer = answer.timer, read = std::move(response.source)](std::string& out) {
    return timer->run([&] { return read(out); });
  };
  return response;
}

Response begin_transaction(Services& services, const Request& request) {
  return step_session(services, request, Sessions::Step::kBegin);
}

Response commit_transaction(Services& services, const Request& request) {
  return step_session(services, request, Sessions::Step::kCommit);
}

Response rollback_transaction(Services& services, const Request& request) {
  return step_session(services, request, Sessions::Step::kRollback);
}

Response interrupt_session(Services& services, const Request& request) {
  services.sessions.interrupt(request.parameter("session_id"), request.key_id);
  return empty_response(204);
}

Response close_session(Services& services, const Request& request) {
  services.sessions.close(request.parameter("session_id"), request.key_id);
  return empty_response(204);
}

}  // namespace hotload::server
