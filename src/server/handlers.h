// SPDX-License-Identifier: Apache-2.0
// One short function a route. Each takes what the request says, asks the services and answers; it
// throws a Failure or an Error for all that is no success.
#pragma once

#include "server/http.h"
#include "server/pages.h"
#include "server/services.h"

namespace hotload::server {

using Handler = Response (*)(Services&, const Request&);

Response exchange_token(Services& services, const Request& request);
Response list_workspaces(Services& services, const Request& request);

Response create_database(Services& services, const Request& request);
Response list_databases(Services& services, const Request& request);
Response count_databases(Services& services, const Request& request);
Response get_database_by_name(Services& services, const Request& request);
Response get_database(Services& services, const Request& request);
Response delete_database(Services& services, const Request& request);
Response fork_database(Services& services, const Request& request);
Response get_lineage(Services& services, const Request& request);
Response create_batch(Services& services, const Request& request);
Response get_batch(Services& services, const Request& request);
Response delete_batch(Services& services, const Request& request);
// The work of a batch's job; its result.
boost::json::value fill_batch(Services& services, const boost::json::value& payload);
Response attach_catalog(Services& services, const Request& request);
Response detach_catalog(Services& services, const Request& request);
Response list_connections(Services& services, const Request& request);

Response create_schema(Services& services, const Request& request);
Response create_table(Services& services, const Request& request);
Response set_constant_per_key(Services& services, const Request& request);
Response delete_table(Services& services, const Request& request);
Response get_table_profile(Services& services, const Request& request);
Response information_schema(Services& services, const Request& request);

Response create_uploads(Services& services, const Request& request);
Response create_upload(Services& services, const Request& request);
Response mint_parts(Services& services, const Request& request);
Response finalize_upload(Services& services, const Request& request);

Response load_table(Services& services, const Request& request);
Response get_job(Services& services, const Request& request);
Response list_jobs(Services& services, const Request& request);
void define_jobs(Services& services);

Response create_index(Services& services, const Request& request);
Response list_indexes(Services& services, const Request& request);
Response list_all_indexes(Services& services, const Request& request);
Response delete_index(Services& services, const Request& request);

Response list_saved_queries(Services& services, const Request& request);
Response create_saved_query(Services& services, const Request& request);
Response get_saved_query(Services& services, const Request& request);
Response update_saved_query(Services& services, const Request& request);
Response delete_saved_query(Services& services, const Request& request);
Response execute_saved_query(Services& services, const Request& request);
Response list_saved_query_versions(Services& services, const Request& request);

Response run_query(Services& services, const Request& request);
Response get_query_run(Services& services, const Request& request);
Response interrupt_query_run(Services& services, const Request& request);
Response list_query_runs(Services& services, const Request& request);
Response get_result(Services& services, const Request& request);
Response list_results(Services& services, const Request& request);

Response health(Services& services, const Request& request);
Response ready(Services& services, const Request& request);
Response metrics(Services& services, const Request& request);
Response openapi(Services& services, const Request& request);
Response get_usage(Services& services, const Request& request);
Response console_page(Services& services, const Request& request);
Response console_style(Services& services, const Request& request);
Response console_script(Services& services, const Request& request);
Response list_contexts(Services& services, const Request& request);
Response put_context(Services& services, const Request& request);
Response get_context(Services& services, const Request& request);
Response delete_context(Services& services, const Request& request);

// Runs a query, and answers as the request wants it.
Response answer_query(Services& services, const Request& request, const api::DatabaseInfo& database,
                      const api::QueryRequest& query);
// Hotload's own: loads of many tables.
Response get_package(Services& services, const Request& request);
Response declare_tables(Services& services, const Request& request);
Response publish_schema(Services& services, const Request& request);
Response drop_package_tables(Services& services, const Request& request);
Response truncate_package_tables(Services& services, const Request& request);
Response delete_package_rows(Services& services, const Request& request);
Response insert_package_rows(Services& services, const Request& request);
Response run_package_sql(Services& services, const Request& request);
Response stage_file(Services& services, const Request& request);
Response file_columns(Services& services, const Request& request);
Response stage_upload(Services& services, const Request& request);
Response list_staged(Services& services, const Request& request);
Response commit_package(Services& services, const Request& request);
Response abort_package(Services& services, const Request& request);

// What is in a database, and its history.
Response list_own_schemas(Services& services, const Request& request);
Response make_schema(Services& services, const Request& request);
Response drop_schema(Services& services, const Request& request);
Response list_own_tables(Services& services, const Request& request);
Response get_columns(Services& services, const Request& request);
Response list_pending(Services& services, const Request& request);
Response get_history(Services& services, const Request& request);
Response list_events(Services& services, const Request& request);
Response get_diff(Services& services, const Request& request);
Response get_diff_rows(Services& services, const Request& request);
Response get_changes(Services& services, const Request& request);
Response undo_load(Services& services, const Request& request);
Response publish_fork(Services& services, const Request& request);
Response scrub_database(Services& services, const Request& request);
Response maintain_database(Services& services, const Request& request);

// SQL sessions.
Response open_session(Services& services, const Request& request);
Response run_statement(Services& services, const Request& request);
Response begin_transaction(Services& services, const Request& request);
Response commit_transaction(Services& services, const Request& request);
Response rollback_transaction(Services& services, const Request& request);
Response interrupt_session(Services& services, const Request& request);
Response close_session(Services& services, const Request& request);

// The database that X-Database-Id names. Failures of 400 and 404.
api::DatabaseInfo database_of_header(Services& services, const Request& request);
// The database of a path with {database_id} or {connection_id}.
api::DatabaseInfo database_of_path(Services& services, const Request& request);
// The table of such a path with {schema} and {table}.
LoadTarget target_of_path(Services& services, const Request& request);

// The rows as an Arrow IPC stream, read while it is sent.
Response arrow_response(ArrowStream rows);

}  // namespace hotload::server
