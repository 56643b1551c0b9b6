// SPDX-License-Identifier: Apache-2.0
// hotload key: the API keys of a server's folder. A server that runs sees a change at once.
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/text_table.h"
#include "model/json_reader.h"
#include "server/key_file.h"

namespace hotload::cli {

namespace {

using server::ApiKey;
using server::KeyFile;

int add_one(const GlobalOptions& globals, const std::string& root, const ApiKey& wanted) {
  const std::string key = KeyFile(root).add(wanted);
  if (globals.json) {
    write_json_line(boost::json::object{{"id", server::key_id(key)}, {"key", key}});
  } else {
    write_out(key + "\n");
    print_note("keep it: it is not shown again");
  }
  return kOk;
}

int list_all(const GlobalOptions& globals, const std::string& root) {
  TextTable table({{"id"}, {"name"}, {"may"}, {"workspaces"}, {"created at"}});
  for (const ApiKey& key : KeyFile(root).list()) {
    const char* may = key.may_write ? "write" : "read";
    if (globals.json) {
      write_json_line(boost::json::object{{"id", key.id},
                                          {"name", key.name},
                                          {"may", may},
                                          {"workspaces", model::json_texts(key.workspaces)},
                                          {"created_at", key.created_at}});
    }
    table.add({key.id, key.name, may, key.workspaces.empty() ? "all" : joined(key.workspaces),
               key.created_at});
  }
  if (!globals.json) table.print(terminal_width());
  return kOk;
}

struct KeyOptions {
  std::string root;
  std::string id;
  ApiKey wanted;
  bool read_only = false;
};

CLI::App* add_action(CLI::App& key, const char* name, const char* help, KeyOptions& options) {
  CLI::App* action = key.add_subcommand(name, help);
  action->add_option("--root", options.root, "the server's folder")
      ->required()
      ->envname("HOTLOAD_ROOT");
  return action;
}

}  // namespace

void add_key(CLI::App& app, const GlobalOptions& globals, Command& chosen) {
  CLI::App* key = app.add_subcommand("key", "Make, list and remove API keys of a server");
  key->require_subcommand(1);
  const auto options = std::make_shared<KeyOptions>();

  CLI::App* add = add_action(*key, "add", "Make a key, and show it once", *options);
  add->add_option("name", options->wanted.name, "for people")->required();
  add->add_option("--workspace", options->wanted.workspaces, "the only one, or ones, it is for");
  add->add_flag("--read-only", options->read_only, "it may read and query, not write");
  add->callback([&globals, &chosen, options] {
    chosen = [&globals, options] {
      options->wanted.may_write = !options->read_only;
      return add_one(globals, options->root, options->wanted);
    };
  });

  CLI::App* list =
      add_action(*key, "list", "List keys: what they may, not what they are", *options);
  list->callback([&globals, &chosen, options] {
    chosen = [&globals, options] { return list_all(globals, options->root); };
  });

  CLI::App* remove =
      add_action(*key, "remove", "Remove a key: it is refused from then on", *options);
  remove->add_option("id", options->id, "as the list has it")->required();
  remove->callback([&chosen, options] {
    chosen = [options] {
      KeyFile(options->root).remove(options->id);
      return kOk;
    };
  });
  add_examples(*key,
               {"hotload key add --root data reports --read-only", "hotload key list --root data"});
}

}  // namespace hotload::cli
