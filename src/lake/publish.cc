// SPDX-License-Identifier: Apache-2.0
#include "lake/publish.h"

#include <algorithm>
#include <map>
#include <set>

#include "lake/changes.h"
#include "lake/failpoint.h"
#include "lake/lake.h"
#include "lake/layout.h"
#include "lake/nan_files.h"
#include "lake/net_change.h"
#include "lake/table_sql.h"
#include "lake/tables.h"
#include "lake/transaction.h"
#include "lake/unique_keys.h"
#include "model/identifier.h"

namespace hotload::lake {

namespace {

// Snapshots that only moved rows into other files.
constexpr const char* kMaintenance = "'((merge_adjacent|rewrite_delete):[0-9]+,?)*'";

// The snapshot that last changed something, be it rows or tables.
int64_t last_change(engine::Connection& connection, const Lake& lake) {
  return connection.integer(
      "SELECT max(snapshot_id) FROM " + lake.metadata("ducklake_snapshot_changes") +
      " WHERE NOT regexp_full_match(coalesce(changes_made, ''), " + kMaintenance + ")");
}

std::string snapshot_time(engine::Connection& connection, const Lake& lake, int64_t snapshot) {
  return connection
      .text("SELECT epoch_us(snapshot_time) FROM " + lake.metadata("ducklake_snapshot") +
            " WHERE snapshot_id = " + std::to_string(snapshot))
      .value_or("");
}

class Publish {
 public:
  Publish(Lake& fork, Lake& parent, const Origin& origin, Transaction& transaction)
      : fork_(fork),
        parent_(parent),
        origin_(origin),
        transaction_(transaction),
        connection_(transaction.connection()),
        span_{origin.snapshot, last_change(connection_, fork)} {}

  std::vector<Receipt> run();

 private:
  struct Written {
    std::vector<TableReceipt> tables;
    std::vector<Promise> promises;
  };

  std::string load_id() const;
  std::vector<Receipt> earlier_receipts() const;
  void refuse_moved_parent();
  void make_schemas();
  void drop_schemas();
  void write(const TableDiff& diff);
  void copy_table(const TableAt& table, TableReceipt& receipt);
  // Whether the parent's table can be given the fork's columns; adds them then.
  bool add_columns(const TableAt& table);

  Lake& fork_;
  Lake& parent_;
  const Origin origin_;
  Transaction& transaction_;
  engine::Connection& connection_;
  const SnapshotSpan span_;
  std::map<std::string, Written> schemas_;
};

// Names the fork's state: whoever publishes it again means the same commit.
std::string Publish::load_id() const {
  return "publish:" + fork_.name() + "@" + std::to_string(span_.since) + ".." +
         std::to_string(span_.until);
}

std::vector<Receipt> Publish::earlier_receipts() const {
  std::vector<Receipt> receipts = parent_.receipts();
  std::erase_if(receipts, [&](const Receipt& receipt) { return receipt.key.load_id != load_id(); });
  return receipts;
}

void Publish::refuse_moved_parent() {
  if (snapshot_time(connection_, fork_, origin_.snapshot) !=
      snapshot_time(connection_, parent_, origin_.snapshot)) {
    throw Error(ErrorCode::kFailedPrecondition,
                "database '" + parent_.name() + "' is not the one that '" + fork_.name() +
                    "' was forked from, or has expired that snapshot; nothing was changed");
  }
  const int64_t moved = last_change(connection_, parent_);
  if (moved <= origin_.snapshot) return;
  throw Error(ErrorCode::kFailedPrecondition,
              "database '" + parent_.name() + "' has moved on since '" + fork_.name() +
                  "' was forked from it at snapshot " + std::to_string(origin_.snapshot) +
                  ", the last time by " + maker_of(parent_, moved) +
                  "; nothing was changed. Fork it again and repeat the loads there");
}

void Publish::make_schemas() {
  transaction_.pin_schema();
  for (const std::string& schema : list_schemas(connection_, fork_)) {
    connection_.run("CREATE SCHEMA IF NOT EXISTS " + model::quote_identifier(parent_.alias()) +
                    "." + model::quote_identifier(schema));
  }
}

void Publish::drop_schemas() {
  const std::vector<std::string> kept = list_schemas(connection_, fork_);
  for (const std::string& schema : list_schemas(connection_, parent_)) {
    const bool is_kept = std::any_of(kept.begin(), kept.end(), [&](const std::string& one) {
      return model::same_name(one, schema);
    });
    if (is_kept) continue;
    transaction_.pin_schema();
    connection_.run("DROP SCHEMA " + model::quote_identifier(parent_.alias()) + "." +
                    model::quote_identifier(schema) + " CASCADE");
  }
}

void Publish::copy_table(const TableAt& table, TableReceipt& receipt) {
  transaction_.pin_schema();
  const auto live = live_tables(connection_, fork_, table.schema, {table.name});
  const std::string target = parent_.table(table.schema, table.name);
  for (const std::string& sql :
       create_table_sql(connection_, fork_, table, live.begin()->second, target)) {
    connection_.run(sql);
  }
  receipt.created = true;
  receipt.inserted +=
      insert_rows(connection_, parent_, target, fork_.table(table.schema, table.name),
                  columns_at(connection_, fork_, table, span_.until));
}

bool Publish::add_columns(const TableAt& table) {
  const auto before = catalog_columns(connection_, fork_, table, span_.since);
  std::vector<CatalogColumn> added = catalog_columns(connection_, fork_, table, span_.until);
  for (const CatalogColumn& column : before) {
    if (std::erase(added, column) == 0) return false;
  }
  std::set<std::string> names;
  for (const CatalogColumn& column : added) {
    const bool in_old = std::any_of(before.begin(), before.end(), [&](const CatalogColumn& one) {
      return column.parent == one.id;
    });
    // NULL in the rows from before is what the parent's new column can hold.
    if (in_old || column.initial || (!column.parent && !column.nullable)) return false;
    if (!column.parent) names.insert(column.name);
  }
  transaction_.pin_schema();
  for (const Column& column : columns_at(connection_, fork_, table, span_.until)) {
    if (!names.contains(column.name)) continue;
    connection_.run("ALTER TABLE " + parent_.table(table.schema, table.name) + " ADD COLUMN " +
                    model::quote_identifier(column.name) + " " + column.type);
  }
  return true;
}

void Publish::write(const TableDiff& diff) {
  Written& written = schemas_[diff.schema];
  TableReceipt receipt{.table = diff.table};
  bool whole = diff.kind != "changed";
  if (!whole) {
    const TableAt table = table_at(connection_, fork_, span_.until, diff.schema, diff.table);
    if (diff.altered && !add_columns(table)) {
      // Columns that went, widened or hold a default: the engine cannot do that and take rows in
      // one commit.
      whole = true;
    } else if (diff.inserted + diff.updated + diff.deleted > 0) {
      NetChange change(connection_, net_query(connection_, fork_, table, span_),
                       NetChange::Direction::kForwards);
      receipt = change.apply(parent_, table);
    }
  }
  if (whole && diff.kind != "created") {
    const std::string target = parent_.table(diff.schema, diff.table);
    receipt.deleted = connection_.integer("SELECT count(*) FROM " + target);
    connection_.run("DROP TABLE " + target);
    receipt.dropped = true;
  }
  if (diff.kind != "dropped") {
    const TableAt table = table_at(connection_, fork_, span_.until, diff.schema, diff.table);
    if (whole) copy_table(table, receipt);
    written.promises.push_back(
        {diff.table, key_at(connection_, fork_, table, span_.until), true, true});
  } else {
    written.promises.push_back({diff.table, {}, true, false});
  }
  written.tables.push_back(std::move(receipt));
  failpoint("publish.table");
}

std::vector<Receipt> Publish::run() {
  if (auto done = earlier_receipts(); !done.empty()) return done;
  if (span_.until <= span_.since) return {};
  refuse_moved_parent();
  make_schemas();
  for (const TableDiff& diff : diff_tables(connection_, fork_, span_).tables) write(diff);
  drop_schemas();
  std::vector<Receipt> receipts;
  for (auto& [schema, written] : schemas_) {
    receipts.push_back({{schema, "", load_id()},
                        transaction_.next_snapshot(),
                        now_utc(),
                        std::move(written.tables)});
    transaction_.record(receipts.back(), promises_to_text(written.promises));
  }
  if (receipts.empty()) return {};
  failpoint("publish.recorded");
  transaction_.commit();
  for (const Receipt& receipt : receipts) parent_.remember(receipt);
  return receipts;
}

}  // namespace

std::vector<Receipt> publish_lake(Root& root, const std::string& fork) {
  const std::shared_ptr<Lake> branch = root.open_lake(fork);
  const std::optional<Origin> origin = read_origin(branch->folder());
  if (!origin) {
    throw Error(ErrorCode::kInvalidArgument,
                "database '" + fork + "' was not made as a fork: there is nowhere to publish it");
  }
  const std::shared_ptr<Lake> parent = root.open_lake(origin->database);
  branch->connect();  // attaches it
  // Nobody writes to either meanwhile. The fork's door first: forks only know their parents.
  DoorPass pass(branch->door(), "publishing it", root.options().lock_timeout_ms);
  Transaction transaction(*parent, "publishing " + fork);
  return Publish(*branch, *parent, *origin, transaction).run();
}

}  // namespace hotload::lake
