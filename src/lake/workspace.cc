// SPDX-License-Identifier: Apache-2.0
#include "lake/workspace.h"

#include <filesystem>
#include <regex>

#include "hotload/error.h"
#include "hotload/url_opener.h"
#include "lake/database.h"
#include "lake/fork.h"
#include "lake/publish.h"
#include "lake/sharing.h"
#include "model/identifier.h"

namespace hotload::lake {

namespace {

class LakeWorkspace : public Workspace {
 public:
  explicit LakeWorkspace(std::shared_ptr<Root> root) : root_(std::move(root)) {}

  std::string location() const override { return root_->path().string(); }
  std::vector<std::string> list_databases() override { return root_->list_databases(); }
  bool has_database(const std::string& name) override { return root_->has_database(name); }

  std::shared_ptr<Database> create_database(const std::string& name) override {
    return std::make_shared<LakeDatabase>(root_, root_->create_lake(name));
  }
  std::shared_ptr<Database> open_database(const std::string& name) override {
    return std::make_shared<LakeDatabase>(root_, root_->open_lake(name));
  }
  std::shared_ptr<Database> open_or_create_database(const std::string& name) override {
    if (root_->has_database(name)) return open_database(name);
    try {
      return create_database(name);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kAlreadyExists) throw;
      return open_database(name);  // another thread made it in between
    }
  }
  std::shared_ptr<Database> fork_database(const std::string& from, const std::string& to) override {
    return std::make_shared<LakeDatabase>(root_, fork_lake(*root_, from, to));
  }
  std::vector<Receipt> publish_database(const std::string& fork) override {
    return publish_lake(*root_, fork);
  }
  void drop_database(const std::string& name) override { root_->drop_lake(name); }

 private:
  std::shared_ptr<Root> root_;
};

// Its scheme in any case, as RFC 3986 has it.
bool is_url(const std::string& location) {
  const std::string scheme = model::fold_case(location.substr(0, location.find("//")));
  return location.size() > scheme.size() && (scheme == "http:" || scheme == "https:");
}

// HOST:PORT is a server's address without its scheme, unless there is a folder of that name.
void refuse_address(const std::string& location) {
  static const std::regex address(R"(([\w.-]+|\[[\da-fA-F:.]+\]):\d+/*)");
  std::error_code ignored;
  if (!std::regex_match(location, address) || std::filesystem::exists(location, ignored)) return;
  throw Error(ErrorCode::kInvalidArgument, "there is no folder '" + location +
                                               "'; a server's location has a scheme: http://" +
                                               location + " or https://" + location);
}

}  // namespace

std::shared_ptr<Workspace> workspace_of(std::shared_ptr<Root> root) {
  return std::make_shared<LakeWorkspace>(std::move(root));
}

// Through the process that holds the folder, where there is one that answers.
std::shared_ptr<Workspace> open_folder(const std::string& location,
                                       const WorkspaceOptions& options) {
  try {
    return workspace_of(Root::open(location, options));
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kLocked || !options.ask_holder) throw;
    if (auto held = ask_holder(Root::canonical_path(location, options), options.server)) {
      return held;
    }
  }
  // It may have closed the folder in between.
  return workspace_of(Root::open(location, options));
}

}  // namespace hotload::lake

namespace hotload {

static UrlOpener url_opener = nullptr;

void open_urls_with(UrlOpener opener) { url_opener = opener; }

std::shared_ptr<Workspace> open_workspace(const std::string& location,
                                          const WorkspaceOptions& options) {
  if (url_opener != nullptr && lake::is_url(location)) {
    return url_opener(location, options.server);
  }
  lake::refuse_address(location);
  return lake::open_folder(location, options);
}

void close_idle_workspaces() { lake::Root::close_idle(); }

}  // namespace hotload
