// SPDX-License-Identifier: Apache-2.0
#include "remote/load.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "arrow/writer.h"
#include "hotload/error.h"
#include "model/json_reader.h"
#include "model/receipt_json.h"
#include "model/short_hash.h"
#include "model/table_spec_json.h"
#include "remote/body_file.h"
#include "remote/state_folder.h"
#include "remote/upload.h"
#include "remote/upload_journal.h"

namespace hotload::remote {

using boost::json::array;
using boost::json::object;
using boost::json::value;
using model::JsonReader;

namespace {

constexpr int64_t kLargeBytes = int64_t{32} << 20;  // sent in parts, several at once

template <typename T>
array array_of(const std::vector<T>& items) {
  array list;
  for (const T& item : items) list.push_back(model::to_json(item));
  return list;
}

// A file of ours in the system's folder for such, gone with this.
class TemporaryFile {
 public:
  TemporaryFile() {
    std::string name = (std::filesystem::temp_directory_path() / "hotload-XXXXXX").string();
    const int descriptor = ::mkstemp(name.data());
    if (descriptor < 0) {
      throw Error(ErrorCode::kIo,
                  "cannot make a temporary file: " + std::string(std::strerror(errno)));
    }
    ::close(descriptor);
    path_ = name;
  }
  ~TemporaryFile() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const std::string& path() const { return path_; }
  void write(ArrowStream stream) {
    std::ofstream file(path_, std::ios::binary);
    const std::unique_ptr<arrow::Writer> writer =
        arrow::make_writer(arrow::Format::kIpc, std::move(stream));
    std::string part;
    for (bool more = true; more;) {
      part.clear();
      more = writer->next(part);
      file.write(part.data(), static_cast<std::streamsize>(part.size()));
    }
    file.close();
    if (!file) throw Error(ErrorCode::kExhausted, "cannot write " + path_);
  }

 private:
  std::string path_;
};

}  // namespace

RemoteLoad::RemoteLoad(std::shared_ptr<Client> client, const std::string& database_path,
                       const LoadKey& key)
    : client_(std::move(client)),
      key_(key),
      path_(database_path + "/loads/" + url_encoded(key.schema) + "/" + url_encoded(key.load_id)) {
  if (key.schema.empty() || key.load_id.empty()) {
    throw Error(ErrorCode::kInvalidArgument, "a load has a schema and a load id");
  }
  receipt();  // says what is wrong with the key
}

Call RemoteLoad::call(const std::string& method, const std::string& rest) const {
  Call call{method, path_ + rest};
  if (!key_.schema_name.empty()) call.query.emplace_back("schema_name", key_.schema_name);
  return call;
}

value RemoteLoad::add(const Call& sent) {
  try {
    return client_->call(sent);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kFailedPrecondition || !receipt()) throw;
    return nullptr;
  }
}

void RemoteLoad::send(const std::string& rest, object body) {
  Call sent = call("POST", rest);
  sent.body = std::move(body);
  add(sent);
}

StagedFile RemoteLoad::stage(const StagedFile& job, const Call& sent) {
  const value staged = add(sent);
  return staged.is_null() ? job : model::staged_file_from_json(staged);
}

std::optional<Receipt> RemoteLoad::receipt() {
  return api::load_outcome_from_json(client_->call(call("GET", ""))).receipt;
}

void RemoteLoad::declare(const std::vector<TableSpec>& specs) {
  send("/tables", {{"tables", array_of(specs)}});
}

bool RemoteLoad::publish_schema(const std::vector<RowInsert>& rows) {
  Call sent = call("POST", "/publish-schema");
  sent.body = object{{"rows", array_of(rows)}};
  const value answer = add(sent);
  return !answer.is_null() && JsonReader(answer, "").boolean("published", false);
}

void RemoteLoad::drop_tables(const std::vector<std::string>& tables) {
  send("/drops", {{"tables", model::json_texts(tables)}});
}

void RemoteLoad::truncate_tables(const std::vector<std::string>& tables) {
  send("/truncations", {{"tables", model::json_texts(tables)}});
}

void RemoteLoad::delete_rows(const std::vector<RowDelete>& deletes) {
  send("/deletions", {{"rows", array_of(deletes)}});
}

void RemoteLoad::insert_rows(const std::vector<RowInsert>& rows) {
  send("/rows", {{"rows", array_of(rows)}});
}

void RemoteLoad::run_sql(const SqlJob& job) {
  send("/sql", {{"jobs", array_of(std::vector<SqlJob>{job})}});
}

Call RemoteLoad::file_call(const std::string& method, const std::string& rest,
                           const std::string& path, const api::StageForm& form) const {
  Call sent = call(method, rest);
  for (const auto& [name, field] : api::to_json(form)) {
    sent.query.emplace_back(name, field.is_bool() ? (field.get_bool() ? "true" : "false")
                                                  : std::string(field.as_string()));
  }
  const int64_t size = state_of_file(path).size;
  sent.body_bytes = size;
  sent.open_body = [path, size] { return read_file(path, 0, size); };
  return sent;
}

StagedFile RemoteLoad::stage_file(const std::string& table, const std::string& job_id,
                                  const std::string& path, const StageOptions& options) {
  return send_file({table, job_id}, path, {false, options}, true);
}

// Batches come once, attempts may be several: they are kept in a file meanwhile.
StagedFile RemoteLoad::stage_stream(const std::string& table, const std::string& job_id,
                                    ArrowStream stream) {
  TemporaryFile file;
  file.write(std::move(stream));
  return send_file({table, job_id}, file.path(), {true, {}}, false);
}

StagedFile RemoteLoad::send_file(const StagedFile& job, const std::string& path,
                                 const api::StageForm& form, bool resumes) {
  const std::string rest = "/files/" + url_encoded(job.table) + "/" + url_encoded(job.job_id);
  // A socket takes no uploads: nothing breaks off there.
  const bool local = !client_->options().http.socket_path.empty();
  if (local || state_of_file(path).size < kLargeBytes) {
    return stage(job, file_call("PUT", rest, path, form));
  }
  if (const auto there = find_staged(job)) return *there;
  const std::string journal = resumes ? upload_journal(rest) : "";
  const std::string id = upload_file(*client_, path, client_->options().parallel, journal);
  Call sent = call("POST", rest);
  sent.body = object{{"upload_id", id}, {"options", api::to_json(form)}};
  const StagedFile staged = stage(job, sent);
  UploadJournal(journal).forget();
  return staged;
}

// As staged counts whatever is asked for of a load that is committed.
std::optional<StagedFile> RemoteLoad::find_staged(const StagedFile& job) {
  if (receipt()) return job;
  for (StagedFile& file : staged()) {
    if (file.table == job.table && file.job_id == job.job_id) return std::move(file);
  }
  return {};
}

// Where another process finds it. Empty: this machine keeps none, and large files begin anew.
std::string RemoteLoad::upload_journal(const std::string& rest) const {
  const std::filesystem::path state = state_folder();
  if (state.empty()) return "";
  const std::filesystem::path folder = state / "uploads";
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all, failed);
  if (failed) return "";
  remove_old_journals(folder);
  const std::string job = client_->options().base_url + path_ + "?" + key_.schema_name + rest;
  return folder / (model::long_hash(job) + ".upload");
}

std::vector<StagedFile> RemoteLoad::staged() {
  const value answer = client_->call(call("GET", "/files"));
  return JsonReader(answer, "").list("files", model::staged_file_from_json);
}

std::vector<Column> RemoteLoad::file_columns(const std::string& path, const StageOptions& options) {
  const value answer = client_->call(file_call("POST", "/columns", path, {false, options}));
  return JsonReader(answer, "").list("columns", model::column_from_json);
}

Receipt RemoteLoad::commit() {
  return model::receipt_from_json(client_->call(call("POST", "/commit")));
}

void RemoteLoad::abort() { client_->call(call("DELETE", "")); }

}  // namespace hotload::remote
