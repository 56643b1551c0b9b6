// SPDX-License-Identifier: Apache-2.0
// hotload load: files into one table, all of them in one commit.
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <random>
#include <set>
#include <sstream>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/input_file.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/receipt_print.h"
#include "cli/report.h"
#include "cli/text_table.h"
#include "model/type.h"

namespace hotload::cli {

namespace {

struct LoadOptions {
  std::vector<std::string> files;
  std::string table;
  std::string schema = "main";
  std::string mode = "append";
  std::string key;  // "A,B"
  std::string columns;
  std::string row_version;
  std::string load_id;
  std::string format;
  std::optional<char> delimiter;
  bool no_header = false;
};

struct Mode {
  const char* name;
  Disposition disposition;
  MergeStrategy strategy = MergeStrategy::kDeleteInsert;
  bool needs_key = false;
};

constexpr std::array<Mode, 6> kModes{
    {{"append", Disposition::kAppend},
     {"replace", Disposition::kReplace},
     {"upsert", Disposition::kMerge, MergeStrategy::kUpsert, true},
     {"insert-only", Disposition::kMerge, MergeStrategy::kInsertOnly, true},
     {"delete-insert", Disposition::kMerge, MergeStrategy::kDeleteInsert, true},
     {"scd2", Disposition::kMerge, MergeStrategy::kScd2}}};

// "id BIGINT, name VARCHAR" are the fields of a struct.
std::vector<Column> parse_columns(const std::string& text) {
  if (text.empty()) return {};
  std::vector<Column> columns;
  try {
    for (const model::Field& field : model::parse_type("STRUCT(" + text + ")").children) {
      columns.push_back({field.name, model::to_sql(field.type), true});
    }
  } catch (const Error& error) {
    throw UsageError("--columns \"" + text +
                     "\" is no list of names and types, such as \"id BIGINT, name VARCHAR\" (" +
                     error.what() + ")");
  }
  return columns;
}

std::vector<std::string> split_key(const std::string& text) {
  std::vector<std::string> names;
  std::istringstream parts(text);
  for (std::string name; std::getline(parts, name, ',');) names.push_back(name);
  return names;
}

TableSpec spec_of(const LoadOptions& options) {
  const Mode& mode = *std::find_if(kModes.begin(), kModes.end(), [&](const Mode& candidate) {
    return options.mode == candidate.name;
  });
  const bool scd2 = mode.strategy == MergeStrategy::kScd2;
  if (mode.needs_key && options.key.empty()) {
    throw UsageError("--mode " + options.mode + " needs --key");
  }
  if (mode.disposition != Disposition::kMerge && !options.key.empty()) {
    throw UsageError("--key means nothing with --mode " + options.mode + "; is it an upsert?");
  }
  if (scd2 == options.row_version.empty()) {
    throw UsageError("--mode scd2 and --row-version need each other");
  }
  TableSpec spec;
  spec.name = options.table;
  spec.columns = parse_columns(options.columns);
  spec.disposition = mode.disposition;
  spec.strategy = mode.strategy;
  (scd2 ? spec.merge_key : spec.primary_key) = split_key(options.key);
  if (scd2) spec.scd2.row_version = options.row_version;
  return spec;
}

std::vector<InputFile> open_files(const LoadOptions& options) {
  std::vector<InputFile> files;
  std::set<std::string> seen;
  for (const std::string& given : options.files) {
    InputFile file(given, options.format);
    if (!seen.insert(file.job_id()).second) throw UsageError(file.shown() + " is named twice");
    if (options.delimiter) file.options().csv_delimiter = *options.delimiter;
    if (options.no_header) file.options().csv_header = false;
    files.push_back(std::move(file));
  }
  return files;
}

// "20260131T120000-1a2b3c4d": sorts by time.
std::string new_load_id() {
  std::array<char, 40> text;
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  const size_t length = std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%S", &utc);
  std::snprintf(text.data() + length, text.size() - length, "-%08x", std::random_device()());
  return text.data();
}

void stage_files(Load& load, const LoadOptions& options, std::vector<InputFile>& files,
                 Progress& progress) {
  int64_t total = 0;
  for (const InputFile& file : files) total += file.size_bytes();
  progress.set_total(total);
  for (size_t i = 0; i < files.size(); ++i) {
    InputFile& file = files[i];
    progress.phase("staging " + std::to_string(i + 1) + " of " + std::to_string(files.size()) +
                   ": " + file.shown());
    const std::string path = file.path();
    try {
      load.stage_file(options.table, file.job_id(), path, file.options());
    } catch (const Error& error) {
      // People know a pipe by its own name.
      std::string message = error.what();
      for (size_t at = message.find(path); at != std::string::npos;
           at = message.find(path, at + file.shown().size())) {
        message.replace(at, path.size(), file.shown());
      }
      throw Error(error.code(), message);
    }
    progress.advance(file.size_bytes());
  }
}

// A load that was begun by another command line must not bring rows that this one does not name.
void check_staged(Load& load, const std::vector<InputFile>& files) {
  for (const StagedFile& staged : load.staged()) {
    const bool named = std::any_of(files.begin(), files.end(), [&](const InputFile& file) {
      return file.job_id() == staged.job_id;
    });
    if (named) continue;
    const std::string& id = load.key().load_id;
    throw Error(ErrorCode::kInvalidArgument,
                "load " + id + " holds " + staged.job_id + " (table " + staged.table +
                    ") from before, which this command does not name; name it too, or begin "
                    "anew after hotload abort " +
                    id);
  }
}

// What Ctrl-C says, depending on how far the load has come.
std::string interrupted_text(const std::string& id, bool committing) {
  if (committing) {
    return "interrupted while load " + id + " was committed; the same command with --load-id " +
           id + " finishes it or says that it was done";
  }
  return "interrupted; load " + id + " is not committed. The same command with --load-id " + id +
         " goes on with it, hotload abort " + id + " forgets it";
}

Receipt run_load(Load& load, const LoadOptions& options, std::vector<InputFile>& files,
                 std::atomic<bool>& committing, bool quiet) {
  Progress progress(!quiet);
  load.declare({spec_of(options)});
  stage_files(load, options, files, progress);
  check_staged(load, files);
  progress.phase("committing");
  committing = true;
  return load.commit();
}

void print_result(const GlobalOptions& globals, const Receipt& receipt, bool already,
                  std::chrono::duration<double> took) {
  if (globals.json) return print_receipt_json(receipt, already);
  print_receipt(receipt);
  std::array<char, 32> seconds;
  std::snprintf(seconds.data(), seconds.size(), "%.2f s", took.count());
  const std::string& id = receipt.key.load_id;
  write_out(already ? "load " + id + " was committed before, at " + receipt.committed_at +
                          "; nothing was done\n"
                    : "load " + id + " is snapshot " + std::to_string(receipt.snapshot) + ", " +
                          seconds.data() + "\n");
}

int load(const GlobalOptions& globals, LoadOptions options) {
  const auto begun = std::chrono::steady_clock::now();
  spec_of(options);  // refuses what makes no sense before anything is made
  std::vector<InputFile> files = open_files(options);
  const bool named = !options.load_id.empty();
  if (!named) options.load_id = new_load_id();
  std::atomic<bool> committing = false;
  OnInterrupt stop([&] { exit_interrupted(interrupted_text(options.load_id, committing)); });
  const std::shared_ptr<Database> database =
      globals.open_workspace(true)->open_or_create_database(globals.database);
  const std::unique_ptr<Load> load = database->open_load({options.schema, "", options.load_id});
  const bool already = load->receipt().has_value();
  Receipt receipt;
  try {
    // A committed load's commit clears what a crash has left of it, and says what it was.
    receipt = already ? load->commit() : run_load(*load, options, files, committing, globals.json);
  } catch (const Error& error) {
    // Nobody can continue a load whose id was never told; a commit in doubt must stay.
    if (!named && !error.transient()) load->abort();
    throw;
  }
  print_result(globals, receipt, already, std::chrono::steady_clock::now() - begun);
  return kOk;
}

std::vector<std::string> mode_names() {
  std::vector<std::string> names;
  for (const Mode& mode : kModes) names.emplace_back(mode.name);
  return names;
}

}  // namespace

void add_load(CLI::App& app, const GlobalOptions& globals, Command& chosen) {
  auto options = std::make_shared<LoadOptions>();
  CLI::App* command = app.add_subcommand("load", "Load files into a table, in one commit");
  command
      ->add_option("files", options->files,
                   "Parquet, jsonl or CSV, plain or gzip; s3://BUCKET/KEY; - is stdin")
      ->required();
  command->add_option("--table", options->table, "the table, made when it is missing")->required();
  command->add_option("--schema", options->schema, "its schema")->capture_default_str();
  command->add_option("--mode", options->mode, "what becomes of the rows that are there")
      ->check(CLI::IsMember(mode_names()))
      ->capture_default_str();
  command->add_option("--key", options->key, "the columns that tell rows apart: A,B");
  command->add_option("--columns", options->columns,
                      "columns and types, \"id BIGINT, name VARCHAR\"; the table gets those that "
                      "it lacks (default: as found in the files)");
  command->add_option("--row-version", options->row_version,
                      "scd2: the column whose value changes when a row does");
  command->add_option("--load-id", options->load_id,
                      "names the load for ever: the same id is never committed twice");
  command->add_option("--format", options->format, "of the files (default: by their names)")
      ->check(CLI::IsMember({"parquet", "jsonl", "csv"}));
  command->add_option("--delimiter", options->delimiter, "CSV: between values (default: ,)");
  command->add_flag("--no-header", options->no_header,
                    "CSV: the first line is a row; values come in the order of the columns");
  add_examples(*command,
               {"hotload --lake demo.lake load people.csv --table people",
                "hotload load people.jsonl --table people --mode upsert --key name",
                "cat people.jsonl | hotload load - --table people_log --schema raw",
                "hotload load people.csv people.tsv --table everyone --load-id import-1",
                "hotload load people.csv --table versions --mode scd2 --row-version version "
                "--key name"});
  command->callback([&globals, &chosen, options] {
    chosen = [&globals, options] { return load(globals, *options); };
  });
}

}  // namespace hotload::cli
