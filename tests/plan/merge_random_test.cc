// SPDX-License-Identifier: Apache-2.0
// Random loads of random rules: the lake and the reference must hold the same rows after each.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "merge_lake.h"
#include "reference.h"
#include "specs.h"

namespace hotload::plan {
namespace {

constexpr int kLoadsOfASeed = 4;

class Dice {
 public:
  explicit Dice(unsigned seed) : engine_(seed) {}
  int upto(int count) { return static_cast<int>(engine_() % static_cast<unsigned>(count)); }
  bool once_in(int count) { return upto(count) == 0; }
  std::optional<int> maybe(int count, int null_once_in) {
    if (once_in(null_once_in)) return std::nullopt;
    return 1 + upto(count);
  }

 private:
  std::mt19937 engine_;
};

MergeRules rules_of(Dice& dice) {
  MergeRules rules;
  constexpr MergeStrategy kStrategies[] = {MergeStrategy::kDeleteInsert, MergeStrategy::kUpsert,
                                           MergeStrategy::kInsertOnly, MergeStrategy::kCdc};
  rules.strategy = kStrategies[dice.upto(4)];
  const bool delete_insert = rules.strategy == MergeStrategy::kDeleteInsert;
  rules.by_primary_key = !delete_insert || !dice.once_in(4);
  rules.by_merge_key = (delete_insert || rules.strategy == MergeStrategy::kCdc) && dice.once_in(2);
  rules.hard_delete = dice.once_in(2);
  if (!dice.once_in(3)) rules.dedup_descending = dice.once_in(2);
  rules.filtered = rules.strategy != MergeStrategy::kInsertOnly && dice.once_in(4);
  rules.root_key = dice.once_in(2);
  return rules;
}

// Row keys are made from what they belong to, as dlt makes them, or are new in every load.
World staged_world(Dice& dice, int load) {
  World world;
  const bool stable_keys = dice.once_in(2);
  const int count = dice.upto(9);
  for (int i = 0; i < count; ++i) {
    Order order{dice.maybe(8, 12), dice.maybe(3, 9),
                dice.maybe(3, 5),  std::string(1, static_cast<char>('a' + dice.upto(3))),
                dice.once_in(4),   {}};
    order.key = (stable_keys ? "r" : "l" + std::to_string(load) + "r") + std::to_string(i);
    if (stable_keys && order.id) order.key = "k" + std::to_string(*order.id);
    world.orders.push_back(order);
    for (int j = dice.upto(3); j-- > 0;) {
      const Item item{"i" + std::to_string(dice.upto(9)), order.key + "." + std::to_string(j),
                      order.key, order.key};
      world.items.push_back(item);
      for (int k = dice.upto(2); k-- > 0;) {
        world.notes.push_back({"n" + std::to_string(dice.upto(9)),
                               item.key + "." + std::to_string(k), item.key, order.key});
      }
    }
  }
  return world;
}

std::string number(const std::optional<int>& value) {
  return value ? std::to_string(*value) : "null";
}

std::vector<std::vector<std::string>> cut(Dice& dice, const std::vector<std::string>& lines) {
  const auto at = lines.begin() + dice.upto(static_cast<int>(lines.size()) + 1);
  return {{lines.begin(), at}, {at, lines.end()}};
}

Staged files_of(Dice& dice, const World& world) {
  std::vector<std::string> orders, items, notes;
  for (const Order& o : world.orders) {
    orders.push_back("{\"id\":" + number(o.id) + ",\"day\":" + number(o.day) +
                     ",\"at\":" + number(o.at) + ",\"v\":\"" + o.v + "\",\"gone\":" +
                     (o.gone ? "true" : "false") + ",\"_dlt_id\":\"" + o.key + "\"}");
  }
  const auto line = [](const Item& item) {
    return "{\"v\":\"" + item.v + "\",\"_dlt_id\":\"" + item.key + "\",\"_dlt_parent_id\":\"" +
           item.parent + "\",\"_dlt_root_id\":\"" + item.root + "\"}";
  };
  std::transform(world.items.begin(), world.items.end(), std::back_inserter(items), line);
  std::transform(world.notes.begin(), world.notes.end(), std::back_inserter(notes), line);
  Staged staged{{"orders", cut(dice, orders)}};
  if (!items.empty()) staged["orders__items"] = cut(dice, items);
  if (!notes.empty()) staged["orders__items__notes"] = cut(dice, notes);
  return staged;
}

std::vector<TableSpec> specs_of(const MergeRules& rules) {
  TableSpec root = orders(rules.strategy);
  if (!rules.by_primary_key) root.primary_key.clear();
  if (rules.by_merge_key) root.merge_key = {"day"};
  if (rules.hard_delete) root.hard_delete = "gone";
  if (rules.dedup_descending) root.dedup_sort = {{"at", *rules.dedup_descending}};
  if (rules.filtered) root.source_filter = "coalesce(\"at\", 0) >= 2";
  return {root, items(rules.root_key), notes(rules.root_key)};
}

std::vector<std::string> rows_of(const std::vector<Order>& orders) {
  const auto text = [](const std::optional<int>& v) { return v ? std::to_string(*v) : "-"; };
  std::vector<std::string> rows;
  for (const Order& o : orders) {
    rows.push_back(text(o.id) + " " + text(o.day) + " " + text(o.at) + " " + o.v + " " + o.key);
  }
  std::sort(rows.begin(), rows.end());
  return rows;
}

std::vector<std::string> rows_of(const std::vector<Item>& items) {
  std::vector<std::string> rows;
  for (const Item& i : items) rows.push_back(i.v + " " + i.key + " " + i.parent + " " + i.root);
  std::sort(rows.begin(), rows.end());
  return rows;
}

class RandomMerges : public testing::TestWithParam<int> {};

TEST_P(RandomMerges, GiveTheRowsOfTheReference) {
  MergeLake lake;
  for (int seed = GetParam() * 4; seed < GetParam() * 4 + 4; ++seed) {
    Dice dice(static_cast<unsigned>(seed));
    const MergeRules rules = rules_of(dice);
    std::vector<TableSpec> specs = specs_of(rules);
    World world;
    lake.drop({"orders", "orders__items", "orders__items__notes"});
    for (int load = 0; load < kLoadsOfASeed; ++load) {
      SCOPED_TRACE("seed " + std::to_string(seed) + " load " + std::to_string(load));
      const World staged = staged_world(dice, load);
      world = merged(rules, world, staged);
      lake.load(specs, files_of(dice, staged));
      ASSERT_EQ(lake.rows("orders", {"id", "day", "at", "v", "_dlt_id"}), rows_of(world.orders));
      const std::vector<std::string> columns{"v", "_dlt_id", "_dlt_parent_id", "_dlt_root_id"};
      ASSERT_EQ(lake.rows("orders__items", columns), rows_of(world.items));
      ASSERT_EQ(lake.rows("orders__items__notes", columns), rows_of(world.notes));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(, RandomMerges, testing::Range(0, 6));

}  // namespace
}  // namespace hotload::plan
