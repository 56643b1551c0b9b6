// SPDX-License-Identifier: Apache-2.0
#include "lake/upgrade.h"

#include <unistd.h>

#include <string_view>

#include "lake/failpoint.h"
#include "model/identifier.h"

namespace hotload::lake {

namespace {

// Afterwards the catalog is one file, with no log beside it.
void absorb_log(engine::Connection& connection, const fs::path& catalog, const std::string& alias) {
  connection.run("ATTACH " + model::quote_literal(catalog.string()) + " AS " + alias);
  connection.run("CHECKPOINT " + alias);
  connection.run("DETACH " + alias);
}

}  // namespace

bool is_older_catalog(const Error& error) {
  return std::string_view(error.what()).find("To automatically migrate") != std::string_view::npos;
}

Error explain_catalog_error(const Error& error, const fs::path& catalog) {
  const std::string_view text = error.what();
  if (text.find("Only DuckLake versions") != std::string_view::npos) {
    return {ErrorCode::kVersion, catalog.string() +
                                     ": the catalog is of a newer DuckLake than this hotload "
                                     "knows; install a newer hotload"};
  }
  return error;
}

void upgrade_catalog(engine::Connection& connection, const fs::path& catalog,
                     const fs::path& data_folder) {
  const std::string alias = "upgrade_" + random_hex();
  absorb_log(connection, catalog, alias);
  const fs::path copy = catalog.string() + ".new";
  const fs::path old = catalog.string() + ".old";
  remove_quietly(copy);
  remove_quietly(copy.string() + ".wal");  // a log of an earlier try is not this copy's
  copy_contents(catalog, copy);
  try {
    connection.run("ATTACH " + model::quote_literal("ducklake:" + copy.string()) + " AS " + alias +
                   " (DATA_PATH " + model::quote_literal((data_folder / "").string()) +
                   ", OVERRIDE_DATA_PATH true, AUTOMATIC_MIGRATION true)");
  } catch (const Error& error) {
    remove_quietly(copy);
    remove_quietly(copy.string() + ".wal");
    throw explain_catalog_error(error, catalog);
  }
  connection.run("DETACH " + alias);
  absorb_log(connection, copy, alias);
  sync_file(copy);
  failpoint("upgrade.made");
  remove_quietly(old);
  link_or_copy(catalog, old);
  if (::rename(copy.c_str(), catalog.c_str()) != 0) throw_errno(errno, "rename", copy);
  failpoint("upgrade.renamed");
  sync_directory(catalog.parent_path());
}

}  // namespace hotload::lake
