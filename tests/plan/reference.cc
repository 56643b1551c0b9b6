// SPDX-License-Identifier: Apache-2.0
#include "reference.h"

#include <algorithm>
#include <map>
#include <set>

namespace hotload::plan {
namespace {

bool equal(const std::optional<int>& a, const std::optional<int>& b) { return a && b && *a == *b; }

bool counts(const MergeRules& rules, const Order& order) {
  return !rules.filtered || order.at.value_or(0) >= 2;
}

// Of two staged orders with one primary key, the later staged is `b`.
bool second_wins(const MergeRules& rules, const Order& a, const Order& b) {
  if (!rules.dedup_descending || a.at == b.at) return true;
  if (!a.at || !b.at) return b.at.has_value();
  return *rules.dedup_descending ? *b.at > *a.at : *b.at < *a.at;
}

std::vector<Order> winners(const MergeRules& rules, const std::vector<Order>& staged) {
  if (!rules.by_primary_key) return staged;
  std::map<std::optional<int>, Order> by_key;
  for (const Order& order : staged) {
    const auto [at, is_new] = by_key.emplace(order.id, order);
    if (!is_new && second_wins(rules, at->second, order)) at->second = order;
  }
  std::vector<Order> all;
  for (const auto& [key, order] : by_key) all.push_back(order);
  return all;
}

template <typename Row>
std::set<std::string> keys_of(const std::vector<Row>& rows) {
  std::set<std::string> keys;
  for (const Row& row : rows) keys.insert(row.key);
  return keys;
}

// The staged nested rows, one a row key, of owners that come.
std::vector<Item> kept(const MergeRules& rules, const std::vector<Item>& staged,
                       const std::set<std::string>& roots, const std::set<std::string>& parents) {
  std::map<std::string, Item> by_key;
  for (const Item& item : staged) by_key.insert_or_assign(item.key, item);
  std::vector<Item> all;
  for (const auto& [key, item] : by_key) {
    if (rules.root_key ? roots.contains(item.root) : parents.contains(item.parent)) {
      all.push_back(item);
    }
  }
  return all;
}

bool goes(const MergeRules& rules, const Order& order, const std::vector<Order>& source) {
  bool in_partition = false;
  for (const Order& staged : source) {
    if (rules.by_primary_key && equal(order.id, staged.id)) return true;
    in_partition |= rules.by_merge_key && equal(order.day, staged.day);
  }
  if (rules.strategy == MergeStrategy::kDeleteInsert) return in_partition;
  if (rules.strategy != MergeStrategy::kCdc) return false;
  return in_partition || !rules.by_merge_key;
}

// Of the batch the rows that are new, and whose owner is there.
void add_missing(const MergeRules& rules, std::vector<Item>& target, const std::vector<Item>& batch,
                 const std::set<std::string>& roots, const std::set<std::string>& parents) {
  const std::set<std::string> there = keys_of(target);
  for (const Item& row : batch) {
    const bool owned = rules.root_key ? roots.contains(row.root) : parents.contains(row.parent);
    if (owned && !there.contains(row.key)) target.push_back(row);
  }
}

// The rows of a nested table after its owners went, and those that give way to `batch`.
std::vector<Item> remaining(const MergeRules& rules, const std::vector<Item>& target,
                            const std::set<std::string>& roots,
                            const std::set<std::string>& parents, const std::vector<Item>& batch,
                            std::set<std::string>& gone) {
  const std::set<std::string> coming = keys_of(batch);
  std::vector<Item> left;
  for (const Item& item : target) {
    const bool owner_went =
        rules.root_key ? roots.contains(item.root) : parents.contains(item.parent);
    if (owner_went) gone.insert(item.key);
    const bool replaced =
        rules.strategy != MergeStrategy::kDeleteInsert && coming.contains(item.key);
    if (!owner_went && !replaced) left.push_back(item);
  }
  return left;
}

}  // namespace

World merged(const MergeRules& rules, const World& target, const World& staged) {
  World batch;
  for (const Order& order : winners(rules, staged.orders)) {
    if (!(rules.hard_delete && order.gone) && counts(rules, order)) batch.orders.push_back(order);
  }
  const std::set<std::string> roots = keys_of(batch.orders);
  batch.items = kept(rules, staged.items, roots, roots);
  batch.notes = kept(rules, staged.notes, roots, keys_of(batch.items));
  World result;
  if (rules.strategy == MergeStrategy::kInsertOnly) {
    result = target;
    for (const Order& order : batch.orders) {
      const bool there = std::any_of(target.orders.begin(), target.orders.end(),
                                     [&](const Order& t) { return equal(t.id, order.id); });
      if (!there) result.orders.push_back(order);
    }
    const std::set<std::string> all = keys_of(result.orders);
    add_missing(rules, result.items, batch.items, all, all);
    add_missing(rules, result.notes, batch.notes, all, keys_of(result.items));
    return result;
  }
  std::vector<Order> source;
  for (const Order& order : staged.orders) {
    if (counts(rules, order)) source.push_back(order);
  }
  std::set<std::string> gone_orders, gone_items, gone_notes;
  for (const Order& order : target.orders) {
    if (goes(rules, order, source)) {
      gone_orders.insert(order.key);
    } else {
      result.orders.push_back(order);
    }
  }
  result.items = remaining(rules, target.items, gone_orders, gone_orders, batch.items, gone_items);
  result.notes = remaining(rules, target.notes, gone_orders, gone_items, batch.notes, gone_notes);
  result.orders.insert(result.orders.end(), batch.orders.begin(), batch.orders.end());
  result.items.insert(result.items.end(), batch.items.begin(), batch.items.end());
  result.notes.insert(result.notes.end(), batch.notes.begin(), batch.notes.end());
  return result;
}

}  // namespace hotload::plan
