// SPDX-License-Identifier: Apache-2.0
// The table of routes. The first that fits counts; src/api/contract says of each what it takes and
// gives.
#include <array>

#include "server/router.h"

namespace hotload::server {

namespace {

#define DB "/v1/databases/{database_id}"
#define CONN "/v1/connections/{connection_id}"
#define OWN "/v1/hotload/databases/{database_id}"
#define PACKAGE OWN "/loads/{schema}/{load_id}"
#define SESSION "/v1/hotload/sessions/{session_id}"

// Why what the API knows has no meaning here.
constexpr const char* kNoConnections =
    "this server keeps the data itself: it has no connections to other systems, and none to make, "
    "to look after or to refresh";
constexpr const char* kNoSecrets = "this server keeps no secrets: it connects to no other system";
constexpr const char* kNoEmbeddings = "this server has no embedding providers: vectors are loaded";
constexpr const char* kOneWorkspace = "this server has the one workspace that it was started with";

constexpr std::array kServerRoutes{
    Route{"GET", "/health", Access::kPublic, health},
    Route{"GET", "/ready", Access::kPublic, ready},
    Route{"GET", "/metrics", Access::kRead, metrics},
    Route{"GET", "/openapi.json", Access::kPublic, openapi},

    Route{"POST", "/v1/auth/jwt", Access::kPublic, exchange_token},
    Route{"GET", "/v1/workspaces", Access::kKey, list_workspaces},
    Route{"POST", "/v1/workspaces", Access::kKey, nullptr, kOneWorkspace},
    Route{"DELETE", "/v1/workspaces/{public_id}", Access::kKey, nullptr, kOneWorkspace},

    Route{"GET", "/v1/secrets", Access::kRead, nullptr, kNoSecrets},
    Route{"POST", "/v1/secrets", Access::kWrite, nullptr, kNoSecrets},
    Route{"GET", "/v1/secrets/{name}", Access::kRead, nullptr, kNoSecrets},
    Route{"PUT", "/v1/secrets/{name}", Access::kWrite, nullptr, kNoSecrets},
    Route{"DELETE", "/v1/secrets/{name}", Access::kWrite, nullptr, kNoSecrets},
    Route{"GET", "/v1/embedding-providers", Access::kRead, nullptr, kNoEmbeddings},
    Route{"POST", "/v1/embedding-providers", Access::kWrite, nullptr, kNoEmbeddings},
    Route{"GET", "/v1/embedding-providers/{id}", Access::kRead, nullptr, kNoEmbeddings},
    Route{"PUT", "/v1/embedding-providers/{id}", Access::kWrite, nullptr, kNoEmbeddings},
    Route{"DELETE", "/v1/embedding-providers/{id}", Access::kWrite, nullptr, kNoEmbeddings},
};

constexpr std::array kDatabaseRoutes{
    Route{"POST", "/v1/databases", Access::kWrite, create_database},
    Route{"GET", "/v1/databases", Access::kRead, list_databases},
    Route{"GET", "/v1/databases/count", Access::kRead, count_databases},
    Route{"GET", "/v1/databases/by-name", Access::kRead, get_database_by_name},
    Route{"POST", "/v1/databases/bulk", Access::kWrite, create_batch},
    Route{"GET", "/v1/databases/bulk/{batch_id}", Access::kRead, get_batch},
    Route{"DELETE", "/v1/databases/bulk/{batch_id}", Access::kWrite, delete_batch},
    Route{"GET", DB, Access::kRead, get_database},
    Route{"DELETE", DB, Access::kWrite, delete_database},
    Route{"POST", DB "/fork", Access::kWrite, fork_database},
    Route{"GET", DB "/lineage", Access::kRead, get_lineage},
    Route{"POST", DB "/catalogs", Access::kWrite, attach_catalog},
    Route{"DELETE", DB "/catalogs/{connection_id}", Access::kWrite, detach_catalog},
    Route{"GET", DB "/context", Access::kRead, list_contexts},
    Route{"POST", DB "/context", Access::kWrite, put_context},
    Route{"GET", DB "/context/{name}", Access::kRead, get_context},
    Route{"DELETE", DB "/context/{name}", Access::kWrite, delete_context},
    Route{"POST", DB "/schemas", Access::kWrite, create_schema},
    Route{"POST", DB "/schemas/{schema}/tables", Access::kWrite, create_table},
    Route{"POST", DB "/schemas/{schema}/tables/{table}/loads", Access::kWrite, load_table},
    Route{"PUT", DB "/schemas/{schema}/tables/{table}/constant-per-key", Access::kWrite,
          set_constant_per_key},
};

constexpr std::array kTableRoutes{
    Route{"GET", "/v1/connections", Access::kRead, list_connections},
    Route{"POST", "/v1/connections", Access::kWrite, nullptr, kNoConnections},
    Route{"GET", CONN, Access::kRead, nullptr, kNoConnections},
    Route{"DELETE", CONN, Access::kWrite, nullptr, kNoConnections},
    Route{"DELETE", CONN "/cache", Access::kWrite, nullptr, kNoConnections},
    Route{"GET", CONN "/health", Access::kRead, nullptr, kNoConnections},
    Route{"POST", CONN "/schemas", Access::kWrite, create_schema},
    Route{"POST", CONN "/schemas/{schema}/tables", Access::kWrite, create_table},
    Route{"DELETE", CONN "/schemas/{schema}/tables/{table}", Access::kWrite, delete_table},
    Route{"POST", CONN "/schemas/{schema}/tables/{table}/loads", Access::kWrite, load_table},
    Route{"PUT", CONN "/schemas/{schema}/tables/{table}/constant-per-key", Access::kWrite,
          set_constant_per_key},
    Route{"DELETE", CONN "/tables/{schema}/{table}/cache", Access::kWrite, nullptr, kNoConnections},
    Route{"GET", CONN "/tables/{schema}/{table}/profile", Access::kRead, get_table_profile},
    Route{"GET", CONN "/tables/{schema}/{table}/indexes", Access::kRead, list_indexes},
    Route{"POST", CONN "/tables/{schema}/{table}/indexes", Access::kWrite, create_index},
    Route{"DELETE", CONN "/tables/{schema}/{table}/indexes/{index_name}", Access::kWrite,
          delete_index},
    Route{"GET", "/v1/indexes", Access::kRead, list_all_indexes},
    Route{"GET", "/v1/connection-types", Access::kRead, nullptr, kNoConnections},
    Route{"GET", "/v1/connection-types/{name}", Access::kRead, nullptr, kNoConnections},
    Route{"POST", "/v1/refresh", Access::kWrite, nullptr, kNoConnections},
};

constexpr std::array kDataRoutes{
    Route{"GET", "/v1/information_schema", Access::kRead, information_schema},
    Route{"POST", "/v1/uploads", Access::kWrite, create_upload},
    Route{"POST", "/v1/uploads/batch", Access::kWrite, create_uploads},
    Route{"POST", "/v1/uploads/{upload_id}/parts", Access::kWrite, mint_parts},
    Route{"POST", "/v1/uploads/{upload_id}/finalize", Access::kWrite, finalize_upload},
    Route{"GET", "/v1/jobs", Access::kRead, list_jobs},
    Route{"GET", "/v1/jobs/{id}", Access::kRead, get_job},
    Route{"GET", "/v1/usage", Access::kRead, get_usage},

    // Whoever may read may ask.
    Route{"POST", "/v1/query", Access::kRead, run_query},
    Route{"GET", "/v1/query-runs", Access::kRead, list_query_runs},
    Route{"GET", "/v1/query-runs/{id}", Access::kRead, get_query_run},
    Route{"GET", "/v1/results", Access::kRead, list_results},
    Route{"GET", "/v1/results/{id}", Access::kRead, get_result},
    Route{"GET", "/v1/queries", Access::kRead, list_saved_queries},
    Route{"POST", "/v1/queries", Access::kWrite, create_saved_query},
    Route{"GET", "/v1/queries/{id}", Access::kRead, get_saved_query},
    Route{"PUT", "/v1/queries/{id}", Access::kWrite, update_saved_query},
    Route{"DELETE", "/v1/queries/{id}", Access::kWrite, delete_saved_query},
    Route{"POST", "/v1/queries/{id}/execute", Access::kRead, execute_saved_query},
    Route{"GET", "/v1/queries/{id}/versions", Access::kRead, list_saved_query_versions},
};

// Hotload's own.
constexpr bool kBodyInFile = true;

constexpr std::array kConsoleRoutes{
    Route{"GET", "/", Access::kPublic, console_page},
    Route{"GET", "/console.css", Access::kPublic, console_style},
    Route{"GET", "/console.js", Access::kPublic, console_script},
};

constexpr std::array kPackageRoutes{
    Route{"GET", PACKAGE, Access::kRead, get_package},
    Route{"DELETE", PACKAGE, Access::kWrite, abort_package},
    Route{"POST", PACKAGE "/tables", Access::kWrite, declare_tables},
    Route{"POST", PACKAGE "/publish-schema", Access::kWrite, publish_schema},
    Route{"POST", PACKAGE "/drops", Access::kWrite, drop_package_tables},
    Route{"POST", PACKAGE "/truncations", Access::kWrite, truncate_package_tables},
    Route{"POST", PACKAGE "/deletions", Access::kWrite, delete_package_rows},
    Route{"POST", PACKAGE "/rows", Access::kWrite, insert_package_rows},
    Route{"POST", PACKAGE "/sql", Access::kWrite, run_package_sql},
    Route{"GET", PACKAGE "/files", Access::kRead, list_staged},
    Route{"PUT", PACKAGE "/files/{table}/{job_id}", Access::kWrite, stage_file, nullptr,
          kBodyInFile},
    Route{"POST", PACKAGE "/files/{table}/{job_id}", Access::kWrite, stage_upload},
    Route{"POST", PACKAGE "/columns", Access::kWrite, file_columns, nullptr, kBodyInFile},
    Route{"POST", PACKAGE "/commit", Access::kWrite, commit_package},
};

constexpr std::array kHistoryRoutes{
    Route{"GET", OWN "/schemas", Access::kRead, list_own_schemas},
    Route{"PUT", OWN "/schemas/{schema}", Access::kWrite, make_schema},
    Route{"DELETE", OWN "/schemas/{schema}", Access::kWrite, drop_schema},
    Route{"GET", OWN "/schemas/{schema}/tables", Access::kRead, list_own_tables},
    Route{"GET", OWN "/schemas/{schema}/tables/{table}/columns", Access::kRead, get_columns},
    Route{"GET", OWN "/loads", Access::kRead, list_pending},
    Route{"GET", OWN "/history", Access::kRead, get_history},
    Route{"GET", OWN "/events", Access::kRead, list_events},
    Route{"GET", OWN "/diff", Access::kRead, get_diff},
    Route{"GET", OWN "/diff/{schema}/{table}", Access::kRead, get_diff_rows},
    Route{"GET", OWN "/changes/{schema}/{table}", Access::kRead, get_changes},
    Route{"POST", OWN "/query-runs/{run_id}/interrupt", Access::kWrite, interrupt_query_run},
    Route{"POST", OWN "/undo", Access::kWrite, undo_load},
    Route{"POST", OWN "/publish", Access::kWrite, publish_fork},
    Route{"POST", OWN "/scrub", Access::kWrite, scrub_database},
    Route{"POST", OWN "/maintain", Access::kWrite, maintain_database},
};

// A key that may read opens sessions that only read.
constexpr std::array kSessionRoutes{
    Route{"POST", OWN "/sessions", Access::kRead, open_session},
    Route{"DELETE", SESSION, Access::kRead, close_session},
    Route{"POST", SESSION "/query", Access::kRead, run_statement},
    Route{"POST", SESSION "/begin", Access::kRead, begin_transaction},
    Route{"POST", SESSION "/commit", Access::kRead, commit_transaction},
    Route{"POST", SESSION "/rollback", Access::kRead, rollback_transaction},
    Route{"POST", SESSION "/interrupt", Access::kRead, interrupt_session},
};

#undef DB
#undef CONN
#undef OWN
#undef PACKAGE
#undef SESSION

constexpr std::array kFolderRoutes{
    Route{"GET", "/v1/workspaces", Access::kKey, list_workspaces},
    Route{"POST", "/v1/databases", Access::kWrite, create_database},
    Route{"GET", "/v1/databases", Access::kRead, list_databases},
    Route{"GET", "/v1/databases/by-name", Access::kRead, get_database_by_name},
    Route{"GET", "/v1/databases/{database_id}", Access::kRead, get_database},
    Route{"DELETE", "/v1/databases/{database_id}", Access::kWrite, delete_database},
    Route{"POST", "/v1/databases/{database_id}/fork", Access::kWrite, fork_database},
};

using Parts = std::initializer_list<std::span<const Route>>;

std::vector<Route> joined(const Parts& parts) {
  std::vector<Route> all;
  for (const std::span<const Route> part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

}  // namespace

std::span<const Route> plain_routes() {
  static const std::vector<Route> kPlain =
      joined({kServerRoutes, kDatabaseRoutes, kTableRoutes, kDataRoutes});
  return kPlain;
}

std::span<const Route> folder_routes() {
  static const std::vector<Route> kFolder =
      joined({kFolderRoutes, kPackageRoutes, kHistoryRoutes, kSessionRoutes});
  return kFolder;
}

std::span<const Route> routes() {
  static const std::vector<Route> kAll =
      joined({plain_routes(), kConsoleRoutes, kPackageRoutes, kHistoryRoutes, kSessionRoutes});
  return kAll;
}

}  // namespace hotload::server
