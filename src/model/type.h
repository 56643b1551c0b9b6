// SPDX-License-Identifier: Apache-2.0
// A SQL type of the engine as a tree: parsed from any of its spellings, printed in one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hotload::model {

enum class TypeKind {
  kBoolean,
  kTinyint,
  kSmallint,
  kInteger,
  kBigint,
  kHugeint,
  kUtinyint,
  kUsmallint,
  kUinteger,
  kUbigint,
  kUhugeint,
  kFloat,
  kDouble,
  kDecimal,  // width, scale
  kVarchar,
  kJson,
  kBlob,
  kBit,
  kUuid,
  kDate,
  kTime,
  kTimeNs,
  kTimeTz,
  kTimestampS,
  kTimestampMs,
  kTimestamp,
  kTimestampNs,
  kTimestampTz,
  kInterval,
  kVariant,
  kNull,
  kEnum,    // children: one a label, name only
  kStruct,  // children: the fields
  kList,    // children: one, the element
  kArray,   // children: one, the element; length
  kMap,     // children: key and value
};

struct Field;

struct Type {
  TypeKind kind = TypeKind::kVarchar;
  int width = 0;       // kDecimal
  int scale = 0;       // kDecimal
  int64_t length = 0;  // kArray
  std::vector<Field> children;

  bool operator==(const Type& other) const;
  bool is_nested() const;
};

struct Field {
  std::string name;
  Type type;

  bool operator==(const Field& other) const = default;
};

// Throws kInvalidArgument for what is no type, is too long (64 KiB) or too deep (32 levels), and
// kUnsupported for types of the engine that no table can hold.
Type parse_type(std::string_view text);

// The one spelling: "TIMESTAMP WITH TIME ZONE", "DECIMAL(18,3)", STRUCT("a" BIGINT[]).
std::string to_sql(const Type& type);
// to_sql(parse_type(text)).
std::string canonical_type(std::string_view text);

// The type in which a lake keeps values of `type`. It differs where DuckLake or Parquet would
// lose them: HUGEINT is DOUBLE in Parquet, FLOAT has statistics that hide rows, TIME_NS and TIMETZ
// cannot be read back, ENUM, BIT and fixed-size arrays do not exist, JSON is text.
Type storage_type(const Type& type);
// to_sql(storage_type(parse_type(text))).
std::string storable_type(std::string_view text);

}  // namespace hotload::model
