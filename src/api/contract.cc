// SPDX-License-Identifier: Apache-2.0
#include "api/contract.h"

#include <span>
#include <string_view>

#include "hotload/error.h"

namespace hotload::api {

using boost::json::object;

extern const std::span<const std::string_view> kContractTexts;

namespace {

void merge(object& into, const object& from) {
  for (const auto& [name, part] : from) {
    if (!into.emplace(name, part).second) {
      throw Error(ErrorCode::kInternal, "the contract tells twice of " + std::string(name));
    }
  }
}

}  // namespace

object contract() {
  object paths;
  object schemas;
  object whole;
  for (const std::string_view text : kContractTexts) {
    object part = boost::json::parse(text).as_object();
    merge(paths, part.at("paths").as_object());
    object& components = part.at("components").as_object();
    merge(schemas, components.at("schemas").as_object());
    // What concerns all is in one of the files.
    if (part.contains("info")) whole = std::move(part);
  }
  whole["paths"] = std::move(paths);
  whole.at("components").as_object()["schemas"] = std::move(schemas);
  return whole;
}

}  // namespace hotload::api
