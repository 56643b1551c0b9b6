// SPDX-License-Identifier: Apache-2.0
#include "arrow/sql_type.h"

#include <map>
#include <string_view>

#include "arrow/source.h"
#include "hotload/error.h"
#include "model/identifier.h"

namespace hotload::arrow {

namespace {

const std::map<std::string_view, std::string_view>& simple_types() {
  static const std::map<std::string_view, std::string_view> kTypes{{"b", "BOOLEAN"},
                                                                   {"c", "TINYINT"},
                                                                   {"C", "UTINYINT"},
                                                                   {"s", "SMALLINT"},
                                                                   {"S", "USMALLINT"},
                                                                   {"i", "INTEGER"},
                                                                   {"I", "UINTEGER"},
                                                                   {"l", "BIGINT"},
                                                                   {"L", "UBIGINT"},
                                                                   {"e", "FLOAT"},
                                                                   {"f", "FLOAT"},
                                                                   {"g", "DOUBLE"},
                                                                   {"u", "VARCHAR"},
                                                                   {"U", "VARCHAR"},
                                                                   {"vu", "VARCHAR"},
                                                                   {"n", "VARCHAR"},
                                                                   {"z", "BLOB"},
                                                                   {"Z", "BLOB"},
                                                                   {"vz", "BLOB"},
                                                                   {"tdD", "DATE"},
                                                                   {"tdm", "DATE"},
                                                                   {"tts", "TIME"},
                                                                   {"ttm", "TIME"},
                                                                   {"ttu", "TIME"},
                                                                   {"ttn", "TIME"},
                                                                   {"tss:", "TIMESTAMP_S"},
                                                                   {"tsm:", "TIMESTAMP_MS"},
                                                                   {"tsu:", "TIMESTAMP"},
                                                                   {"tsn:", "TIMESTAMP_NS"},
                                                                   {"tin", "INTERVAL"},
                                                                   {"tiM", "INTERVAL"},
                                                                   {"tiD", "INTERVAL"}};
  return kTypes;
}

std::string fields_of(const ArrowSchema& schema) {
  std::string fields;
  for (int64_t i = 0; i < schema.n_children; ++i) {
    const ArrowSchema& child = *schema.children[i];
    fields += (i == 0 ? "" : ", ") + model::quote_identifier(child.name) + " " + sql_type(child);
  }
  return fields;
}

std::string nested_type(std::string_view format, const ArrowSchema& schema) {
  if (format == "+l" || format == "+L" || format == "+vl")
    return sql_type(*schema.children[0]) + "[]";
  if (format == "+s") return "STRUCT(" + fields_of(schema) + ")";
  if (format == "+m") {
    const ArrowSchema& entry = *schema.children[0];
    return "MAP(" + sql_type(*entry.children[0]) + ", " + sql_type(*entry.children[1]) + ")";
  }
  if (format.starts_with("+w:")) {
    return sql_type(*schema.children[0]) + "[" + std::string(format.substr(3)) + "]";
  }
  throw Error(ErrorCode::kUnsupported, "Arrow columns of the format '" + std::string(format) + "'");
}

}  // namespace

std::string sql_type(const ArrowSchema& schema) {
  if (schema.dictionary != nullptr) return sql_type(*schema.dictionary);
  const std::string_view format = schema.format;
  const auto simple = simple_types().find(format);
  if (simple != simple_types().end()) return std::string(simple->second);
  if (format.starts_with("ts")) return "TIMESTAMP WITH TIME ZONE";
  if (format.starts_with("w:")) return "BLOB";
  if (format.starts_with("d:")) {
    const std::string_view numbers = format.substr(2);
    // A third number would be the bits.
    return "DECIMAL(" + std::string(numbers.substr(0, numbers.find(',', numbers.find(',') + 1))) +
           ")";
  }
  return nested_type(format, schema);
}

std::vector<Column> columns_of(ArrowStream& stream) {
  Schema schema;
  check_stream(stream, stream.get()->get_schema(stream.get(), schema.get()));
  std::vector<Column> columns;
  for (int64_t i = 0; i < (*schema).n_children; ++i) {
    const ArrowSchema& child = *(*schema).children[i];
    columns.push_back({child.name, sql_type(child), true});
  }
  return columns;
}

}  // namespace hotload::arrow
