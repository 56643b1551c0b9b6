// SPDX-License-Identifier: Apache-2.0
#include "lake/compaction.h"

#include <algorithm>

#include "lake/nan_files.h"
#include "lake/transaction.h"
#include "model/identifier.h"

namespace hotload::lake {

namespace {

// Fewer files than that saved are not worth a snapshot.
constexpr int64_t kFilesWorthIt = 8;
constexpr const char* kWornShare = "0.3";

// Live files with what is deleted from them, and the group in which neighbours can be joined:
// the engine joins only files of one partition and one version of the table's schema.
std::string files_sql(const Lake& lake) {
  return "SELECT f.table_id, f.file_size_bytes AS bytes, coalesce(d.deleted, 0) AS deleted, "
         "f.file_size_bytes < " +
         std::to_string(kSmallFileBytes) + " AS small, coalesce(d.deleted, 0) > f.record_count * " +
         kWornShare +
         " AS worn, (SELECT string_agg(coalesce(partition_value, chr(0)), chr(1) "
         "ORDER BY partition_key_index) FROM " +
         lake.metadata("ducklake_file_partition_value") +
         " v WHERE v.data_file_id = f.data_file_id) AS part, (SELECT count(*) FROM " +
         lake.metadata("ducklake_schema_versions") +
         " v WHERE v.table_id = f.table_id AND v.begin_snapshot <= f.begin_snapshot) AS version "
         "FROM " +
         lake.metadata("ducklake_data_file") +
         " f LEFT JOIN (SELECT data_file_id, sum(delete_count) AS deleted FROM " +
         lake.metadata("ducklake_delete_file") +
         " WHERE end_snapshot IS NULL GROUP BY data_file_id) d USING (data_file_id) "
         "WHERE f.end_snapshot IS NULL";
}

std::string gains_sql(const Lake& lake) {
  return "WITH files AS (" + files_sql(lake) +
         "), groups AS (SELECT table_id, greatest(count(*) FILTER (small AND deleted = 0) - 1, 0) "
         "AS saved, coalesce(sum(bytes) FILTER (small AND deleted = 0), 0) AS join_bytes, "
         "count(*) FILTER (deleted > 0 AND small) AS touched_small, "
         "count(*) FILTER (deleted > 0 AND NOT small AND NOT worn) AS touched_large, "
         "count(*) FILTER (NOT small AND worn) AS worn_large, "
         "count(*) FILTER (worn) AS worn, "
         "coalesce(sum(bytes) FILTER (deleted > 0), 0) AS touched_bytes, "
         "coalesce(sum(bytes) FILTER (worn), 0) AS worn_bytes "
         "FROM files GROUP BY table_id, part, version) "
         "SELECT s.schema_name, t.table_name, sum(saved), sum(join_bytes), sum(touched_small), "
         "sum(touched_large), sum(worn_large), sum(worn), sum(touched_bytes), sum(worn_bytes) "
         "FROM groups JOIN " +
         lake.metadata("ducklake_table") + " t USING (table_id) JOIN " +
         lake.metadata("ducklake_schema") +
         " s USING (schema_id) WHERE t.end_snapshot IS NULL AND s.end_snapshot IS NULL "
         "GROUP BY ALL HAVING sum(saved) > 0 OR sum(touched_small) > 0 OR sum(worn) > 0";
}

int64_t bytes_of(const CompactionGain& gain) { return gain.join_bytes + gain.rewrite_bytes; }

int64_t files_saved(const CompactionGain& gain) {
  return gain.joins_saved + std::max<int64_t>(gain.rewrites - 1, 0);
}

// Calls a function of the engine that answers (schema, table, files before, files after).
int64_t files_gone(engine::Connection& connection, const Lake& lake, const CompactionGain& gain,
                   const std::string& function, const std::string& option) {
  int64_t gone = 0;
  for (const engine::Row& row :
       connection.rows("CALL " + function + "(" + model::quote_literal(lake.alias()) + ", " +
                       model::quote_literal(gain.table) + ", schema => " +
                       model::quote_literal(gain.schema) + ", " + option + ")")) {
    gone += std::stoll(row[2].value_or("0"));
  }
  return gone;
}

}  // namespace

std::vector<CompactionGain> compaction_gains(engine::Connection& connection, const Lake& lake) {
  std::vector<CompactionGain> gains;
  for (const engine::Row& row : connection.rows(gains_sql(lake))) {
    const auto number = [&](size_t i) { return std::stoll(row[i].value_or("0")); };
    CompactionGain gain;
    gain.schema = row[0].value_or("");
    gain.table = row[1].value_or("");
    gain.joins_saved = number(2);
    gain.join_bytes = number(3);
    gain.rewrite_worn_only = number(5) > 0;
    gain.worn = number(6);
    gain.rewrites = gain.rewrite_worn_only ? number(7) : number(4) + number(6);
    gain.rewrite_bytes = gain.rewrite_worn_only ? number(9) : number(8);
    gains.push_back(std::move(gain));
  }
  return gains;
}

bool pays(const CompactionGain& gain) {
  return files_saved(gain) >= kFilesWorthIt || gain.worn > 0;
}

std::vector<CompactionGain> choose_compactions(std::vector<CompactionGain> gains,
                                               int64_t budget_bytes) {
  std::erase_if(gains, [](const CompactionGain& gain) { return !pays(gain); });
  std::stable_sort(gains.begin(), gains.end(),
                   [](const CompactionGain& a, const CompactionGain& b) {
                     return files_saved(a) > files_saved(b);
                   });
  int64_t left = budget_bytes;
  std::erase_if(gains, [&](const CompactionGain& gain) {
    if (bytes_of(gain) > left) return true;
    left -= bytes_of(gain);
    return false;
  });
  return gains;
}

CompactionResult compact(Lake& lake, const std::vector<CompactionGain>& tables, int64_t wait_ms) {
  CompactionResult result;
  Transaction transaction(lake, "maintenance", nullptr, Transaction::Begin::kHere, wait_ms);
  engine::Connection& connection = transaction.connection();
  bool one_group = false;
  for (const CompactionGain& gain : tables) {
    int64_t gone = 0;
    if (table_holds_nan(connection, lake, gain.schema, gain.table) != one_group) {
      one_group = !one_group;
      write_one_row_group(connection, lake, one_group);
    }
    if (gain.rewrites > 0) {
      gone += files_gone(
          connection, lake, gain, "ducklake_rewrite_data_files",
          std::string("delete_threshold => ") + (gain.rewrite_worn_only ? kWornShare : "0"));
    }
    if (gain.joins_saved > 0) {
      gone += files_gone(connection, lake, gain, "ducklake_merge_adjacent_files",
                         "max_file_size => " + std::to_string(kSmallFileBytes));
    }
    result.files_merged += gone;
    result.tables += gone > 0 ? 1 : 0;
  }
  if (one_group) write_one_row_group(connection, lake, false);
  transaction.describe("maintenance", "");
  transaction.commit();
  lake.note_rewrite();
  return result;
}

}  // namespace hotload::lake
