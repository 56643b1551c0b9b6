// SPDX-License-Identifier: Apache-2.0
#include "lake/cast.h"

#include "model/identifier.h"
#include "model/type.h"
#include "model/widening.h"

namespace hotload::lake {

using model::quote_identifier;
using model::quote_literal;
using model::Type;
using model::TypeKind;

namespace {

std::string call(const char* cast, const std::string& value, const std::string& type) {
  return std::string(cast) + "(" + value + " AS " + type + ")";
}

// The type in which values before and after a cast are compared: text is no number, "2.0" is 2.
Type compared_as(const Type& from, const Type& to) {
  if (from.is_nested() && from.children.size() == to.children.size()) {
    Type compared = from;
    for (size_t i = 0; i < from.children.size(); ++i) {
      compared.children[i].type = compared_as(from.children[i].type, to.children[i].type);
    }
    return compared;
  }
  if (from.kind != TypeKind::kVarchar || to.kind == TypeKind::kVarchar) return from;
  return {.kind = to.kind == TypeKind::kDate ? TypeKind::kTimestamp : TypeKind::kDouble};
}

std::string is_exact(const std::string& value, const Type& from, const Type& to,
                     const std::string& tried) {
  if (from.kind == TypeKind::kVarchar && to.kind != TypeKind::kDate) {
    return "hotload_decimals(" + value + ") <= " + std::to_string(to.scale) + " AND " + tried +
           " IS NOT NULL";
  }
  const std::string compared = model::to_sql(compared_as(from, to));
  return call("TRY_CAST", value, compared) + " IS NOT DISTINCT FROM " +
         call("CAST", tried, compared);
}

// Ends the query for a value.
std::string refusal(const std::string& column, const std::string& type) {
  return "error(" +
         quote_literal("column '" + column + "' is " + type + ", which cannot hold the value ") +
         " || left(CAST(" + quote_identifier(column) + " AS VARCHAR), 100) || " +
         quote_literal(" as it is; change the value, or load it into a column of another type") +
         ")";
}

std::string cast_exactly(const std::string& column, const Type& from, const Type& to) {
  const std::string value = quote_identifier(column);
  const std::string type = model::to_sql(to);
  const std::string tried = call("TRY_CAST", value, type);
  return "CASE WHEN " + value + " IS NULL OR (" + is_exact(value, from, to, tried) + ") THEN " +
         tried + " ELSE " + refusal(column, type) + " END";
}

}  // namespace

std::string cast_column(const std::string& column, const std::string& from, const std::string& to) {
  const std::string value = quote_identifier(column);
  if (from == to) return value;
  const Type from_type = model::parse_type(from);
  const Type to_type = model::parse_type(to);
  // Text of nested values is JSON, as dlt's other destinations keep them.
  if (to_type.kind == TypeKind::kVarchar && from_type.is_nested()) {
    return "CASE WHEN " + value + " IS NOT NULL THEN CAST(to_json(" + value + ") AS VARCHAR) END";
  }
  // The engine's cast rounds: 23:59:59.999999999 would be midnight. What is finer than a
  // microsecond is cut, as in timestamps.
  if (from_type.kind == TypeKind::kTimeNs && to_type.kind == TypeKind::kTime) {
    return "CAST(left(CAST(" + value + " AS VARCHAR), 15) AS TIME)";
  }
  if (model::cast_changes(from_type, to_type)) return cast_exactly(column, from_type, to_type);
  return call("CAST", value, to);
}

std::string cast_json(const std::string& column, const std::string& from, const std::string& to) {
  const std::string value = quote_identifier(column);
  if (from == "VARCHAR" && to == "BLOB") return "from_base64(" + value + ")";
  // Read so by JsonIntegers::kAsDouble: from 2^53 on a DOUBLE may not be what the file says.
  if (from == "DOUBLE" && model::is_integer(model::parse_type(to))) {
    return "CASE WHEN " + value + " <> trunc(" + value + ") OR abs(" + value +
           ") >= 9007199254740992 THEN " + refusal(column, to) + " ELSE " +
           call("CAST", value, to) + " END";
  }
  return cast_column(column, from, to);
}

std::string cast_csv(const std::string& column, const std::string& from, const std::string& to) {
  return to == "BLOB" ? "encode(" + quote_identifier(column) + ")" : cast_column(column, from, to);
}

}  // namespace hotload::lake
