// SPDX-License-Identifier: Apache-2.0
#include "side.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "arrow/rows.h"
#include "plain/tables.h"
#include "plain/workspace.h"
#include "remote/workspace.h"

namespace hotload::faults {

namespace {

constexpr const char* kKey = "faults";
constexpr const char* kName = "db";
constexpr int kKeys = 20;
constexpr int kStride = 2000;            // of the ids that loads append
constexpr int64_t kPartBytes = 4 << 10;  // a few hundred rows

server::Config config_of(const std::filesystem::path& folder, bool plain) {
  server::Config config;
  config.root = folder;
  config.api_key = kKey;
  config.plain = plain;
  config.part_bytes = kPartBytes;
  return config;
}

TableSpec spec(const std::string& name) {
  TableSpec spec;
  spec.name = name;
  spec.columns = {{"id", "BIGINT", true}, {"run", "BIGINT", true}};
  return spec;
}

TableSpec updated_spec(const Trial& trial) {
  TableSpec updated = spec("updated");
  updated.disposition = Disposition::kMerge;
  updated.strategy = trial.read_back ? MergeStrategy::kDeleteInsert : MergeStrategy::kUpsert;
  updated.primary_key = {"id"};
  return updated;
}

// The keys that a trial updates.
std::pair<int, int> keys_of(const Trial& trial) {
  const int from = trial.number % kKeys;
  return {from, std::min(kKeys, from + 5)};
}

std::string new_table_of(const Trial& trial) { return "new_" + std::to_string(trial.number); }

}  // namespace

Side::Side(const std::filesystem::path& folder, bool plain, std::shared_ptr<Database> rows)
    : plain_(plain),
      rows_(std::move(rows)),
      server_(std::make_unique<server::RunningServer>(config_of(folder, plain))),
      proxy_(std::make_unique<Proxy>(server_->port())),
      clean_(workspace({})->create_database(kName)) {
  clean_->create_schema("s");
  const auto big = clean_->open_load({"s", "", "big"});
  big->declare({spec("big")});
  big->stage_stream("big", "1", numbers(0, kRowsOfBig, 0));
  big->commit();
}

std::shared_ptr<remote::Client> Side::client(remote::ClientOptions options) const {
  options.base_url = proxy_->url();
  options.api_key = kKey;
  return std::make_shared<remote::Client>(options);
}

std::shared_ptr<Workspace> Side::workspace(remote::ClientOptions options) const {
  auto made = client(std::move(options));
  if (plain_) return std::make_shared<plain::PlainWorkspace>(std::move(made));
  return remote::workspace_of(std::move(made));
}

std::shared_ptr<Database> Side::open(remote::ClientOptions options) const {
  return workspace(std::move(options))->open_database(kName);
}

ArrowStream Side::numbers(int64_t from, int64_t to, int64_t run) const {
  return rows_->query("SELECT range AS id, " + std::to_string(run) + "::BIGINT AS run FROM range(" +
                      std::to_string(from) + ", " + std::to_string(to) + ")");
}

std::vector<std::string> Side::values(ArrowStream stream) {
  arrow::Rows rows(std::move(stream));
  std::vector<std::string> all;
  while (rows.next()) {
    std::string& text = all.emplace_back();
    for (int64_t i = 0; i < rows.width(); ++i) {
      if (i > 0) text += ",";
      rows.append_json(i, text);
    }
  }
  return all;
}

LoadKey Side::key_of(const Trial& trial) { return {"s", "faults", std::to_string(trial.number)}; }

Receipt Side::load(Database& database, const Trial& trial) const {
  const auto load = database.open_load(key_of(trial));
  std::vector<TableSpec> specs{spec("appended")};
  if (trial.updates) specs.push_back(updated_spec(trial));
  if (trial.new_table) specs.push_back(spec(new_table_of(trial)));
  load->declare(specs);
  const int64_t first = int64_t{kStride} * trial.number;
  load->stage_stream("appended", "1", numbers(first, first + trial.rows(), trial.number));
  if (trial.updates) {
    const auto [from, to] = keys_of(trial);
    load->stage_stream("updated", "1", numbers(from, to, trial.number));
  }
  if (trial.new_table) load->stage_stream(new_table_of(trial), "1", numbers(0, 7, trial.number));
  return load->commit();
}

void Side::expect(const Trial& trial) {
  appended_ += trial.rows();
  if (!trial.updates) return;
  const auto [from, to] = keys_of(trial);
  for (int key = from; key < to; ++key) updated_[key] = trial.number;
}

void Side::check() const {
  if (appended_ == 0) return;
  const std::string count = std::to_string(appended_);
  EXPECT_THAT(values(clean_->query("SELECT count(*), count(DISTINCT id) FROM s.appended")),
              ::testing::ElementsAre(count + "," + count));
  if (updated_.empty()) return;
  std::vector<std::string> expected;
  for (const auto& [key, run] : updated_) {
    expected.push_back(std::to_string(key) + "," + std::to_string(run));
  }
  EXPECT_EQ(values(clean_->query("SELECT id, run FROM s.updated ORDER BY id")), expected);
}

void Side::check_new_table(const Trial& trial) const {
  if (!trial.new_table) return;
  const std::string table = new_table_of(trial);
  EXPECT_THAT(values(clean_->query("SELECT count(*), count(DISTINCT id) FROM s." + table)),
              ::testing::ElementsAre("7,7"));
  const auto asked = client({});
  plain::Tables(asked, *plain::Catalog(asked).find(kName)).remove("s", table);
}

}  // namespace hotload::faults
