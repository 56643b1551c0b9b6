// SPDX-License-Identifier: Apache-2.0
#include "lake/retention.h"

#include <algorithm>
#include <cctype>

#include "lake/root.h"
#include "lake/staging.h"
#include "lake/transaction.h"
#include "model/identifier.h"

namespace hotload::lake {

namespace {

constexpr std::string_view kNoSnapshot = "No snapshot found at ";

std::string older_than(int64_t seconds) {
  return "older_than => now() - INTERVAL '" + std::to_string(seconds) + " seconds'";
}

std::string call(const Lake& lake, const std::string& function, int64_t age_seconds, bool dry_run) {
  return "CALL " + function + "(" + model::quote_literal(lake.alias()) + ", " +
         older_than(age_seconds) + ", dry_run => " + (dry_run ? "true" : "false") + ")";
}

}  // namespace

int64_t expire_snapshots(Lake& lake, int64_t older_than_seconds, bool dry_run, int64_t wait_ms) {
  const std::string sql = call(lake, "ducklake_expire_snapshots", older_than_seconds, dry_run);
  if (dry_run) return static_cast<int64_t>(lake.connect()->rows(sql).size());
  Transaction transaction(lake, "maintenance", nullptr, Transaction::Begin::kHere, wait_ms);
  const auto expired = static_cast<int64_t>(transaction.connection().rows(sql).size());
  transaction.commit();
  lake.note_rewrite();
  return expired;
}

Removal remove_discarded(Lake& lake, int64_t grace_seconds, bool dry_run, int64_t wait_ms) {
  Removal removal;
  const auto list = [&](engine::Connection& connection) {
    for (const engine::Row& row :
         connection.rows(call(lake, "ducklake_cleanup_old_files", grace_seconds, true))) {
      std::error_code error;
      const auto bytes = fs::file_size(row[0].value_or(""), error);
      removal.files += 1;
      removal.bytes += error ? 0 : static_cast<int64_t>(bytes);
    }
  };
  if (dry_run) {
    list(*lake.connect());
    return removal;
  }
  Transaction transaction(lake, "maintenance", nullptr, Transaction::Begin::kHere, wait_ms);
  const bool alone = lake.readers().run_alone([&] {
    list(transaction.connection());
    if (removal.files == 0) return;
    transaction.connection().rows(call(lake, "ducklake_cleanup_old_files", grace_seconds, false));
    transaction.commit();
  });
  return alone ? removal : Removal{};
}

int64_t expire_loads(Lake& lake, int64_t lifetime_seconds, bool dry_run) {
  const std::string cutoff = utc_before(lifetime_seconds);
  int64_t expired = 0;
  for (const PendingLoad& load : Staging::list(lake.staging_folder())) {
    if (load.touched_at >= cutoff) continue;
    if (!dry_run) {
      const std::shared_ptr<Staging> staging = lake.staging(load.key);
      std::unique_lock lock(staging->commit_mutex(), std::try_to_lock);
      if (!lock) continue;  // being committed after all
      staging->clear();
    }
    ++expired;
  }
  return expired;
}

Error explain_missing_snapshot(Lake& lake, const Error& error) {
  const std::string_view text = error.what();
  const size_t at = text.find(kNoSnapshot);
  if (at == std::string_view::npos) return error;
  const std::string what(text.substr(at + kNoSnapshot.size()));
  const std::string oldest = std::to_string(lake.connect()->integer(
      "SELECT min(snapshot_id) FROM " + lake.metadata("ducklake_snapshot")));
  const size_t digits = what.find_first_of("0123456789");
  const bool is_version = what.starts_with("version");
  if (is_version && digits != std::string::npos &&
      std::stoll(what.substr(digits, 18)) > std::stoll(oldest)) {
    return {ErrorCode::kNotFound,
            "database '" + lake.name() + "' has no snapshot " + what.substr(digits)};
  }
  return {ErrorCode::kExpired, "database '" + lake.name() + "' has no snapshot at " + what +
                                   " any more: the oldest that is kept is " + oldest};
}

}  // namespace hotload::lake
