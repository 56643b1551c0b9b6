// SPDX-License-Identifier: Apache-2.0
#include "arrow/type_name.h"

#include "model/type.h"

namespace hotload::arrow {

namespace {

using model::TypeKind;

std::string name_of(const model::Type& type);

std::string fields_of(const model::Type& type) {
  std::string text;
  for (const model::Field& field : type.children) {
    text += (text.empty() ? "" : ", ") + field.name + ": " + name_of(field.type);
  }
  return text;
}

std::string nested_name(const model::Type& type) {
  switch (type.kind) {
    case TypeKind::kDecimal:
      return "decimal128(" + std::to_string(type.width) + ", " + std::to_string(type.scale) + ")";
    case TypeKind::kStruct:
      return "struct<" + fields_of(type) + ">";
    case TypeKind::kList:
      return "list<item: " + name_of(type.children[0].type) + ">";
    case TypeKind::kArray:
      return "fixed_size_list<item: " + name_of(type.children[0].type) + ">[" +
             std::to_string(type.length) + "]";
    case TypeKind::kMap:
      return "map<" + name_of(type.children[0].type) + ", " + name_of(type.children[1].type) + ">";
    default:
      return "Utf8";  // UUID, JSON, ENUM, ...: their values are texts
  }
}

std::string name_of(const model::Type& type) {
  switch (type.kind) {
    case TypeKind::kBoolean:
      return "bool";
    case TypeKind::kTinyint:
      return "int8";
    case TypeKind::kSmallint:
      return "int16";
    case TypeKind::kInteger:
      return "int32";
    case TypeKind::kBigint:
      return "int64";
    case TypeKind::kUtinyint:
      return "uint8";
    case TypeKind::kUsmallint:
      return "uint16";
    case TypeKind::kUinteger:
      return "uint32";
    case TypeKind::kUbigint:
      return "uint64";
    case TypeKind::kHugeint:
    case TypeKind::kUhugeint:
      return "decimal128(38, 0)";
    case TypeKind::kFloat:
      return "float32";
    case TypeKind::kDouble:
      return "float64";
    case TypeKind::kBlob:
      return "binary";
    case TypeKind::kDate:
      return "date32";
    case TypeKind::kTime:
      return "time64";
    case TypeKind::kTimestampS:
      return "timestamp[s]";
    case TypeKind::kTimestampMs:
      return "timestamp[ms]";
    case TypeKind::kTimestamp:
      return "timestamp[us]";
    case TypeKind::kTimestampNs:
      return "timestamp[ns]";
    case TypeKind::kTimestampTz:
      return "timestamp[us, tz=UTC]";
    case TypeKind::kInterval:
      return "month_day_nano_interval";
    case TypeKind::kNull:
      return "null";
    default:
      return nested_name(type);
  }
}

}  // namespace

std::string type_name(std::string_view sql_type) { return name_of(model::parse_type(sql_type)); }

}  // namespace hotload::arrow
