// SPDX-License-Identifier: Apache-2.0
#include "lake/csv.h"

#include <algorithm>

#include "model/identifier.h"
#include "model/widening.h"

namespace hotload::lake {

namespace {

constexpr const char* kText = "VARCHAR";
constexpr char kQuote = '"';

// What a user can set, and all that the engine would otherwise guess, skip or pad.
std::string settings(const fs::path& path, const StageOptions& options,
                     const std::string& compression) {
  return model::quote_literal(path.string()) + ", compression = '" + compression +
         "', delim = " + model::quote_literal(std::string(1, options.csv_delimiter)) +
         ", quote = '\"', escape = '\"', comment = '', skip = 0, header = " +
         (options.csv_header ? "true" : "false") +
         ", null_padding = false, ignore_errors = false, strict_mode = true";
}

// A relation in which nothing is guessed.
std::string exact(const std::string& settings, const std::vector<Column>& columns,
                  const std::string& formats = "") {
  std::string list;
  for (const Column& column : columns) {
    list += (list.empty() ? "" : ", ") + model::quote_identifier(column.name) + ": " +
            model::quote_literal(column.type);
  }
  return "read_csv(" + settings + formats + ", auto_detect = false, columns = {" + list + "})";
}

// The first record as it is written. Its quotes may hold line ends.
std::string first_record(engine::Connection& connection, const fs::path& path,
                         const std::string& compression) {
  // Whole lines: the engine wants a delimiter, and this one is in no text.
  const std::string lines = "SELECT line FROM read_csv(" + model::quote_literal(path.string()) +
                            ", compression = '" + compression +
                            "', delim = '\x1f\x1e\x1d', quote = '', escape = '', comment = '', "
                            "skip = 0, header = false, strict_mode = false, parallel = false, "
                            "auto_detect = false, columns = {'line': 'VARCHAR'}) LIMIT ";
  std::string record;
  for (size_t limit = 1;; limit *= 2) {
    const std::vector<engine::Row> rows = connection.rows(lines + std::to_string(limit));
    record.clear();
    for (size_t i = 0; i < rows.size(); ++i) {
      record += (i == 0 ? "" : "\n") + rows[i][0].value_or("");
      if (std::count(record.begin(), record.end(), kQuote) % 2 == 0) return record;
    }
    if (rows.size() < limit) {
      throw Error(ErrorCode::kBadFile, "line 1: a quote has no end");
    }
  }
}

std::string trimmed(const std::string& text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

std::vector<std::string> fields_of(const std::string& record, char delimiter) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (size_t i = 0; i < record.size(); ++i) {
    const char c = record[i];
    if (c == kQuote) {
      const bool doubled = quoted && i + 1 < record.size() && record[i + 1] == kQuote;
      if (doubled) fields.back() += record[++i];
      if (!doubled) quoted = !quoted;
    } else if (c == delimiter && !quoted) {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  for (std::string& field : fields) field = trimmed(field);
  return fields;
}

std::vector<Column> header_columns(const std::vector<std::string>& names) {
  std::vector<Column> columns;
  for (const std::string& name : names) {
    const std::string nth = std::to_string(columns.size() + 1);
    if (name.empty()) {
      throw Error(ErrorCode::kBadFile,
                  "line 1 holds the columns' names, and that of column " + nth +
                      " is empty: name it there, or write the file without the column (pandas: "
                      "to_csv(..., index=False))");
    }
    if (model::find_column(columns, name) != nullptr) {
      throw Error(ErrorCode::kBadFile,
                  "line 1 holds the columns' names, and '" + name + "' is there twice");
    }
    columns.push_back({name, kText, true});
  }
  return columns;
}

std::vector<Column> numbered_columns(size_t count) {
  std::vector<Column> columns;
  for (size_t i = 0; i < count; ++i) columns.push_back({"column" + std::to_string(i), kText, true});
  return columns;
}

// The relation with the types that the values fit.
std::string typed(engine::Connection& connection, const std::string& settings,
                  std::vector<Column> columns) {
  std::vector<engine::Row> found;
  try {
    found = connection.rows(
        "SELECT c.type, DateFormat, TimestampFormat FROM (SELECT unnest(Columns) AS c, DateFormat, "
        "TimestampFormat FROM sniff_csv(" +
        settings + ", sample_size = -1))");
  } catch (const Error&) {
    // What is wrong with a row is told with its line by those who read it.
    connection.rows("SELECT count(*) FROM " + exact(settings, columns));
    throw;
  }
  if (found.size() != columns.size()) {
    throw Error(ErrorCode::kBadFile, "line 1 has " + std::to_string(columns.size()) +
                                         " fields, the rows have " + std::to_string(found.size()));
  }
  for (size_t i = 0; i < columns.size(); ++i) columns[i].type = found[i][0].value_or(kText);
  std::string formats;
  if (found[0][1]) formats += ", dateformat = " + model::quote_literal(*found[0][1]);
  if (found[0][2]) formats += ", timestampformat = " + model::quote_literal(*found[0][2]);
  return exact(settings, columns, formats);
}

}  // namespace

std::string csv_relation(engine::Connection& connection, const fs::path& path,
                         const std::vector<Column>& target, const StageOptions& options,
                         const std::string& compression) {
  const std::string fixed = settings(path, options, compression);
  if (!options.csv_header && !target.empty()) {
    std::vector<Column> columns = target;
    for (Column& column : columns) column.type = kText;
    return exact(fixed, columns);
  }
  const std::vector<std::string> first =
      fields_of(first_record(connection, path, compression), options.csv_delimiter);
  std::vector<Column> columns =
      options.csv_header ? header_columns(first) : numbered_columns(first.size());
  return target.empty() ? typed(connection, fixed, std::move(columns)) : exact(fixed, columns);
}

}  // namespace hotload::lake
