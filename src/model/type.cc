// SPDX-License-Identifier: Apache-2.0
#include "model/type.h"

#include <array>
#include <utility>

#include "hotload/error.h"
#include "model/identifier.h"

namespace hotload::model {
namespace {

// Kinds that are one word or a fixed phrase; the spelling that to_sql() prints.
constexpr std::array<std::pair<TypeKind, std::string_view>, 30> kPlainNames{{
    {TypeKind::kBoolean, "BOOLEAN"},
    {TypeKind::kTinyint, "TINYINT"},
    {TypeKind::kSmallint, "SMALLINT"},
    {TypeKind::kInteger, "INTEGER"},
    {TypeKind::kBigint, "BIGINT"},
    {TypeKind::kHugeint, "HUGEINT"},
    {TypeKind::kUtinyint, "UTINYINT"},
    {TypeKind::kUsmallint, "USMALLINT"},
    {TypeKind::kUinteger, "UINTEGER"},
    {TypeKind::kUbigint, "UBIGINT"},
    {TypeKind::kUhugeint, "UHUGEINT"},
    {TypeKind::kFloat, "FLOAT"},
    {TypeKind::kDouble, "DOUBLE"},
    {TypeKind::kVarchar, "VARCHAR"},
    {TypeKind::kJson, "JSON"},
    {TypeKind::kBlob, "BLOB"},
    {TypeKind::kBit, "BIT"},
    {TypeKind::kUuid, "UUID"},
    {TypeKind::kDate, "DATE"},
    {TypeKind::kTime, "TIME"},
    {TypeKind::kTimeNs, "TIME_NS"},
    {TypeKind::kTimeTz, "TIME WITH TIME ZONE"},
    {TypeKind::kTimestampS, "TIMESTAMP_S"},
    {TypeKind::kTimestampMs, "TIMESTAMP_MS"},
    {TypeKind::kTimestamp, "TIMESTAMP"},
    {TypeKind::kTimestampNs, "TIMESTAMP_NS"},
    {TypeKind::kTimestampTz, "TIMESTAMP WITH TIME ZONE"},
    {TypeKind::kInterval, "INTERVAL"},
    {TypeKind::kVariant, "VARIANT"},
    {TypeKind::kNull, "\"NULL\""},
}};

std::string_view plain_name(TypeKind kind) {
  for (const auto& [known, name] : kPlainNames) {
    if (known == kind) return name;
  }
  throw Error(ErrorCode::kInternal, "a type kind without a name");
}

std::string print_fields(const std::vector<Field>& fields) {
  std::string out;
  for (const Field& field : fields) {
    if (!out.empty()) out += ", ";
    out += quote_identifier(field.name) + " " + to_sql(field.type);
  }
  return out;
}

std::string print_labels(const std::vector<Field>& labels) {
  std::string out;
  for (const Field& label : labels) {
    if (!out.empty()) out += ", ";
    out += quote_literal(label.name);
  }
  return out;
}

}  // namespace

bool Type::operator==(const Type& other) const {
  return kind == other.kind && width == other.width && scale == other.scale &&
         length == other.length && children == other.children;
}

bool Type::is_nested() const {
  return kind == TypeKind::kStruct || kind == TypeKind::kList || kind == TypeKind::kArray ||
         kind == TypeKind::kMap || kind == TypeKind::kVariant;
}

std::string to_sql(const Type& type) {
  switch (type.kind) {
    case TypeKind::kDecimal:
      return "DECIMAL(" + std::to_string(type.width) + "," + std::to_string(type.scale) + ")";
    case TypeKind::kEnum:
      return "ENUM(" + print_labels(type.children) + ")";
    case TypeKind::kStruct:
      return "STRUCT(" + print_fields(type.children) + ")";
    case TypeKind::kList:
      return to_sql(type.children[0].type) + "[]";
    case TypeKind::kArray:
      return to_sql(type.children[0].type) + "[" + std::to_string(type.length) + "]";
    case TypeKind::kMap:
      return "MAP(" + to_sql(type.children[0].type) + ", " + to_sql(type.children[1].type) + ")";
    default:
      return std::string(plain_name(type.kind));
  }
}

std::string canonical_type(std::string_view text) { return to_sql(parse_type(text)); }

Type storage_type(const Type& type) {
  switch (type.kind) {
    case TypeKind::kHugeint:
    case TypeKind::kUhugeint:
      return Type{.kind = TypeKind::kDecimal, .width = 38};
    case TypeKind::kFloat:
      return Type{.kind = TypeKind::kDouble};
    case TypeKind::kTimeNs:
    case TypeKind::kTimeTz:
      return Type{.kind = TypeKind::kTime};
    case TypeKind::kJson:
    case TypeKind::kBit:
    case TypeKind::kEnum:
    case TypeKind::kNull:
    case TypeKind::kVariant:
      return Type{.kind = TypeKind::kVarchar};
    case TypeKind::kArray:
      return Type{.kind = TypeKind::kList, .children = {{"", storage_type(type.children[0].type)}}};
    default:
      break;
  }
  Type kept = type;
  for (Field& child : kept.children) child.type = storage_type(child.type);
  return kept;
}

std::string storable_type(std::string_view text) { return to_sql(storage_type(parse_type(text))); }

}  // namespace hotload::model
