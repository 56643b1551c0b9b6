// SPDX-License-Identifier: Apache-2.0
// The fork is built in a folder of its own beside the databases and renamed into place, so that
// a crash leaves no half database. The catalog is copied through the engine that has it open.
#include "lake/fork.h"

#include <set>

#include "lake/catalog_files.h"
#include "lake/failpoint.h"
#include "lake/layout.h"
#include "model/identifier.h"

namespace hotload::lake {

namespace {

// The folder of a fork in the making; gone with it unless it was installed.
class Workshop {
 public:
  explicit Workshop(const Root& root) : folder_(root.path() / (kForkPrefix + random_hex())) {
    make_directories(folder_ / kDataFolder);
    make_directories(folder_ / kStagingFolder);
  }
  ~Workshop() { remove_quietly(folder_); }
  Workshop(const Workshop&) = delete;
  Workshop& operator=(const Workshop&) = delete;
  const fs::path& folder() const { return folder_; }

 private:
  const fs::path folder_;
};

// A plain database file attached for a scope, under a name of its own.
class AttachedFile {
 public:
  AttachedFile(engine::Connection& connection, const fs::path& file)
      : connection_(connection), name_(model::quote_identifier("fork_" + random_hex())) {
    connection_.run("ATTACH " + model::quote_literal(file.string()) + " AS " + name_);
  }
  ~AttachedFile() {
    try {
      connection_.run("DETACH " + name_);
    } catch (const Error&) {
      // The engine is dead, and what it had attached with it.
    }
  }
  AttachedFile(const AttachedFile&) = delete;
  AttachedFile& operator=(const AttachedFile&) = delete;
  const std::string& name() const { return name_; }

 private:
  engine::Connection& connection_;
  const std::string name_;
};

std::string with_slash(const fs::path& folder) { return (folder / "").string(); }

// `home`: the folder that the fork will have.
void copy_catalog(engine::Connection& connection, const Lake& source, const fs::path& target,
                  const fs::path& home) {
  const std::string old_data = with_slash(source.data_folder());
  const std::string new_data = model::quote_literal(with_slash(home / kDataFolder));
  {
    AttachedFile copy(connection, target);
    connection.run("COPY FROM DATABASE " + source.metadata_catalog() + " TO " + copy.name());
    connection.run("UPDATE " + copy.name() + ".ducklake_metadata SET value = " + new_data +
                   " WHERE key = 'data_path'");
    // What the source is about to delete was not linked.
    connection.run("DELETE FROM " + copy.name() + ".ducklake_files_scheduled_for_deletion");
    for (const char* table : {"ducklake_data_file", "ducklake_delete_file"}) {
      connection.run("UPDATE " + copy.name() + "." + table + " SET path = " + new_data +
                     " || substr(path, length(" + model::quote_literal(old_data) +
                     ") + 1) WHERE NOT path_is_relative");
    }
    connection.run("CHECKPOINT " + copy.name());
  }
  sync_file(target);
}

void link_data(const std::vector<CatalogFile>& files, const Lake& source, const fs::path& data) {
  std::set<fs::path> folders;
  std::set<fs::path> done;
  for (const CatalogFile& file : files) {
    const fs::path relative = file.path.lexically_relative(source.data_folder());
    if (relative.empty() || *relative.begin() == "..") {
      throw Error(ErrorCode::kUnsupported, file.path.string() + " of table " + file.schema + "." +
                                               file.table + " lies outside of " +
                                               source.data_folder().string() +
                                               ": a database with such files cannot be forked");
    }
    if (!done.insert(relative).second) continue;
    if (!fs::exists(file.path)) {
      throw Error(ErrorCode::kCorrupt, file.path.string() + " of table " + file.schema + "." +
                                           file.table + " is missing; run scrub on database '" +
                                           source.name() + "'");
    }
    const fs::path folder = (data / relative).parent_path();
    if (folders.insert(folder).second) make_directories(folder);
    link_or_copy(file.path, data / relative);
    failpoint("fork.linked");
  }
  for (const fs::path& folder : folders) sync_directory(folder);
}

int64_t newest_snapshot(engine::Connection& connection, const Lake& lake) {
  return connection.integer("SELECT max(snapshot_id) FROM " + lake.metadata("ducklake_snapshot"));
}

}  // namespace

std::shared_ptr<Lake> fork_lake(Root& root, const std::string& from, const std::string& to) {
  root.check_is_free(to);
  const std::shared_ptr<Lake> source = root.open_lake(from);
  const std::shared_ptr<engine::Connection> connection = source->connect();
  Workshop workshop(root);
  {
    // Nobody writes meanwhile: the fork is of one snapshot, and no file of it goes away.
    DoorPass pass(source->door(), "forking to " + to, root.options().lock_timeout_ms);
    source->check_stamp();
    link_data(catalog_files(*connection, *source), *source, workshop.folder() / kDataFolder);
    write_origin(workshop.folder(), {source->name(), newest_snapshot(*connection, *source)});
    copy_catalog(*connection, *source, workshop.folder() / kCatalogFile, root.database_folder(to));
  }
  sync_directory(workshop.folder());
  failpoint("fork.made");
  return root.install_lake(to, workshop.folder());
}

}  // namespace hotload::lake
