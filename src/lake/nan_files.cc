// SPDX-License-Identifier: Apache-2.0
#include "lake/nan_files.h"

#include <algorithm>

#include "lake/relation.h"
#include "model/identifier.h"

namespace hotload::lake {


bool holds_nan(engine::Connection& connection, const fs::path& parquet,
               const std::vector<Column>& columns) {
  std::string test;
  for (const Column& column : columns) {
    if (column.type != "DOUBLE" && column.type != "FLOAT") continue;
    test += (test.empty() ? "" : " OR ") + std::string("isnan(") + model::quote_identifier(column.name) + ")";
  }
  if (test.empty()) return false;
  return connection.text("SELECT bool_or(" + test + ") FROM read_parquet(" +
                         model::quote_literal(parquet.string()) + ")") == "true";
}

std::vector<JobFile> split_by_row_group(engine::Connection& connection, const fs::path& parquet,
                                        const fs::path& stem) {
  const std::string source = "read_parquet(" + model::quote_literal(parquet.string()) + ")";
  const std::vector<Column> columns = describe(connection, source);
  const fs::path folder = stem.string() + ".d";
  remove_quietly(folder);
  connection.run("COPY (FROM " + source + ") TO " + model::quote_literal(folder.string()) +
                 " (FORMAT parquet, ROW_GROUPS_PER_FILE 1)");
  std::vector<JobFile> files;
  std::vector<fs::path> parts;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    parts.push_back(entry.path());
  }
  std::sort(parts.begin(), parts.end());
  for (const fs::path& part : parts) {
    JobFile file;
    const fs::path own = stem.string() + "-" + std::to_string(files.size()) + ".parquet";
    if (::rename(part.c_str(), own.c_str()) != 0) throw_errno(errno, "rename", part);
    file.name = own.filename();
    file.rows = connection.integer("SELECT count(*) FROM read_parquet(" +
                                   model::quote_literal(own.string()) + ")");
    file.size_bytes = static_cast<int64_t>(fs::file_size(own));
    file.columns = columns;
    files.push_back(std::move(file));
  }
  remove_quietly(folder);
  remove_quietly(parquet);
  return files;
}

}  // namespace hotload::lake
