// SPDX-License-Identifier: Apache-2.0
#include "lake/maintain.h"

#include <algorithm>

#include "lake/compaction.h"
#include "lake/failpoint.h"
#include "lake/orphans.h"
#include "lake/retention.h"
#include "lake/root.h"
#include "lake/transaction.h"

namespace hotload::lake {

namespace {

// What one snapshot of compaction may read: the door is shut for everybody meanwhile.
constexpr int64_t kBatchBytes = int64_t{1} << 30;
// The same after a commit, whose caller waits for it: a fraction of a second.
constexpr int64_t kAutomaticBytes = int64_t{64} << 20;
// An automatic look every so many snapshots, at orphans every so many of those.
constexpr int64_t kSnapshotsBetween = 16;
constexpr int64_t kSnapshotsBetweenSweeps = 256;

// Jobs are staged outside of the door: a folder without a load may be one in the making.
constexpr int64_t kStagingGraceSeconds = 60;

void compact_all(Lake& lake, bool dry_run, int64_t wait_ms, MaintenanceReport& report) {
  std::vector<CompactionGain> gains = compaction_gains(*lake.connect(), lake);
  std::erase_if(gains, [](const CompactionGain& gain) { return !pays(gain); });
  while (!gains.empty()) {
    std::vector<CompactionGain> batch = choose_compactions(gains, kBatchBytes);
    if (batch.empty()) batch.push_back(gains.front());  // larger than any batch: alone
    for (const CompactionGain& gain : batch) {
      std::erase_if(gains, [&](const CompactionGain& other) {
        return other.schema == gain.schema && other.table == gain.table;
      });
    }
    if (dry_run) {
      report.tables_compacted += static_cast<int64_t>(batch.size());
      for (const CompactionGain& gain : batch)
        report.files_merged += gain.joins_saved + gain.rewrites;
      continue;
    }
    const CompactionResult result = compact(lake, batch, wait_ms);
    report.tables_compacted += result.tables;
    report.files_merged += result.files_merged;
  }
}

void sweep_orphans(Lake& lake, int64_t grace_seconds, bool dry_run, int64_t wait_ms,
                   MaintenanceReport& report) {
  const std::shared_ptr<engine::Connection> connection = lake.connect();
  const auto sweep = [&] {
    std::vector<Orphan> orphans = orphaned_files(*connection, lake, grace_seconds);
    const std::vector<Orphan> staging =
        orphaned_staging(lake, std::max(grace_seconds, kStagingGraceSeconds));
    orphans.insert(orphans.end(), staging.begin(), staging.end());
    for (const Orphan& orphan : orphans) {
      if (!dry_run) remove_quietly(orphan.path);
      report.orphans_removed += 1;
      report.bytes_freed += orphan.size_bytes;
      failpoint("maintain.removed");
    }
    if (!dry_run) remove_empty_folders(lake.data_folder(), grace_seconds);
  };
  if (dry_run) return sweep();
  // In the door: a commit under way has files that no snapshot names yet. Alone: a reader may
  // stand on files that the engine has let go of.
  DoorPass pass(lake.door(), "maintenance", wait_ms);
  lake.check_stamp();
  lake.readers().run_alone(sweep);
}

void maintain(Lake& lake, const MaintenanceOptions& options, int64_t wait_ms,
              MaintenanceReport& report) {
  if (options.retention_seconds) {
    report.snapshots_expired =
        expire_snapshots(lake, *options.retention_seconds, options.dry_run, wait_ms);
  }
  if (options.compact) compact_all(lake, options.dry_run, wait_ms, report);
  if (!options.sweep) return;
  report.bytes_freed +=
      remove_discarded(lake, options.grace_seconds, options.dry_run, wait_ms).bytes;
  report.loads_expired = expire_loads(lake, kLoadLifetimeSeconds, options.dry_run);
  sweep_orphans(lake, options.grace_seconds, options.dry_run, wait_ms, report);
}

void maintain_a_little(Lake& lake, int64_t snapshot) {
  const WorkspaceOptions& options = lake.root().options();
  if (options.retention_seconds) expire_snapshots(lake, *options.retention_seconds, false, 0);
  const std::vector<CompactionGain> chosen =
      choose_compactions(compaction_gains(*lake.connect(), lake), kAutomaticBytes);
  if (!chosen.empty()) compact(lake, chosen, 0);
  const int64_t grace = MaintenanceOptions{}.grace_seconds;
  if (remove_discarded(lake, grace, true, 0).files > 0) remove_discarded(lake, grace, false, 0);
  if (snapshot % kSnapshotsBetweenSweeps > 1) return;
  MaintenanceReport ignored;
  expire_loads(lake, kLoadLifetimeSeconds, false);
  sweep_orphans(lake, grace, false, 0, ignored);
}

}  // namespace

MaintenanceReport maintain_lake(Lake& lake, const MaintenanceOptions& options) {
  if (options.grace_seconds < 0 || options.retention_seconds.value_or(0) < 0) {
    throw Error(ErrorCode::kInvalidArgument, "grace and retention are seconds, 0 or more");
  }
  MaintenanceReport report;
  maintain(lake, options, lake.root().options().lock_timeout_ms, report);
  return report;
}

void maintain_after_commit(Lake& lake, int64_t snapshot) noexcept {
  // A load makes one snapshot or, with its schema published first, two.
  if (!lake.root().options().auto_maintenance || snapshot % kSnapshotsBetween > 1) return;
  try {
    maintain_a_little(lake, snapshot);
  } catch (const std::exception&) {
    // The load is committed, and that is what counts; the next look may find it better.
  }
}

}  // namespace hotload::lake
