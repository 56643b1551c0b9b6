// SPDX-License-Identifier: Apache-2.0
#include "lake/undo.h"

#include <algorithm>
#include <optional>
#include <set>

#include "lake/as_of.h"
#include "lake/changes.h"
#include "lake/failpoint.h"
#include "lake/net_change.h"
#include "lake/pipeline_state.h"
#include "lake/transaction.h"
#include "lake/unique_keys.h"
#include "model/identifier.h"

namespace hotload::lake {

namespace {

Error refused(const Receipt& load, const std::string& why) {
  return {ErrorCode::kFailedPrecondition,
          "load " + load.key.load_id + " cannot be undone: " + why + "; nothing was changed"};
}

Receipt find_receipt(Lake& lake, const std::string& load_id) {
  std::vector<Receipt> loads = lake.receipts();
  std::erase_if(loads, [&](const Receipt& receipt) { return receipt.key.load_id != load_id; });
  if (loads.empty()) {
    throw Error(ErrorCode::kNotFound,
                "there is no load '" + load_id + "' in database '" + lake.name() + "'");
  }
  // Refuses an id that several schemas have, and what lies before the retention.
  const int64_t snapshot = resolve_snapshot(lake, load_id);
  resolve_snapshot(lake, std::to_string(snapshot - 1));
  return loads.front();
}

// The receipt of the undo of a load.
std::optional<Receipt> undone(Lake& lake, LoadKey key) {
  key.load_id = undo_id(key.load_id);
  return lake.receipt(key);
}

// The snapshots after `since` that amount to nothing: of loads and of their undoes, in one schema.
std::set<int64_t> taken_back(Lake& lake, const std::string& schema, int64_t since) {
  std::set<int64_t> snapshots;
  // The newest first: an undo that was undone itself takes nothing back.
  std::vector<Receipt> receipts = lake.receipts();
  std::erase_if(receipts, [&](const Receipt& receipt) {
    return receipt.snapshot <= since || !model::same_name(receipt.key.schema, schema);
  });
  for (const Receipt& receipt : receipts) {
    const auto undo = undone(lake, receipt.key);
    if (!undo || snapshots.contains(undo->snapshot)) continue;
    snapshots.insert({receipt.snapshot, undo->snapshot});
  }
  return snapshots;
}

// Undoing a load again answers as the first time, while that undo holds.
std::optional<Receipt> holding_undo(Lake& lake, const Receipt& load) {
  const std::optional<Receipt> first = undone(lake, load.key);
  Receipt last = load;
  int undoes = 0;
  for (auto next = first; next; next = undone(lake, last.key)) {
    last = *next;
    ++undoes;
  }
  if (undoes > 0 && undoes % 2 == 0) {
    throw refused(load, "it was undone, and load " + last.key.load_id +
                            " brought its rows again; undo that one");
  }
  return first;
}

class Undo {
 public:
  Undo(Lake& lake, Receipt load, Transaction& transaction)
      : lake_(lake),
        load_(std::move(load)),
        transaction_(transaction),
        connection_(transaction.connection()),
        now_(transaction.next_snapshot() - 1),
        taken_back_(taken_back(lake, load_.key.schema, load_.snapshot)) {}

  Receipt run();

 private:
  void refuse_lost_tables();
  void take_back(const TableAt& table);
  void refuse_touched_rows(const TableAt& table, const NetChange& change);
  void promise(const TableAt& table, const NetChange& change);

  SnapshotSpan own_span() const { return {load_.snapshot - 1, load_.snapshot}; }
  SnapshotSpan later_span() const { return {load_.snapshot, now_}; }

  Lake& lake_;
  const Receipt load_;
  Transaction& transaction_;
  engine::Connection& connection_;
  const int64_t now_;
  const std::set<int64_t> taken_back_;
  std::vector<TableReceipt> tables_;
  std::vector<Promise> promises_;
};

// What the load dropped is gone with its layout, and later events may have taken a table from it.
void Undo::refuse_lost_tables() {
  const std::vector<TableEvent> own = table_events(connection_, lake_, own_span());
  for (const TableEvent& event : own) {
    if (event.kind != "dropped" && event.kind != "replaced") continue;
    throw refused(load_, "it dropped table " + event.schema + "." + event.table +
                             "; read it as of snapshot " + std::to_string(load_.snapshot - 1) +
                             " and load it again");
  }
  for (const TableEvent& event : table_events(connection_, lake_, later_span())) {
    if (event.kind == "rows") continue;
    const bool touched = std::any_of(own.begin(), own.end(), [&](const TableEvent& mine) {
      return mine.schema == event.schema && mine.table == event.table && mine.kind == "rows";
    });
    // dlt's own tables get their columns from it alone, and never lose one.
    if (!touched || is_pipeline_state(event.table)) continue;
    throw refused(load_, "table " + event.schema + "." + event.table + " was " + event.kind +
                             " by " + maker_of(lake_, event.snapshot));
  }
}

// Later snapshots count by what they wrote, not by what came of it: a load that brought a row again
// as it was has delivered it too.
void Undo::refuse_touched_rows(const TableAt& table, const NetChange& change) {
  std::vector<RowSnapshot> later = row_snapshots(connection_, lake_, table, later_span());
  std::erase_if(later, [&](const RowSnapshot& one) { return taken_back_.contains(one.snapshot); });
  if (later.empty()) return;
  const ChangeQuery written = written_query(connection_, lake_, table, later, now_);
  std::vector<std::string> names = written.key;
  const auto among = [&](const std::string& rows) {
    return "EXISTS (FROM " + rows + " w WHERE " + same_values(names, "w", "c") + ")";
  };
  std::string touched;
  if (names.empty()) {
    // Without a key only a row itself says that it is the same: one that went, or one that came
    // where the undo would bring it. One that came besides an equal one is another.
    for (const Column& column : written.columns) names.push_back(column.name);
    touched = "c.\"_change\" = 'delete' AND " + among(change.both()) +
              " OR c.\"_change\" = 'insert' AND " + among(change.coming());
  } else {
    touched = among(change.both());
  }
  const std::vector<engine::Row> by =
      connection_.rows("SELECT max(\"_snapshot\") FROM (" + written.sql + ") c WHERE " + touched);
  if (!by[0][0]) return;
  throw refused(load_, maker_of(lake_, std::stoll(*by[0][0])) + " changed the same rows of table " +
                           table.text());
}

// The table holds each key once afterwards if it did before the load and does now.
void Undo::promise(const TableAt& table, const NetChange& change) {
  if (!change.brings_rows()) return;
  std::vector<std::string> key = key_at(connection_, lake_, table, now_);
  if (key != key_at(connection_, lake_, table, load_.snapshot - 1)) key.clear();
  promises_.push_back({table.name, std::move(key), false, true});
}

void Undo::take_back(const TableAt& table) {
  if (row_snapshots(connection_, lake_, table, own_span()).empty()) return;
  NetChange change(connection_, net_query(connection_, lake_, table, own_span()),
                   NetChange::Direction::kBackwards);
  if (change.empty()) return;
  refuse_touched_rows(table, change);
  promise(table, change);
  tables_.push_back(change.apply(lake_, table));
  failpoint("undo.table");
}

Receipt Undo::run() {
  refuse_lost_tables();
  PipelineState state(lake_, connection_, load_, now_);
  for (const TableAt& table : tables_at(connection_, lake_, load_.snapshot)) {
    if (model::same_name(table.schema, load_.key.schema) && !is_pipeline_state(table.name)) {
      take_back(table);
    }
  }
  for (TableReceipt& rows : state.take_back()) {
    const auto same = std::find_if(tables_.begin(), tables_.end(), [&](const TableReceipt& one) {
      return one.table == rows.table;
    });
    if (same == tables_.end()) {
      tables_.push_back(std::move(rows));
    } else {
      same->inserted += rows.inserted;
    }
  }
  Receipt receipt{load_.key, transaction_.next_snapshot(), now_utc(), std::move(tables_)};
  receipt.key.load_id = undo_id(load_.key.load_id);
  transaction_.record(receipt, promises_to_text(promises_));
  failpoint("undo.recorded");
  transaction_.commit();
  return receipt;
}

}  // namespace

std::string undo_id(const std::string& load_id) { return "undo:" + load_id; }

Receipt undo_load(Lake& lake, const std::string& load_id) {
  const Receipt load = find_receipt(lake, load_id);
  Transaction transaction(lake, "undo of load " + load_id);
  // In the door: another may have undone it while this one waited.
  if (const auto done = holding_undo(lake, load)) return *done;
  const Receipt receipt = Undo(lake, load, transaction).run();
  lake.remember(receipt);
  return receipt;
}

}  // namespace hotload::lake
