// SPDX-License-Identifier: Apache-2.0
#include "plain/commit.h"

#include <algorithm>
#include <filesystem>

#include "hotload/error.h"
#include "lake/failpoint.h"
#include "lake/files.h"
#include "model/identifier.h"
#include "model/short_hash.h"
#include "plain/query.h"
#include "remote/parallel.h"
#include "remote/upload.h"

namespace hotload::plain {

using lake::failpoint;

namespace fs = std::filesystem;

namespace {

// Smaller files go in one piece, and are written anew after a crash.
constexpr uintmax_t kSyncFromBytes = 1 << 20;

std::set<std::string> loaded_tables(Target& target, const std::string& schema) {
  std::set<std::string> loaded;
  for (const TableEntry& entry : target.tables.list(schema)) {
    if (entry.loaded && model::same_name(entry.schema, schema)) {
      loaded.insert(model::fold_case(entry.table));
    }
  }
  return loaded;
}

Error outcome_unknown(const LoadKey& key, const Push& push) {
  return {ErrorCode::kFailedPrecondition,
          "outcome unknown: table " + key.schema + "." + push.table +
              " may or may not have got the " + "rows of load " + key.load_id +
              ": the server no longer knows upload " + push.upload_id +
              ". Look whether the rows are there, then load what is missing under another load id"};
}

Error loaded_already(const LoadKey& key, const Push& push) {
  return {ErrorCode::kFailedPrecondition,
          "outcome unknown: table " + key.schema + "." + push.table + " has rows of load " +
              key.load_id +
              " already, and what this machine remembers of its loads (HOTLOAD_STATE_DIR) knows "
              "nothing of it. Look which of its tables have their rows, then load what is missing "
              "under another load id"};
}

}  // namespace

Receipt Commit::run() {
  std::lock_guard lock(package_.commit_mutex());
  const CommitLock alone = package_.home().lock();
  if (auto done = package_.receipt()) return *done;
  const std::shared_ptr<Scratch> scratch = package_.scratch();
  // Until the plan has run nothing has left this machine, and all may be planned anew.
  if (!package_.is_sealed()) {
    plan();
    failpoint("plain.planned");
    scratch->load().commit();
    failpoint("plain.computed");
  }
  check_is_new();
  push_all();
  const Receipt done = receipt();
  package_.finish(done);
  return done;
}

void Commit::plan() {
  const std::shared_ptr<Scratch> scratch = package_.scratch();
  std::vector<Push> pushes =
      plan_pushes(package_.intent(), loaded_tables(target_, package_.key().schema));
  std::vector<std::string> whole;
  std::vector<std::string> columns;
  for (const Push& push : pushes) {
    if (push.exists) (push.pull ? whole : columns).push_back(push.table);
  }
  bring_columns(target_, package_, columns);
  for (Push& push : pushes) {
    if (!loses_values(push)) continue;
    push.mode = PushMode::kReplace;
    push.pull = true;
    whole.push_back(push.table);
  }
  bring_rows(target_, package_, whole);
  remote::run_parallel(pushes.size(), target_.parallel, [&](size_t i) {
    Push& push = pushes[i];
    push.columns_before =
        static_cast<int64_t>(scratch->columns(push.table).value_or(std::vector<Column>()).size());
    const bool counted = push.exists && !push.pull &&
                         (push.mode == PushMode::kUpsert || push.mode == PushMode::kReplace ||
                          push.mode == PushMode::kDelete);
    if (!counted) return;
    push.rows_before = query_integer(
        target_.client, target_.database,
        "SELECT count(*) FROM " + qualified(target_.database, package_.key().schema, push.table));
  });
  package_.plan(pushes);
}

// The server's upsert empties what a load does not declare.
bool Commit::loses_values(const Push& push) const {
  if (push.mode != PushMode::kUpsert || !push.exists) return false;
  const Intent intent = package_.intent();
  const TableSpec* spec = find_spec(intent, push.table);
  if (spec == nullptr || !spec->keep_undeclared) return false;
  const auto live = package_.scratch()->columns(push.table).value_or(std::vector<Column>());
  return std::any_of(live.begin(), live.end(), [&](const Column& column) {
    return model::find_column(spec->columns, column.name) == nullptr;
  });
}

void Commit::push_all() {
  const std::vector<Push> pushes = package_.pushes();
  for (size_t begin = 0; begin < pushes.size();) {
    size_t end = begin;
    while (end < pushes.size() && pushes[end].phase == pushes[begin].phase) ++end;
    remote::run_parallel(end - begin, target_.parallel, [&](size_t i) { push(pushes[begin + i]); });
    begin = end;
  }
}

void Commit::check_is_new() const {
  if (package_.key().schema_name.empty()) return;  // not of dlt: nothing marks its rows
  const std::vector<Push> pushes = package_.pushes();
  const bool begun = std::any_of(pushes.begin(), pushes.end(), [](const Push& push) {
    return push.done || !push.upload_id.empty();
  });
  if (begun) return;
  remote::run_parallel(pushes.size(), target_.parallel, [&](size_t i) { check_is_new(pushes[i]); });
}

// By a row's key, which no other load has, or the load's id. A table comes as a whole: one of its
// rows tells.
void Commit::check_is_new(const Push& push) const {
  if (push.mode != PushMode::kAppend || !push.exists) return;
  const LoadKey& key = package_.key();
  const std::shared_ptr<Scratch> scratch = package_.scratch();
  std::vector<Column> columns = scratch->columns(push.table).value_or(std::vector<Column>());
  columns.resize(std::min(columns.size(), static_cast<size_t>(push.columns_before)));
  for (const char* mark : {"_dlt_id", "_dlt_load_id"}) {
    if (model::find_column(columns, mark) == nullptr) continue;
    const auto value = scratch->any_value(push.table, mark);
    if (!value) continue;
    const int64_t there = query_integer(
        target_.client, target_.database,
        "SELECT count(*) FROM " + qualified(target_.database, key.schema, push.table) + " WHERE " +
            model::quote_identifier(mark) + " = " + model::quote_literal(*value));
    if (there > 0) throw loaded_already(key, push);
    return;
  }
}

// Nothing comes, and nothing is new.
bool Commit::changes_nothing(const Push& push) const {
  const bool counts = push.mode == PushMode::kAppend || push.mode == PushMode::kUpsert;
  if (!counts && push.mode != PushMode::kDelete) return false;
  const std::shared_ptr<Scratch> scratch = package_.scratch();
  const auto columns = scratch->columns(push.table);
  if (!columns) return true;
  if (!counts) return model::find_column(*columns, push.key[0]) == nullptr;
  return push.exists && scratch->count(push.table) == 0 &&
         static_cast<int64_t>(columns->size()) == push.columns_before;
}

void Commit::push(Push push) {
  if (push.done) return;
  const LoadKey& key = package_.key();
  if (push.mode == PushMode::kDrop) {
    target_.tables.remove(key.schema, push.table);
  } else if (!changes_nothing(push)) {
    const bool resumed = !push.upload_id.empty();
    if (!resumed) {
      declare(push);
      upload(push);
    }
    failpoint("plain.uploaded");
    push.rows_after = load(push, resumed);
    failpoint("plain.loaded");
  }
  push.done = true;
  package_.record(push);
  failpoint("plain.recorded");
}

void Commit::declare(const Push& push) {
  if (push.exists) return;
  api::TableDecl table;
  table.name = push.table;
  table.key = push.key;
  const Intent intent = package_.intent();
  if (const auto spec = intent.specs.find(push.table); spec != intent.specs.end()) {
    table.partition_by = spec->second.partition;
    table.sorted_by = spec->second.sort;
  }
  target_.tables.declare(package_.key().schema, table);
}

void Commit::upload(Push& push) {
  const std::string file =
      (package_.folder() / ("push-" + model::short_hash(push.table) + ".parquet")).string();
  const std::string journal = file + ".upload";
  // One that was under way when a process ended goes on: parts are those of the very same file.
  if (!remote::has_begun(file, journal)) write(push, file);
  push.upload_id = remote::upload_file(*target_.client, file, target_.parallel, journal);
  package_.record(push);
  lake::remove_quietly(journal);
  lake::remove_quietly(file);
}

void Commit::write(const Push& push, const std::string& file) const {
  const std::shared_ptr<Scratch> scratch = package_.scratch();
  if (push.mode == PushMode::kDelete) {
    const std::vector<Column> columns = *scratch->columns(push.table);
    scratch->write_values(*model::find_column(columns, push.key[0]), push.values, file);
  } else {
    scratch->write(push.table, file);
  }
  if (fs::file_size(file) >= kSyncFromBytes) lake::sync_file(file);
}

int64_t Commit::load(Push& push, bool resumed) {
  const auto call = [&] {
    return target_.tables.load(
        {package_.key().schema, push.table, to_string(push.mode), push.key, push.upload_id});
  };
  try {
    return call();
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kNotFound || !resumed) throw;
    if (push.mode == PushMode::kAppend) throw outcome_unknown(package_.key(), push);
  }
  // What replaces rows may do so twice.
  upload(push);
  return call();
}

Receipt Commit::receipt() const {
  Receipt receipt = *package_.scratch()->load().receipt();
  receipt.snapshot = 0;
  receipt.committed_at = lake::now_utc();
  const std::vector<Push> pushes = package_.pushes();
  for (TableReceipt& table : receipt.tables) {
    const auto push = std::find_if(pushes.begin(), pushes.end(), [&](const Push& one) {
      return model::same_name(one.table, table.table);
    });
    if (push == pushes.end()) continue;
    // The scratch lake has seen the new rows alone.
    if (table.truncated && !push->pull) table.deleted = push->rows_before;
    if (push->mode == PushMode::kDelete && !push->upload_id.empty()) {
      table.deleted = std::max<int64_t>(0, push->rows_before - push->rows_after);
    }
    if (push->mode != PushMode::kUpsert) continue;
    const int64_t came = table.inserted;
    table.inserted = std::clamp<int64_t>(push->rows_after - push->rows_before, 0, came);
    table.updated = came - table.inserted;
  }
  return receipt;
}

}  // namespace hotload::plain
