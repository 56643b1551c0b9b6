// SPDX-License-Identifier: Apache-2.0
#include "lake/staging_json.h"

#include <boost/json.hpp>

#include "model/json_reader.h"
#include "model/receipt_json.h"
#include "model/table_spec_json.h"

namespace hotload::lake {

namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

template <typename T>
array list_of(const std::vector<T>& items) {
  array out;
  for (const T& item : items) out.push_back(model::to_json(item));
  return out;
}

array texts_of(const std::vector<std::string>& items) { return array(items.begin(), items.end()); }

// What we wrote ourselves and cannot read again is damage, not a wrong argument.
template <typename Read>
auto read_own(const std::string& text, Read read) {
  try {
    boost::system::error_code error;
    const value parsed = boost::json::parse(text, error);
    if (error) throw Error(ErrorCode::kCorrupt, error.message());
    return read(parsed);
  } catch (const Error& error) {
    throw Error(ErrorCode::kCorrupt, std::string("a staged load cannot be read: ") + error.what() +
                                         "; abort it and load again");
  }
}

value to_json(const JobFile& file) {
  return object{{"name", file.name},
                {"rows", file.rows},
                {"size_bytes", file.size_bytes},
                {"columns", list_of(file.columns)},
                {"nan", file.nan},
                {"no_null", texts_of(file.no_null)}};
}

JobFile job_file_from_json(const value& parsed, const std::string& path) {
  model::JsonReader reader(parsed, path);
  JobFile file;
  file.name = reader.text("name");
  file.rows = reader.integer("rows", 0);
  file.size_bytes = reader.integer("size_bytes", 0);
  file.columns = reader.list("columns", model::column_from_json);
  file.nan = reader.boolean("nan", true);
  file.no_null = reader.texts("no_null");
  return file;
}

}  // namespace

std::string to_json_text(const Intent& intent) {
  array specs;
  for (const auto& [name, spec] : intent.specs) specs.push_back(model::to_json(spec));
  return boost::json::serialize(object{{"key", model::to_json(intent.key)},
                                       {"specs", std::move(specs)},
                                       {"drops", texts_of(intent.drops)},
                                       {"truncations", texts_of(intent.truncations)},
                                       {"deletes", list_of(intent.deletes)},
                                       {"inserts", list_of(intent.inserts)},
                                       {"sql", list_of(intent.sql)},
                                       {"outer_sql", intent.outer_sql}});
}

Intent intent_from_json(const std::string& text) {
  return read_own(text, [](const value& parsed) {
    model::JsonReader reader(parsed, "");
    Intent intent;
    if (const value* key = reader.find("key")) intent.key = model::load_key_from_json(*key, "key");
    for (TableSpec& spec : reader.list("specs", model::table_spec_from_json)) {
      const std::string name = spec.name;
      intent.specs.emplace(name, std::move(spec));
    }
    intent.drops = reader.texts("drops");
    intent.truncations = reader.texts("truncations");
    intent.deletes = reader.list("deletes", model::row_delete_from_json);
    intent.inserts = reader.list("inserts", model::row_insert_from_json);
    intent.sql = reader.list("sql", model::sql_job_from_json);
    intent.outer_sql = reader.boolean("outer_sql", false);
    return intent;
  });
}

std::string to_json_text(const Job& job) {
  array files;
  for (const JobFile& file : job.files) files.push_back(to_json(file));
  return boost::json::serialize(object{{"table", job.table},
                                       {"job_id", job.job_id},
                                       {"order", job.order},
                                       {"delivered", job.delivered},
                                       {"files", std::move(files)}});
}

Job job_from_json(const std::string& text) {
  return read_own(text, [](const value& parsed) {
    model::JsonReader reader(parsed, "");
    Job job;
    job.table = reader.text("table");
    job.job_id = reader.text("job_id");
    job.order = reader.integer("order", 0);
    job.delivered = reader.boolean("delivered", false);
    job.files = reader.list("files", job_file_from_json);
    return job;
  });
}

}  // namespace hotload::lake
