// SPDX-License-Identifier: Apache-2.0
#include "engine/instance.h"

#include "engine/connection.h"
#include "engine/error.h"
#include "engine/file_checks.h"
#include "engine/paths.h"
#include "model/identifier.h"

namespace hotload::engine {

namespace {

class Config {
 public:
  Config() { duckdb_create_config(&config_); }
  ~Config() { duckdb_destroy_config(&config_); }
  Config(const Config&) = delete;
  Config& operator=(const Config&) = delete;

  void set(const char* name, const std::string& value) {
    if (duckdb_set_config(config_, name, value.c_str()) == DuckDBError) {
      throw Error(ErrorCode::kInvalidArgument,
                  std::string("the engine does not take ") + name + " = '" + value + "'");
    }
  }
  duckdb_config get() { return config_; }

 private:
  duckdb_config config_ = nullptr;
};

}  // namespace

Instance::Instance(const InstanceOptions& options) {
  Config config;
  config.set("autoinstall_known_extensions", "false");
  config.set("autoload_known_extensions", "false");
  // Only our own files are ever loaded, pinned by their hashes when they were fetched: checking
  // their signatures again at every start would cost more than all the rest of it.
  config.set("allow_unsigned_extensions", "true");
  config.set("preserve_insertion_order", "true");
  if (options.memory_limit_bytes > 0) {
    config.set("memory_limit", std::to_string(options.memory_limit_bytes) + "B");
  }
  if (options.threads > 0) config.set("threads", std::to_string(options.threads));
  config.set("temp_directory", options.temp_directory);
  char* message = nullptr;
  if (duckdb_open_ext(nullptr, &database_, config.get(), &message) == DuckDBError) {
    std::string text = message != nullptr ? message : "the engine does not start";
    duckdb_free(message);
    throw_error(DUCKDB_ERROR_INTERNAL, text);
  }
  try {
    Connection connection(*this);
    // For all connections: what a query says must not depend on the machine that answers it.
    connection.run("SET GLOBAL TimeZone = 'UTC'");
    register_file_checks(connection.handle());
    for (const std::string& name : options.extensions) {
      connection.run("LOAD " + model::quote_literal(extension_path(name)));
    }
  } catch (...) {
    duckdb_close(&database_);
    throw;
  }
}

Instance::~Instance() { duckdb_close(&database_); }

void Instance::add(duckdb_connection connection) {
  std::lock_guard lock(mutex_);
  connections_.insert(connection);
}

void Instance::remove(duckdb_connection connection) {
  std::lock_guard lock(mutex_);
  connections_.erase(connection);
}

size_t Instance::connections() {
  const std::lock_guard lock(mutex_);
  return connections_.size();
}

void Instance::interrupt() {
  std::lock_guard lock(mutex_);
  for (duckdb_connection connection : connections_) duckdb_interrupt(connection);
}

}  // namespace hotload::engine
