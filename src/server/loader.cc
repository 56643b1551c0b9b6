// SPDX-License-Identifier: Apache-2.0
#include "server/loader.h"

#include <algorithm>
#include <array>

#include "api/errors.h"
#include "arrow/rows.h"
#include "arrow/type_name.h"
#include "model/identifier.h"
#include "model/json_reader.h"
#include "model/type.h"
#include "model/widening.h"
#include "server/text.h"

namespace hotload::server {

using api::Failure;
using api::LoadMode;
using api::LoadReceipt;
using api::LoadRequest;
using boost::json::object;
using boost::json::value;

namespace {

constexpr const char* kReceiptKind = "receipt";
constexpr const char* kTableKind = "table";
constexpr const char* kSchemaName = "hotdata";  // of our load keys
constexpr const char* kJob = "data";
constexpr size_t kMaxInlineBytes = size_t{2} << 20;

bool is_keyed(LoadMode mode) { return mode >= LoadMode::kUpsert; }

// What is loaded once: an upload, or what a client gave a key of its own in this table. Empty for
// other requests: each is a load of its own.
std::string source_of(const LoadTarget& target, const LoadRequest& request) {
  if (request.upload_id) return *request.upload_id;
  if (request.idempotency_key) return table_id(target) + "/" + *request.idempotency_key;
  return "";
}

// Equal for requests that ask for the same.
std::string fingerprint(const LoadTarget& target, const LoadRequest& request) {
  object asked{{"table", table_id(target)}, {"mode", static_cast<int>(request.mode)}};
  if (request.key) asked["key"] = model::json_texts(*request.key);
  if (request.format) asked["format"] = static_cast<int>(*request.format);
  std::map<std::string, std::string> columns;  // in whatever order they came
  for (const Column& column : request.columns) columns[column.name] = column.type;
  asked["columns"] = boost::json::value_from(columns);
  if (request.result_id) asked["result_id"] = *request.result_id;
  if (request.data) asked["data"] = sha256_hex(*request.data);
  return sha256_hex(boost::json::serialize(asked));
}

// `table`: where it went.
Failure used_up(const LoadRequest& request, const std::string& table) {
  if (!request.upload_id) {
    return {
        409, api::kIdempotencyConflict,
        "this idempotency_key was used for another load of table '" + table + "': use another key"};
  }
  return {409, api::kConflict,
          "upload '" + *request.upload_id + "' was used" +
              (table.empty() ? "" : " for another load, into table '" + table + "',") +
              " and is loaded once: upload the file again"};
}

int64_t count_rows(Database& database, const LoadTarget& target) {
  arrow::Rows rows(database.query("SELECT count(*) FROM " + model::quote_identifier(target.schema) +
                                  "." + model::quote_identifier(target.table)));
  std::string text;
  if (rows.next()) rows.append_json(0, text);
  return std::stoll(text);
}

// Of a receipt's record: else its load was begun.
bool is_committed(const value& record) { return record.as_object().contains("receipt"); }

// None: the file is packed, so that only reading it tells whether it is CSV or NDJSON.
std::optional<FileFormat> format_of(const std::optional<FileFormat>& stated,
                                    const std::string& content_type,
                                    const std::filesystem::path& path) {
  std::array<char, 4> head{};
  const size_t got = File(path, File::Mode::kRead).read_at(0, head.data(), head.size());
  const std::string_view magic(head.data(), got);
  if (magic == "PAR1") return FileFormat::kParquet;
  if (stated) return stated;
  if (content_type.find("csv") != std::string::npos) return FileFormat::kCsv;
  if (content_type.find("json") != std::string::npos) return FileFormat::kJsonl;
  if (content_type.find("parquet") != std::string::npos) return FileFormat::kParquet;
  if (magic.starts_with("\x1f\x8b") || magic == "\x28\xb5\x2f\xfd") return {};
  return magic.starts_with("{") ? FileFormat::kJsonl : FileFormat::kCsv;
}

// The columns of a packed text, and in `options` its format.
std::vector<Column> columns_of_packed(Load& load, const std::string& path, StageOptions& options) {
  std::optional<Error> no_json;
  try {
    options.format = FileFormat::kJsonl;
    std::vector<Column> columns = load.file_columns(path, options);
    // A CSV column of numbers is JSON too, but no object: its values are one column of this name.
    if (columns.size() != 1 || columns.front().name != "json") return columns;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kBadFile) throw;
    no_json = error;
  }
  options.format = FileFormat::kCsv;
  std::vector<Column> columns = load.file_columns(path, options);
  if (no_json && !columns.empty() && columns.front().name.starts_with("{")) throw *no_json;
  return columns;
}

// (a, b) IN (SELECT (a, b) FROM `relation`); braces of names are doubled, as conditions want it.
std::string key_in(const std::vector<std::string>& key, const std::string& relation) {
  std::string list;
  for (const std::string& name : key) {
    if (!list.empty()) list += ", ";
    for (const char c : model::quote_identifier(name)) {
      list += c;
      if (c == '{' || c == '}') list += c;
    }
  }
  if (key.size() > 1) list = "(" + list + ")";
  return list + " IN (SELECT " + list + " FROM " + relation + ")";
}

// What the table shall take the columns of a batch for.
std::vector<Column> declared_columns(const std::vector<Column>& found,
                                     const std::vector<Column>& stated,
                                     const std::vector<Column>& live, bool text) {
  std::vector<Column> columns;
  for (const Column& column : found) {
    Column declared = column;
    const Column* there = model::find_column(live, column.name);
    if (const Column* said = model::find_column(stated, column.name)) {
      declared.type = said->type;
    } else if (there != nullptr && text) {
      // The types of a text are guesses: the table's count unless they must grow.
      const model::TypeMerge merge =
          model::merge_types(model::parse_type(there->type), model::parse_type(column.type));
      const bool grows = merge == model::TypeMerge::kWiden || merge == model::TypeMerge::kRewrite;
      if (!grows) declared.type = there->type;
    }
    columns.push_back(std::move(declared));
  }
  return columns;
}

// What a batch must have whose rows are found by a key.
void check_batch(const LoadTarget& target, LoadMode mode, const std::vector<std::string>& key,
                 const std::vector<Column>& found, const std::optional<std::vector<Column>>& live) {
  const std::string table = "table '" + target.schema + "." + target.table + "'";
  for (const std::string& name : key) {
    if (model::find_column(found, name) == nullptr) {
      throw api::bad_request("the batch has no column '" + name + "', which is in the key of " +
                             table);
    }
    if (live && model::find_column(*live, name) == nullptr) {
      throw api::bad_request(table + " has no column '" + name + "', which the key names");
    }
  }
  if (mode != LoadMode::kDelete) return;
  for (const Column& column : found) {
    if (model::find_column(*live, column.name) != nullptr) continue;
    throw api::bad_request(table + " has no column '" + column.name +
                           "': a batch of rows to delete has the columns of the key alone");
  }
}

// Which columns of a batch are of another type than they are to be, and what can be done.
std::string differences(const std::vector<Column>& wanted, const std::vector<Column>& found) {
  std::string text;
  for (const Column& column : wanted) {
    const Column* is = model::find_column(found, column.name);
    if (is == nullptr || is->type == column.type) continue;
    text += (text.empty() ? ". " : "; ") + column.name + " is to be " + column.type +
            ", the batch has " + is->type;
  }
  if (!text.empty())
    text += ". Cast the values, load them into another column, or replace the table";
  return text;
}

}  // namespace

boost::json::array columns_json(const std::vector<Column>& columns) {
  boost::json::array list;
  for (const Column& column : columns) {
    list.push_back({{"name", column.name},
                    {"data_type", arrow::type_name(column.type)},
                    {"nullable", column.nullable}});
  }
  return list;
}

std::string table_id(const LoadTarget& target) {
  return target.database_id + "/" + target.schema + "." + target.table;
}

struct Loader::Source {
  std::filesystem::path path;  // empty: a result
  StageOptions options;
  bool format_known = true;
  std::optional<std::filesystem::path> scratch;
  ~Source() {
    if (scratch) remove_quietly(*scratch);
  }
};

Loader::Loader(Databases& databases, Uploads& uploads, Results& results, Journal& journal,
               Slots& slots, std::filesystem::path scratch)
    : databases_(databases),
      uploads_(uploads),
      results_(results),
      journal_(journal),
      slots_(slots),
      scratch_(std::move(scratch)) {
  remove_quietly(scratch_);
}

std::shared_ptr<std::mutex> Loader::table_mutex(const LoadTarget& target) {
  std::lock_guard lock(mutex_);
  std::erase_if(tables_, [](const auto& entry) { return entry.second.expired(); });
  std::weak_ptr<std::mutex>& slot = tables_[table_id(target)];
  std::shared_ptr<std::mutex> mutex = slot.lock();
  if (mutex == nullptr) slot = mutex = std::make_shared<std::mutex>();
  return mutex;
}

void Loader::check(const LoadTarget& target, const LoadRequest& request) const {
  databases_.get(target.database_id);
  model::check_schema_name(target.schema);
  model::check_table_name(target.table);
  if (request.upload_id) uploads_.get_finalized(*request.upload_id);
  if (request.data && request.data->size() > kMaxInlineBytes) {
    throw Failure(413, api::kInlineTooLarge, "inline data has at most 2 MiB; upload it instead");
  }
  for (const Column& column : request.columns) model::parse_type(column.type);
  if (!is_keyed(request.mode)) return;
  const api::TableDecl declared =
      databases_.declaration(target.database_id, target.schema, target.table);
  if (request.key.value_or(declared.key).empty()) {
    throw api::bad_request("table '" + target.schema + "." + target.table + "' has " +
                           api::kTextNoDeclaredKey + ", and the request has no 'key'");
  }
}

std::string Loader::name_of(const LoadTarget& target, const LoadRequest& request) const {
  const std::string source = source_of(target, request);
  return source.empty() ? "" : source + "/" + fingerprint(target, request);
}

std::optional<LoadReceipt> Loader::receipt(const LoadTarget& target,
                                           const LoadRequest& request) const {
  const std::string source = source_of(target, request);
  const auto record = source.empty() ? std::nullopt : journal_.get(kReceiptKind, source);
  if (!record || !is_committed(*record)) return {};
  model::JsonReader reader(*record, "");
  const std::string table = reader.text("schema") + "." + reader.text("table");
  if (reader.text("request") != fingerprint(target, request)) throw used_up(request, table);
  if (is_dropped_since(target, reader.integer("snapshot", 0))) {
    if (request.upload_id) throw used_up(request, table);
    return {};
  }
  model::JsonReader receipt(record->at("receipt"), "receipt");
  return LoadReceipt{receipt.text("connection_id"), receipt.text("schema_name"),
                     receipt.text("table_name"), receipt.integer("row_count", 0),
                     receipt.text("arrow_schema_json")};
}

bool Loader::is_dropped_since(const LoadTarget& target, int64_t snapshot) const {
  const std::shared_ptr<Database> database = databases_.open(target.database_id);
  if (!database->columns(target.schema, target.table)) return true;
  try {
    const std::vector<TableEvent> events = database->table_events({std::to_string(snapshot)});
    return std::any_of(events.begin(), events.end(), [&](const TableEvent& event) {
      return event.kind == "dropped" && model::same_name(event.schema, target.schema) &&
             model::same_name(event.table, target.table);
    });
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kExpired) throw;
    return false;  // the retention was too short to tell
  }
}

bool Loader::settle(const value& begun) {
  model::JsonReader reader(begun, "");
  try {
    const auto load = databases_.open(reader.text("database_id"))
                          ->open_load({reader.text("schema"), kSchemaName, reader.text("load_id")});
    if (load->receipt()) return true;
    load->abort();
  } catch (const Failure& failure) {
    if (failure.status() != 404) throw;  // else its database is gone
  }
  return false;
}

std::string Loader::begin(const LoadTarget& target, const LoadRequest& request) {
  const std::string source = source_of(target, request);
  const std::string id = source + ":" + random_hex(6);
  if (source.empty()) return id;
  const std::string asked = fingerprint(target, request);
  const auto before = journal_.get(kReceiptKind, source);
  // What is committed and no answer any more was asked for in vain: it is loaded anew.
  if (before && !is_committed(*before)) {
    model::JsonReader reader(*before, "");
    if (reader.text("request") == asked) return reader.text("load_id");
    if (settle(*before)) {
      throw used_up(request, reader.text("schema") + "." + reader.text("table"));
    }
  }
  journal_.put(kReceiptKind, source,
               {{"request", asked},
                {"load_id", id},
                {"database_id", target.database_id},
                {"schema", target.schema},
                {"table", target.table},
                {"time", now_utc()}});
  return id;
}

Loader::Source Loader::open_source(const LoadRequest& request) const {
  Source source;
  std::string content_type;
  if (request.upload_id) {
    const Upload upload = uploads_.get_finalized(*request.upload_id);
    if (upload.status == Upload::Status::kLoaded) throw used_up(request, "");
    source.path = uploads_.path(*request.upload_id);
    content_type =
        upload.request.content_type.value_or("") + " " + upload.request.filename.value_or("");
    source.options.immutable = true;
  } else if (request.data) {
    source.path = scratch_path();
    source.scratch = source.path;
    write_synced(source.path, *request.data);
    source.options.format = FileFormat::kCsv;
    return source;
  } else {
    return source;
  }
  const auto format = format_of(request.format, content_type, source.path);
  source.format_known = format.has_value();
  source.options.format = format.value_or(FileFormat::kCsv);
  return source;
}

// Of a result their names alone.
std::vector<Column> Loader::batch_columns(Load& load, const LoadRequest& request,
                                          Source& source) const {
  if (!source.path.empty()) {
    const std::string path = source.path.string();
    return source.format_known ? load.file_columns(path, source.options)
                               : columns_of_packed(load, path, source.options);
  }
  const arrow::Rows rows(results_.open(*request.result_id));
  std::vector<Column> columns;
  for (int64_t i = 0; i < rows.width(); ++i) columns.push_back({rows.name(i), ""});
  return columns;
}

void Loader::stage(Load& load, Database& database, const LoadTarget& target,
                   const LoadRequest& request, Source& source) const {
  const api::TableDecl declared =
      databases_.declaration(target.database_id, target.schema, target.table);
  const auto live = database.columns(target.schema, target.table);
  const bool needs_table = request.mode == LoadMode::kUpdate || request.mode == LoadMode::kDelete;
  if (needs_table && !live) {
    throw api::not_found("table '" + target.schema + "." + target.table + "'");
  }
  TableSpec spec;
  spec.name = target.table;
  spec.partition = declared.partition_by;
  spec.sort = declared.sorted_by;
  const std::vector<std::string> key = request.key.value_or(declared.key);
  const bool replace = request.mode == LoadMode::kReplace;
  const std::vector<Column> found = batch_columns(load, request, source);
  if (is_keyed(request.mode)) check_batch(target, request.mode, key, found, live);
  // The batch's columns are the table's, so the table is made anew.
  if (replace && live) load.drop_tables({target.table});
  if (!source.path.empty()) {
    spec.columns =
        declared_columns(found, request.columns, replace || !live ? std::vector<Column>() : *live,
                         source.options.format != FileFormat::kParquet);
  }
  if (is_keyed(request.mode)) {
    spec.disposition = Disposition::kMerge;
    spec.strategy = MergeStrategy::kUpsert;
    spec.primary_key = key;
  }
  if (request.mode == LoadMode::kUpdate) spec.source_filter = key_in(key, "{table}");
  if (request.mode == LoadMode::kDelete) {
    spec.strategy = MergeStrategy::kDeleteInsert;
    spec.primary_key.clear();
    spec.destination_scope = key_in(key, "{staging_table}");
    spec.source_filter = "false";
  }
  load.declare({spec});
  if (source.path.empty()) {
    load.stage_stream(target.table, kJob, results_.open(*request.result_id));
    return;
  }
  try {
    load.stage_file(target.table, kJob, source.path.string(), source.options);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kTypeMismatch) throw;
    throw Error(error.code(), error.what() + differences(spec.columns, found));
  }
}

LoadReceipt Loader::record(Database& database, const LoadTarget& target, const LoadRequest& request,
                           const Receipt& committed) const {
  LoadReceipt receipt;
  receipt.connection_id = databases_.get(target.database_id).default_connection_id;
  receipt.schema_name = target.schema;
  receipt.table_name = target.table;
  receipt.row_count = count_rows(database, target);
  const auto columns = database.columns(target.schema, target.table);
  receipt.arrow_schema_json = boost::json::serialize(
      object{{"fields", columns_json(columns.value_or(std::vector<Column>()))}});
  const std::string source = source_of(target, request);
  if (!source.empty()) {
    object record = journal_.get(kReceiptKind, source).value_or(object()).as_object();
    record["receipt"] = to_json(receipt);
    record["snapshot"] = committed.snapshot;
    record["time"] = now_utc();
    journal_.put(kReceiptKind, source, record);
  }
  journal_.put(kTableKind, table_id(target), {{"last_sync", now_utc()}}, Journal::Durable::kSoon);
  if (request.upload_id) uploads_.set_loaded(*request.upload_id);
  return receipt;
}

LoadReceipt Loader::run(const LoadTarget& target, const LoadRequest& request) {
  check(target, request);
  const std::string source = source_of(target, request);
  std::optional<Claims::Held> running;
  if (!source.empty()) running.emplace(running_, source, "a load of the same data is running");
  const std::shared_ptr<std::mutex> mutex = table_mutex(target);
  std::lock_guard table_lock(*mutex);
  if (auto done = receipt(target, request)) return *done;
  Slots::Taken slot(slots_);

  const std::shared_ptr<Database> database = databases_.open(target.database_id);
  if (!database->has_schema(target.schema)) database->create_schema(target.schema);
  const std::unique_ptr<Load> load =
      database->open_load({target.schema, kSchemaName, begin(target, request)});
  std::optional<Receipt> committed = load->receipt();
  const auto give_up = [&] {
    load->abort();
    journal_.erase(kReceiptKind, source);
  };
  if (!committed) {
    try {
      Source opened = open_source(request);
      stage(*load, *database, target, request, opened);
      committed = load->commit();
    } catch (const Error& error) {
      // A commit in doubt must stay; what is wrong with the batch stays wrong.
      if (!error.transient()) give_up();
      throw;
    } catch (const Failure&) {
      give_up();
      throw;
    }
  }
  return record(*database, target, request, *committed);
}

void Loader::drop(const LoadTarget& target) {
  const std::shared_ptr<std::mutex> mutex = table_mutex(target);
  std::lock_guard table_lock(*mutex);
  databases_.drop_table(target.database_id, target.schema, target.table);
  journal_.erase(kTableKind, table_id(target), Journal::Durable::kSoon);
}

std::filesystem::path Loader::scratch_path() const {
  make_folder(scratch_);
  return scratch_ / random_hex(12);
}

void Loader::forget_receipts_before(const std::string& time) {
  for (const auto& [source, record] : journal_.entries(kReceiptKind)) {
    if (model::JsonReader(record, "").text("time", "") < time) {
      journal_.erase(kReceiptKind, source, Journal::Durable::kSoon);
    }
  }
}

std::string Loader::last_sync(const LoadTarget& target) const {
  const auto record = journal_.get(kTableKind, table_id(target));
  return record ? std::string(record->at("last_sync").as_string()) : "";
}

}  // namespace hotload::server
