// SPDX-License-Identifier: Apache-2.0
#include "lake/stager.h"

#include <algorithm>
#include <cstdio>
#include <string_view>

#include "lake/compression.h"
#include "lake/failpoint.h"
#include "lake/nan_files.h"
#include "lake/page_checksums.h"
#include "lake/relation.h"
#include "model/identifier.h"
#include "model/type.h"
#include "model/widening.h"

namespace hotload::lake {

namespace {

constexpr const char* kCopyOptions = " (FORMAT parquet)";

// A call over the names in `list`; without any it is not asked.
std::string any_of(const char* check, const std::string& list) {
  return list.empty() ? "false"
                      : "coalesce(bool_or(" + std::string(check) + "(" + list + ")), false)";
}

bool is_full_disk(const Error& error) {
  const std::string_view message = error.what();
  return error.code() == ErrorCode::kExhausted &&
         (message.find("No space left on device") != std::string_view::npos ||
          message.find("Disk quota exceeded") != std::string_view::npos);
}

}  // namespace

Stager::Stager(std::shared_ptr<engine::Connection> connection, const Staging& staging,
               StageTarget target, std::string job_id)
    : connection_(std::move(connection)),
      staging_(staging),
      target_(std::move(target)),
      job_id_(std::move(job_id)),
      prefix_(Staging::job_prefix(target_.table, job_id_) + "-" + random_hex().substr(0, 8)) {}

Stager::~Stager() {
  remove_quietly(file("source"));
  if (done_) return;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(staging_.jobs_folder(), error)) {
    if (entry.path().filename().string().starts_with(prefix_)) remove_quietly(entry.path());
  }
}

fs::path Stager::file(const std::string& suffix) const {
  return staging_.jobs_folder() / (prefix_ + "-" + suffix);
}

std::string Stager::where() const {
  if (target_.table.empty()) return source_name_;  // it is asked for its columns alone
  return source_name_ + " (job " + job_id_ + " of table " + target_.table + ")";
}

void Stager::fail(const Error& error, ErrorCode code, const std::string& message) const {
  if (!is_full_disk(error)) throw Error(code, where() + ": " + message);
  throw Error(code, "no room is left on the disk of the lake, in " +
                        staging_.folder().parent_path().string() +
                        ", where files are staged: free some, then load again (" + where() + ": " +
                        error.what() + ")");
}

template <typename Read>
auto Stager::with_source(const std::string& path, const StageOptions& options, Read read) {
  source_name_ = path;
  try {
    if (options.immutable) {
      link_or_copy(path, file("source"));
    } else {
      copy_contents(path, file("source"));
    }
    failpoint("stage.linked");
    const bool parquet = options.format == FileFormat::kParquet;
    if (fs::file_size(file("source")) == 0 && (parquet || is_compressed_name(path))) {
      throw Error(ErrorCode::kBadFile, std::string("the file is empty, not ") +
                                           (parquet ? "Parquet" : "compressed text") +
                                           "; write or fetch it again");
    }
    return read();
  } catch (const Error& error) {
    // The engine names our private copy; the caller knows the file by its own name.
    std::string message = error.what();
    const std::string own = file("source").string();
    for (size_t at = message.find(own); at != std::string::npos; at = message.find(own, at)) {
      message.replace(at, own.size(), path);
    }
    // What is wrong with a file's bytes stays wrong, whatever the engine calls it.
    const bool engine_fault =
        error.code() == ErrorCode::kInvalidArgument || error.code() == ErrorCode::kInternal ||
        ((error.code() == ErrorCode::kIo || error.code() == ErrorCode::kCorrupt) &&
         fs::exists(path));
    fail(error, engine_fault ? ErrorCode::kBadFile : error.code(), message);
  }
}

template <typename Read>
auto Stager::with_whole_text(Read read) {
  const WholeTextCheck whole(file("source"));
  try {
    auto result = read();
    whole.finish();
    return result;
  } catch (const Error& error) {
    // A cut file is at fault for whatever its reader makes of the last line.
    const bool ended =
        error.code() == ErrorCode::kCanceled || error.code() == ErrorCode::kExhausted;
    if (!ended) whole.finish();
    throw;
  }
}

Job Stager::stage_file(const std::string& path, const StageOptions& options) {
  return with_source(path, options, [&] {
    Job job = options.format == FileFormat::kParquet ? stage_parquet(path)
              : is_blank_text(file("source"))
                  ? stage_nothing()
                  : with_whole_text([&] { return stage_text(options); });
    done_ = true;
    return job;
  });
}

std::vector<Column> Stager::columns_of(const std::string& path, const StageOptions& options) {
  return with_source(path, options, [&] {
    const std::string source = file("source").string();
    if (options.format == FileFormat::kParquet) {
      check_footer(source);
      adopt_columns(describe(*connection_, parquet_relation(source)));
    } else if (!is_blank_text(source)) {
      adopt_columns(with_whole_text([&] {
        return describe(*connection_, text_relation(*connection_, source, {}, options));
      }));
    }
    return target_.columns;
  });
}

void Stager::adopt_columns(const std::vector<Column>& found) {
  if (!target_.columns.empty()) return;
  for (const Column& column : found) {
    model::check_column_name(column.name);
    target_.columns.push_back(
        {column.name, model::to_sql(model::storage_type(model::parse_type(column.type))), true});
  }
}

bool Stager::check_footer(const std::string& parquet) {
  const std::string file = "(" + model::quote_literal(parquet) + ")";
  const engine::Row row =
      connection_
          ->rows(
              "SELECT any_value(name) FILTER (precision > 38 OR (converted_type = 'DECIMAL' AND "
              "type_length::BIGINT > 16 AND coalesce(precision, 39) > 38)), coalesce(bool_or(type "
              "= 'INT32' AND (converted_type = 'TIME_MILLIS' OR logical_type::VARCHAR LIKE "
              "'TimeType%')), false), (SELECT count(*) = 0 FROM parquet_metadata" +
              file +
              " WHERE num_values > 0 AND (stats_null_count IS NULL OR (stats_null_count < "
              "num_values AND coalesce(stats_min_value, stats_min) IS NULL))) FROM parquet_schema" +
              file)
          .at(0);
  // Before anything else reads the file: such a type kills the whole engine when it is adopted.
  if (row[0]) {
    throw Error(ErrorCode::kTypeMismatch, "column '" + *row[0] +
                                              "' is a decimal of more than 38 digits, which no "
                                              "table holds");
  }
  return row[1] == "false" && row[2] == "true";
}

Stager::Findings Stager::read_through(const fs::path& parquet, const std::vector<Column>& columns,
                                      Origin origin) {
  std::string foreign, required;
  std::vector<std::string> no_null;
  for (const Column& column : columns) {
    const std::string name = model::quote_identifier(column.name);
    const Column* target = model::find_column(target_.columns, column.name);
    if (origin == Origin::kForeign) foreign += (foreign.empty() ? "" : ", ") + name;
    if (target == nullptr || target->nullable) continue;
    required += (required.empty() ? "" : ", ") + name;
    no_null.push_back(column.name);
  }
  const engine::Row row =
      connection_
          ->rows("SELECT count(*), " + any_of("hotload_decode", foreign) + ", " +
                 any_of("hotload_any_nan", float_columns(columns)) + ", " +
                 any_of("hotload_any_null", required) + " FROM " + parquet_relation(parquet))
          .at(0);
  if (row[3] == "true") name_null_column(parquet, required);
  return {std::stoll(row[0].value_or("0")), row[2] == "true", std::move(no_null)};
}

void Stager::name_null_column(const fs::path& parquet, const std::string& required) {
  for (const Column& column :
       describe(*connection_, "(SELECT " + required + " FROM " + parquet_relation(parquet) + ")")) {
    const int64_t nulls =
        connection_->integer("SELECT count(*) - count(" + model::quote_identifier(column.name) +
                             ") FROM " + parquet_relation(parquet));
    if (nulls == 0) continue;
    throw Error(ErrorCode::kConstraint, "column '" + column.name + "' must not be NULL but is in " +
                                            std::to_string(nulls) + " rows");
  }
}

Job Stager::stage_parquet(const std::string& path) {
  const std::string source = file("source").string();
  const bool footer_fits = check_footer(source);
  check_page_checksums(*connection_, source);
  const std::vector<Column> found = describe(*connection_, parquet_relation(source));
  adopt_columns(found);
  const Projection projection = project(found, target_.columns);
  const Findings findings = read_through(source, found, Origin::kForeign);
  Job job{target_.table, job_id_, {}, 0, false};
  if (projection.adoptable && !findings.nan && footer_fits) {
    const fs::path own = file("0.parquet");
    if (::rename(source.c_str(), own.c_str()) != 0) throw_errno(errno, "rename", path);
    job.files = {{own.filename(), findings.rows, static_cast<int64_t>(fs::file_size(own)), found,
                  false, findings.no_null}};
    job.delivered = true;
    return job;
  }
  job.files = write("SELECT " + projection.select + " FROM " + parquet_relation(source));
  return job;
}

Job Stager::stage_text(const StageOptions& options) {
  try {
    return stage_text(options, JsonIntegers::kAsDouble);
  } catch (const Error& error) {
    const bool by_text =
        options.format == FileFormat::kJsonl && error.code() == ErrorCode::kTypeMismatch;
    if (!by_text) throw;
  }
  remove_quietly(file("0.parquet"));  // what was written till then
  return stage_text(options, JsonIntegers::kAsText);
}

Job Stager::stage_text(const StageOptions& options, JsonIntegers integers) {
  const std::string relation =
      text_relation(*connection_, file("source"), target_.columns, options, integers);
  const std::vector<Column> found = describe(*connection_, relation);
  adopt_columns(found);
  const Projection projection = project_text(found, target_.columns, options);
  return {target_.table, job_id_, write("SELECT " + projection.select + " FROM " + relation), 0,
          false};
}

Job Stager::stage_nothing() {
  if (target_.columns.empty()) {
    throw Error(ErrorCode::kBadFile,
                "the file is empty, so nothing tells the columns of the table: name them, or load "
                "a file that has rows first");
  }
  std::string select;
  for (const Column& column : target_.columns) {
    select += (select.empty() ? "" : ", ") + ("CAST(NULL AS " + column.type + ") AS ") +
              model::quote_identifier(column.name);
  }
  return {target_.table, job_id_, write("SELECT " + select + " WHERE false"), 0, false};
}

Job Stager::stage_stream(ArrowStream stream) {
  source_name_ = "the Arrow stream";
  // Views are shared by all connections: each stream has a name of its own.
  const std::string incoming = "incoming_" + random_hex();
  try {
    connection_->scan_stream(incoming, stream.get());
    const std::vector<Column> found = describe(*connection_, incoming);
    adopt_columns(found);
    const Projection projection = project(found, target_.columns);
    Job job{target_.table, job_id_, write("SELECT " + projection.select + " FROM " + incoming), 0,
            false};
    connection_->run("DROP VIEW IF EXISTS " + incoming);
    done_ = true;
    return job;
  } catch (const Error& error) {
    fail(error, error.code(), error.what());
  }
}

std::vector<JobFile> Stager::write(const std::string& query) {
  connection_->run("COPY (" + query + ") TO " + model::quote_literal(file("0.parquet").string()) +
                   kCopyOptions);
  failpoint("stage.converted");
  const std::vector<Column> written = describe(*connection_, parquet_relation(file("0.parquet")));
  const Findings findings = read_through(file("0.parquet"), written, Origin::kOwn);
  if (!findings.nan) {
    return {{file("0.parquet").filename(), findings.rows,
             static_cast<int64_t>(fs::file_size(file("0.parquet"))), written, false,
             findings.no_null}};
  }
  std::vector<JobFile> parts = split_by_row_group(*connection_, file("0.parquet"), file("part"));
  for (JobFile& part : parts) part.no_null = findings.no_null;
  return parts;
}

}  // namespace hotload::lake
