// SPDX-License-Identifier: Apache-2.0
#include "plain/scratch.h"

#include "arrow/rows.h"
#include "hotload/error.h"
#include "lake/files.h"
#include "model/identifier.h"
#include "plain/query.h"
#include "remote/parallel.h"

namespace hotload::plain {

namespace {

// Nothing of it is read twice: it is left as it comes.
WorkspaceOptions options() {
  WorkspaceOptions options;
  options.auto_maintenance = false;
  options.answer_others = options.ask_holder = false;
  return options;
}

}  // namespace

Scratch::Scratch(const std::filesystem::path& folder, const LoadKey& key)
    : key_(key),
      workspace_(open_workspace(folder.string(), options())),
      database_(workspace_->open_or_create_database(kDefaultDatabase)) {
  database_->create_schema(key.schema);
  load_ = database_->open_load(key);
}

std::string Scratch::qualified(const std::string& table) const {
  return model::quote_identifier(key_.schema) + "." + model::quote_identifier(table);
}

void Scratch::fill(const std::vector<std::string>& tables, int64_t parallel,
                   const std::function<ArrowStream(const std::string& table)>& open) {
  const auto load = database_->open_load({key_.schema, "", "fill:" + lake::random_hex()});
  for (const std::string& table : tables) {
    if (columns(table)) load->drop_tables({table});
  }
  remote::run_parallel(tables.size(), parallel, [&](size_t i) {
    TableSpec spec;
    spec.name = tables[i];
    try {
      read_again([&] {
        ArrowStream rows = open(spec.name);
        load->declare({spec});
        load->stage_stream(spec.name, "rows", std::move(rows));
      });
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kNotFound) throw;
    }
  });
  if (load->staged().empty()) return load->abort();
  load->commit();
}

int64_t Scratch::count(const std::string& table) {
  arrow::Rows rows(database_->query("SELECT count(*) FROM " + qualified(table)));
  std::string text;
  if (rows.next()) rows.append_json(0, text);
  return std::stoll(text);
}

std::optional<std::string> Scratch::any_value(const std::string& table, const std::string& column) {
  const std::string name = model::quote_identifier(column);
  arrow::Rows rows(database_->query("SELECT CAST(" + name + " AS VARCHAR) FROM " +
                                    qualified(table) + " WHERE " + name + " IS NOT NULL LIMIT 1"));
  if (!rows.next()) return {};
  std::string text;
  rows.append_cell(0, text);
  return text;
}

void Scratch::write(const std::string& table, const std::string& path) {
  const std::unique_ptr<Session> session =
      database_->open_session({.schema = {}, .read_only = true});
  session->write_parquet(session->query("SELECT * FROM " + qualified(table), {}), path);
}

void Scratch::write_values(const Column& column, const std::vector<std::string>& values,
                           const std::string& path) {
  std::string list;
  for (const std::string& value : values) {
    list += (list.empty() ? "(" : ", (") + model::quote_literal(value) + ")";
  }
  const std::unique_ptr<Session> session =
      database_->open_session({.schema = {}, .read_only = true});
  session->write_parquet(session->query("SELECT DISTINCT CAST(value AS " + column.type + ") AS " +
                                            model::quote_identifier(column.name) +
                                            " FROM (VALUES " + list + ") AS given(value)",
                                        {}),
                         path);
}

PendingLoad Scratch::pending() {
  for (const PendingLoad& load : database_->pending_loads()) {
    if (load.key == key_) return load;
  }
  return {key_, 0, 0, ""};
}

}  // namespace hotload::plain
