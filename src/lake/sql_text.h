// SPDX-License-Identifier: Apache-2.0
// Statements as the engine's own parser sees them, and names replaced in their texts.
#pragma once

#include <boost/json.hpp>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/connection.h"

namespace hotload::lake {

// The tree of one statement that only reads (json_serialize_sql). Numbers that JSON lacks are null
// in it: it is read, never run. Throws kInvalidArgument for what does not parse, is several
// statements or none, kPermission for other kinds of statements.
boost::json::value parse_statement(engine::Connection& connection, const std::string& sql);

// Whether two trees differ in nothing but the places of their nodes in the text.
bool same_meaning(const boost::json::value& left, const boost::json::value& right);

// Replaces names in a statement's text at places that the parser gave.
class NameEdits {
 public:
  explicit NameEdits(const std::string& sql) : sql_(sql) {}

  // The dotted name that stands at `place` (bytes) becomes `text`. Throws kInvalidArgument when
  // the text has other names there than `parts`.
  void replace(int64_t place, const std::vector<std::string>& parts, const std::string& text);
  std::string apply() const;

 private:
  struct Edit {
    size_t size;
    std::string text;
  };
  const std::string& sql_;
  std::map<size_t, Edit> edits_;
};

}  // namespace hotload::lake
