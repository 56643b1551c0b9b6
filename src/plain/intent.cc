// SPDX-License-Identifier: Apache-2.0
#include "plain/intent.h"

#include <algorithm>

#include "model/identifier.h"
#include "model/json_reader.h"
#include "model/table_spec_json.h"

namespace hotload::plain {

const TableSpec* find_spec(const Intent& intent, const std::string& table) {
  const auto found = std::find_if(intent.specs.begin(), intent.specs.end(), [&](const auto& item) {
    return model::same_name(item.first, table);
  });
  return found == intent.specs.end() ? nullptr : &found->second;
}

void add_names(std::vector<std::string>& names, const std::string& name) {
  if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

boost::json::object to_json(const Intent& intent) {
  boost::json::array specs;
  boost::json::array deletions;
  for (const auto& [name, spec] : intent.specs) specs.push_back(model::to_json(spec));
  for (const RowDelete& row : intent.deletions) deletions.push_back(model::to_json(row));
  return {{"specs", std::move(specs)},
          {"drops", model::json_texts(intent.drops)},
          {"truncations", model::json_texts(intent.truncations)},
          {"deletions", std::move(deletions)},
          {"literal_tables", model::json_texts(intent.literal_tables)},
          {"staged", model::json_texts(intent.staged)}};
}

Intent intent_from_json(const boost::json::value& value) {
  model::JsonReader reader(value, "");
  Intent intent;
  for (TableSpec& spec : reader.list("specs", model::table_spec_from_json)) {
    intent.specs[spec.name] = std::move(spec);
  }
  intent.drops = reader.texts("drops");
  intent.truncations = reader.texts("truncations");
  intent.deletions = reader.list("deletions", model::row_delete_from_json);
  intent.literal_tables = reader.texts("literal_tables");
  intent.staged = reader.texts("staged");
  return intent;
}

}  // namespace hotload::plain
