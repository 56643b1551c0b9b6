// SPDX-License-Identifier: Apache-2.0
// What a merge is to do, said once more in the simplest way: rows in memory and loops. Random
// loads are run through it and through a lake.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hotload/load.h"

namespace hotload::plan {

struct Order {
  std::optional<int> id, day, at;
  std::string v;
  bool gone = false;
  std::string key;

  bool operator==(const Order&) const = default;
};

struct Item {
  std::string v, key, parent, root;

  bool operator==(const Item&) const = default;
};

// The tables orders, orders__items and orders__items__notes.
struct World {
  std::vector<Order> orders;
  std::vector<Item> items, notes;
};

struct MergeRules {
  MergeStrategy strategy = MergeStrategy::kDeleteInsert;
  bool by_primary_key = true;
  bool by_merge_key = false;
  bool hard_delete = false;
  std::optional<bool> dedup_descending;  // by `at`
  bool filtered = false;                 // only orders with at >= 2 count
  bool root_key = true;                  // nested rows name their root
};

World merged(const MergeRules& rules, const World& target, const World& staged);

}  // namespace hotload::plan
