// SPDX-License-Identifier: Apache-2.0
#include "lake/catalog_files.h"

#include "model/identifier.h"

namespace hotload::lake {

namespace {

// A table that was renamed has several rows of one id and one path: the newest names it.
std::string tables_sql(const Lake& lake) {
  return "(SELECT table_id, max_by(s.schema_name, t.begin_snapshot) AS schema_name, "
         "max_by(t.table_name, t.begin_snapshot) AS table_name, "
         "max_by(if(t.path_is_relative, s.path || t.path, t.path), t.begin_snapshot) AS folder "
         "FROM " +
         lake.metadata("ducklake_table") +
         " t JOIN (SELECT schema_id, max_by(schema_name, begin_snapshot) AS schema_name, "
         "max_by(path, begin_snapshot) AS path FROM " +
         lake.metadata("ducklake_schema") +
         " GROUP BY schema_id) s USING (schema_id) GROUP BY table_id)";
}

std::string files_sql(const Lake& lake, const char* table, const char* id, const char* owner,
                      const char* rows) {
  return std::string("SELECT f.") + id + ", f." + owner +
         ", t.schema_name, t.table_name, t.folder, f.path, f.path_is_relative, f." + rows +
         ", f.file_size_bytes, coalesce(f.footer_size, 0), f.end_snapshot IS NULL FROM " +
         lake.metadata(table) + " f JOIN " + tables_sql(lake) + " t USING (table_id) ORDER BY f." +
         id;
}

int64_t number(const engine::Row& row, size_t i) { return std::stoll(row[i].value_or("0")); }

void append(engine::Connection& connection, const Lake& lake, const std::string& sql, bool deletes,
            std::vector<CatalogFile>& files) {
  for (const engine::Row& row : connection.rows(sql)) {
    CatalogFile file;
    file.deletes = deletes;
    file.id = number(row, 0);
    file.data_file_id = number(row, 1);
    file.schema = row[2].value_or("");
    file.table = row[3].value_or("");
    file.relative = row[6] == "true";
    // An absolute path replaces what is left of the slash.
    const fs::path folder = lake.data_folder() / row[4].value_or("");
    file.path = file.relative ? folder / row[5].value_or("") : fs::path(row[5].value_or(""));
    file.rows = number(row, 7);
    file.size_bytes = number(row, 8);
    file.footer_bytes = number(row, 9);
    file.live = row[10] == "true";
    files.push_back(std::move(file));
  }
}

}  // namespace

std::vector<CatalogFile> catalog_files(engine::Connection& connection, const Lake& lake) {
  std::vector<CatalogFile> files;
  append(connection, lake,
         files_sql(lake, "ducklake_data_file", "data_file_id", "data_file_id", "record_count"),
         false, files);
  append(connection, lake,
         files_sql(lake, "ducklake_delete_file", "delete_file_id", "data_file_id", "delete_count"),
         true, files);
  return files;
}

std::set<fs::path> discarded_files(engine::Connection& connection, const Lake& lake) {
  std::set<fs::path> paths;
  for (const engine::Row& row : connection.rows(
           "SELECT path FROM " + lake.metadata("ducklake_files_scheduled_for_deletion"))) {
    paths.insert(lake.data_folder() / row[0].value_or(""));
  }
  return paths;
}

}  // namespace hotload::lake
