// SPDX-License-Identifier: Apache-2.0
// Queries, their runs and results.
#include <array>

#include "api/errors.h"
#include "api/queries.h"
#include "arrow/writer.h"
#include "model/json_reader.h"
#include "server/handlers.h"

namespace hotload::server {

using api::DatabaseInfo;
using api::QueryRun;
using boost::json::array;
using boost::json::object;

namespace {

constexpr const char* kArrowType = "application/vnd.apache.arrow.stream";
constexpr const char* kParquetType = "application/vnd.apache.parquet";
constexpr size_t kPartBytes = size_t{256} << 10;

DatabaseInfo database_of_query(Services& services, const Request& request,
                               const api::QueryRequest& query) {
  if (!query.database_id) return database_of_header(services, request);
  const std::string& header = request.header("x-database-id");
  if (!header.empty() && header != *query.database_id) {
    throw api::bad_request("X-Database-Id and database_id name different databases");
  }
  return services.databases.get(*query.database_id);
}

// A body that `writer` makes part by part; `rows` keeps what it reads from.
Response streamed(const char* type, arrow::Format format, ArrowStream rows) {
  Response response;
  response.content_type = type;
  const std::shared_ptr<arrow::Writer> writer = arrow::make_writer(format, std::move(rows));
  response.source = [writer](std::string& out) { return writer->next(out); };
  return response;
}

std::pair<array, array> heads_json(const std::vector<arrow::ColumnHead>& heads) {
  array names;
  array nullable;
  for (const arrow::ColumnHead& head : heads) {
    names.emplace_back(head.name);
    nullable.emplace_back(head.nullable);
  }
  return {std::move(names), std::move(nullable)};
}

// `rows` is JSON already: it is put at the end of the object.
Response with_rows(const object& fields, const std::string& rows) {
  Response response;
  response.body = boost::json::serialize(fields);
  response.body.back() = ',';
  response.body += "\"rows\":" + rows + "}";
  return response;
}

Response query_answer(Services& services, const QueryRun& run) {
  const arrow::JsonRows preview = arrow::json_rows(
      services.results.open(run.result_id), static_cast<size_t>(services.config.preview_bytes));
  auto [names, nullable] = heads_json(preview.columns);
  return with_rows({{"columns", std::move(names)},
                    {"nullable", std::move(nullable)},
                    {"row_count", preview.rows},
                    {"preview_row_count", preview.rows},
                    {"total_row_count", run.row_count},
                    {"truncated", !preview.complete},
                    {"query_run_id", run.id},
                    {"result_id", run.result_id},
                    {"execution_time_ms", run.execution_time_ms},
                    {"warning", nullptr}},
                   preview.text);
}

Response arrow_answer(Services& services, const QueryRun& run) {
  Response response =
      streamed(kArrowType, arrow::Format::kIpc, services.results.open(run.result_id));
  response.headers = {{"X-Query-Run-Id", run.id},
                      {"X-Result-Id", run.result_id},
                      {"X-Total-Row-Count", std::to_string(run.row_count)},
                      {"X-Execution-Time-Ms", std::to_string(run.execution_time_ms)}};
  return response;
}

Response json_page(const Services& services, const Result& result, const arrow::ResultFile& file,
                   const arrow::Page& page) {
  const int64_t limit = services.config.max_json_bytes;
  const arrow::JsonRows rows = arrow::json_rows(file.page(page), static_cast<size_t>(limit));
  if (!rows.complete) {
    throw api::Failure(413, api::kResultTooLarge,
                       "the rows have more than " + std::to_string(limit) +
                           " bytes as JSON: read them by page (limit, offset) or as arrow");
  }
  auto [names, nullable] = heads_json(rows.columns);
  return with_rows({{"result_id", result.id},
                    {"status", "ready"},
                    {"columns", std::move(names)},
                    {"nullable", std::move(nullable)},
                    {"row_count", rows.rows},
                    {"total_row_count", result.rows}},
                   rows.text);
}

// Who wants none of what there is gets JSON: the API knows no 406.
std::string format_of(const Request& request) {
  constexpr std::array kTypes{"application/json", kArrowType, "text/csv", "text/markdown",
                              kParquetType};
  constexpr std::array kFormats{"json", "arrow", "csv", "md", "parquet"};
  if (const auto format = request.query_text("format")) return *format;
  return kFormats[wanted_type(request.header("accept"), kTypes).value_or(0)];
}

// The engine writes it to a file, which is read while it is sent, and gone when that is done.
Response parquet_page(Services& services, const Result& result, ArrowStream rows) {
  struct Sent {
    std::filesystem::path path;
    std::optional<File> file;
    int64_t at = 0;
    ~Sent() { remove_quietly(path); }
  };
  const auto sent = std::make_shared<Sent>();
  sent->path = services.loader.scratch_path();
  services.databases.open(result.database_id)
      ->open_session({})
      ->write_parquet(std::move(rows), sent->path.string());
  sent->file.emplace(sent->path, File::Mode::kRead);
  Response response;
  response.content_type = kParquetType;
  response.source = [sent](std::string& out) {
    const size_t before = out.size();
    out.resize(before + kPartBytes);
    const size_t got = sent->file->read_at(sent->at, out.data() + before, kPartBytes);
    out.resize(before + got);
    sent->at += static_cast<int64_t>(got);
    return got > 0;
  };
  return response;
}

Response page_answer(Services& services, const Result& result, const arrow::ResultFile& file,
                     const arrow::Page& page, const std::string& format) {
  if (format == "json") return json_page(services, result, file, page);
  if (format == "arrow") return streamed(kArrowType, arrow::Format::kIpc, file.page(page));
  if (format == "csv") return streamed("text/csv", arrow::Format::kCsv, file.page(page));
  if (format == "md") return streamed("text/markdown", arrow::Format::kMarkdown, file.page(page));
  if (format == "parquet") return parquet_page(services, result, file.page(page));
  throw api::bad_request("format is arrow, json, csv, md or parquet, not '" + format + "'");
}

}  // namespace

Response run_query(Services& services, const Request& request) {
  const api::QueryRequest query = api::query_from_json(request.json());
  return answer_query(services, request, database_of_query(services, request, query), query);
}

Response answer_query(Services& services, const Request& request, const DatabaseInfo& database,
                      const api::QueryRequest& query) {
  constexpr std::array kTypes{"application/json", kArrowType};
  const bool as_arrow = wanted_type(request.header("accept"), kTypes) == 1;
  QueryRun run;
  if (query.async.async) {
    run = services.queries.start(database, query, query.async.after_ms);
    if (run.status == api::RunStatus::kFailed && query.async.after_ms > 0) {
      throw api::bad_request(run.error_message.value_or(""));
    }
    if (run.status != api::RunStatus::kSucceeded || query.async.after_ms == 0) {
      return json_response(202, api::accepted_json(run));
    }
  } else {
    run = services.queries.run(database, query, *request.client);
  }
  return as_arrow ? arrow_answer(services, run) : query_answer(services, run);
}

Response get_query_run(Services& services, const Request& request) {
  const DatabaseInfo database = database_of_header(services, request);
  const QueryRun run = services.queries.get(request.parameter("id"));
  if (run.database_id != database.id) throw api::not_found("query run '" + run.id + "'");
  return json_response(200, to_json(run));
}

Response interrupt_query_run(Services& services, const Request& request) {
  const QueryRun run = services.queries.get(request.parameter("run_id"));
  if (run.database_id != request.parameter("database_id")) {
    throw api::not_found("query run '" + run.id + "'");
  }
  services.queries.cancel(run.id, "somebody asked for it");
  return empty_response(204);
}

Response list_query_runs(Services& services, const Request& request) {
  const DatabaseInfo database = database_of_header(services, request);
  std::vector<QueryRun> all = services.queries.list(database.id);
  const auto status = request.query_text("status");
  const auto saved = request.query_text("saved_query_id");
  std::erase_if(all, [&](const QueryRun& run) {
    return (status && status->find(api::to_string(run.status)) == std::string::npos) ||
           (saved && run.saved_query_id != saved);
  });
  constexpr ListOf kList{.name = "query_runs"};
  const PageOf page = cut_page(
      request, kList, all, [](const QueryRun& run) { return time_key(run.created_at, run.id); });
  array runs;
  for (const QueryRun& run : all) runs.push_back(to_json(run));
  return json_response(200, page_json(kList, std::move(runs), page));
}

Response get_result(Services& services, const Request& request) {
  const DatabaseInfo database = database_of_header(services, request);
  const Result result = services.results.get(request.parameter("id"));
  if (result.database_id != database.id) throw api::not_found("result '" + result.id + "'");
  arrow::Page page;
  page.offset = request.query_integer("offset", 0, 0, INT64_MAX);
  if (request.query_text("limit")) page.limit = request.query_integer("limit", 0, 0, INT64_MAX);
  const std::string format = format_of(request);
  Response response = page_answer(services, result, services.results.file(result.id), page, format);
  response.headers.emplace_back("X-Total-Row-Count", std::to_string(result.rows));
  if (page.limit && *page.limit > 0 && page.offset < result.rows - *page.limit) {
    response.headers.emplace_back(
        "Link", "<" + request.base_url + "/v1/results/" + result.id +
                    "?offset=" + std::to_string(page.offset + *page.limit) + "&limit=" +
                    std::to_string(*page.limit) + "&format=" + format + ">; rel=\"next\"");
  }
  return response;
}

Response list_results(Services& services, const Request& request) {
  const DatabaseInfo database = database_of_header(services, request);
  constexpr ListOf kList{.name = "results"};
  std::vector<Result> all = services.results.list(database.id);
  const PageOf page = cut_page(request, kList, all, [](const Result& result) {
    return time_key(result.created_at, result.id);
  });
  array results;
  for (const Result& result : all) {
    results.push_back({{"id", result.id},
                       {"status", "ready"},
                       {"created_at", result.created_at},
                       {"error_message", nullptr}});
  }
  return json_response(200, page_json(kList, std::move(results), page));
}

}  // namespace hotload::server
