// SPDX-License-Identifier: Apache-2.0
// The tables of the merge tests: orders, their items, and the items' notes.
#pragma once

#include "hotload/load.h"

namespace hotload::plan {

inline TableSpec orders(MergeStrategy strategy) {
  TableSpec spec;
  spec.name = "orders";
  spec.columns = {{"id", "BIGINT"}, {"day", "BIGINT"},   {"v", "VARCHAR"},
                  {"at", "BIGINT"}, {"gone", "BOOLEAN"}, {"_dlt_id", "VARCHAR"}};
  spec.disposition = Disposition::kMerge;
  spec.strategy = strategy;
  spec.primary_key = {"id"};
  spec.row_key = "_dlt_id";
  return spec;
}

inline TableSpec nested(const std::string& name, const std::string& parent, bool with_root_key) {
  TableSpec spec;
  spec.name = name;
  spec.columns = {{"v", "VARCHAR"},
                  {"_dlt_id", "VARCHAR"},
                  {"_dlt_parent_id", "VARCHAR"},
                  {"_dlt_root_id", "VARCHAR"}};
  spec.parent = parent;
  spec.row_key = "_dlt_id";
  spec.parent_key = "_dlt_parent_id";
  if (with_root_key) spec.root_key = "_dlt_root_id";
  return spec;
}

inline TableSpec items(bool with_root_key = true) {
  return nested("orders__items", "orders", with_root_key);
}

inline TableSpec notes(bool with_root_key = true) {
  return nested("orders__items__notes", "orders__items", with_root_key);
}

}  // namespace hotload::plan
