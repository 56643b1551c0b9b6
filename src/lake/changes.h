// SPDX-License-Identifier: Apache-2.0
// What changed between two snapshots, read from the engine's account of the files that came and
// went. It tells rows that maintenance moved as changed, and cannot pair the old and the new row of
// a load: both is done here.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/connection.h"
#include "hotload/changes.h"
#include "lake/lake.h"

namespace hotload::lake {

// `since` is exclusive; kNothing is before there was anything.
inline constexpr int64_t kNothing = -1;
struct SnapshotSpan {
  int64_t since = kNothing;
  int64_t until = 0;
};
// Throws kInvalidArgument when the span ends before it begins, and what resolve_snapshot() does.
SnapshotSpan resolve_span(Lake& lake, const Span& span);

// A table as one snapshot has it. One that is dropped and made again gets another id.
struct TableAt {
  int64_t id = 0;
  std::string schema;
  std::string name;

  std::string text() const { return schema + "." + name; }
};
// Tables of hotload's own are left out.
std::vector<TableAt> tables_at(engine::Connection& connection, const Lake& lake, int64_t snapshot);
// Throws kNotFound.
TableAt table_at(engine::Connection& connection, const Lake& lake, int64_t snapshot,
                 const std::string& schema, const std::string& table);
std::vector<Column> columns_at(engine::Connection& connection, const Lake& lake,
                               const TableAt& table, int64_t snapshot);
// A column as the catalog has it, or a field in one: it may have been dropped and made again under
// its name, and hold for rows from before it what it was added with.
struct CatalogColumn {
  int64_t id = 0;
  std::optional<int64_t> parent;  // of a field
  std::string name;
  std::string type;
  bool nullable = true;
  std::optional<std::string> initial;

  bool operator==(const CatalogColumn&) const = default;
};
std::vector<CatalogColumn> catalog_columns(engine::Connection& connection, const Lake& lake,
                                           const TableAt& table, int64_t snapshot);
// The columns of which each row has values of its own, at that snapshot; empty: there are none.
std::vector<std::string> key_at(engine::Connection& connection, const Lake& lake,
                                const TableAt& table, int64_t snapshot);

std::vector<TableEvent> table_events(engine::Connection& connection, const Lake& lake,
                                     const SnapshotSpan& span);

// A snapshot that changed rows of a table. Maintenance is none.
struct RowSnapshot {
  int64_t snapshot = 0;
  bool inserts = false;
  bool deletes = false;
};
std::vector<RowSnapshot> row_snapshots(engine::Connection& connection, const Lake& lake,
                                       const TableAt& table, const SnapshotSpan& span);

// "load x", or "snapshot 7" where a statement made it.
std::string maker_of(Lake& lake, int64_t snapshot);

// Queries, in the shapes that Database::changes and Database::diff_rows promise, not ordered.
// `table` is as of the span's end.
struct ChangeQuery {
  std::string sql;
  std::string order;            // " ORDER BY ..."
  std::vector<Column> columns;  // of the table, at the span's end
  std::vector<std::string> key;
};
ChangeQuery feed_query(engine::Connection& connection, const Lake& lake, const TableAt& table,
                       const SnapshotSpan& span);
ChangeQuery net_query(engine::Connection& connection, const Lake& lake, const TableAt& table,
                      const SnapshotSpan& span);
// What each of the snapshots wrote and removed ("_change": insert or delete, "_snapshot", columns),
// also a row that one removed and wrote again as it was.
ChangeQuery written_query(engine::Connection& connection, const Lake& lake, const TableAt& table,
                          const std::vector<RowSnapshot>& snapshots, int64_t until);

DatabaseDiff diff_tables(engine::Connection& connection, const Lake& lake,
                         const SnapshotSpan& span);
// Of one table, which may be there at one end of the span alone.
std::string diff_rows_sql(engine::Connection& connection, const Lake& lake,
                          const std::string& schema, const std::string& table,
                          const SnapshotSpan& span);

// "a", "b", ... with a prefix before each.
std::string name_list(const std::vector<Column>& columns, const std::string& prefix = "");
// l."a" IS NOT DISTINCT FROM r."a" AND ..., of aliases.
std::string same_values(const std::vector<std::string>& names, const std::string& left,
                        const std::string& right);

}  // namespace hotload::lake
