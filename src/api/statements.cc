// SPDX-License-Identifier: Apache-2.0
// Sessions and their statements as JSON. Parameters are null, true, 1, 1.5 and "text" as they are;
// {"bytes": "00ff"} for a BLOB, {"double": "NaN"} (Infinity, -Infinity) for what JSON lacks.
#include <array>
#include <cmath>
#include <limits>

#include "api/packages.h"
#include "model/json_reader.h"

namespace hotload::api {

using boost::json::array;
using boost::json::object;
using boost::json::value;
using model::JsonReader;

namespace {

constexpr std::array<std::pair<const char*, double>, 3> kNotFinite{
    {{"NaN", std::numeric_limits<double>::quiet_NaN()},
     {"Infinity", std::numeric_limits<double>::infinity()},
     {"-Infinity", -std::numeric_limits<double>::infinity()}}};

std::string hex_of(const std::vector<uint8_t>& bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

value json_of(const Parameter& parameter) {
  struct Visitor {
    value operator()(std::monostate) const { return nullptr; }
    value operator()(bool v) const { return v; }
    value operator()(int64_t v) const { return v; }
    value operator()(double v) const {
      if (std::isfinite(v)) return v;
      return object{{"double", std::isnan(v) ? "NaN" : v > 0 ? "Infinity" : "-Infinity"}};
    }
    value operator()(const std::string& v) const { return value(v); }
    value operator()(const std::vector<uint8_t>& v) const { return object{{"bytes", hex_of(v)}}; }
  };
  return std::visit(Visitor{}, parameter);
}

std::vector<uint8_t> bytes_of(JsonReader& reader) {
  const std::string text = reader.text("bytes");
  const bool hex =
      text.size() % 2 == 0 && text.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
  if (!hex) reader.fail("bytes", "has pairs of hex digits");
  std::vector<uint8_t> bytes;
  for (size_t i = 0; i < text.size(); i += 2) {
    bytes.push_back(static_cast<uint8_t>(std::stoi(text.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

Parameter parameter_from_json(const value& json, const std::string& path) {
  if (json.is_null()) return std::monostate{};
  if (json.is_bool()) return json.get_bool();
  if (json.is_int64()) return json.get_int64();
  if (json.is_double()) return json.get_double();
  if (json.is_string()) return std::string(json.get_string());
  JsonReader reader(json, path);
  Parameter parameter;
  if (reader.find("bytes") != nullptr) {
    parameter = bytes_of(reader);
  } else {
    const std::string word = reader.text("double");
    for (const auto& [name, number] : kNotFinite) {
      if (word == name) parameter = number;
    }
    if (parameter.index() == 0) reader.fail("double", "is NaN, Infinity or -Infinity");
  }
  reader.finish();
  return parameter;
}

}  // namespace

object to_json(const SessionOptions& options) {
  return {{"schema", options.schema}, {"read_only", options.read_only}, {"as_of", options.as_of}};
}

SessionOptions session_options_from_json(const value& json) {
  JsonReader reader(json, "");
  SessionOptions options;
  options.schema = reader.text("schema", "");
  options.read_only = reader.boolean("read_only", false);
  options.as_of = reader.text("as_of", "");
  reader.finish();
  return options;
}

object to_json(const StatementRequest& request) {
  array parameters;
  for (const Parameter& parameter : request.parameters) parameters.push_back(json_of(parameter));
  return {
      {"sql", request.sql}, {"parameters", std::move(parameters)}, {"sequence", request.sequence}};
}

StatementRequest statement_from_json(const value& json) {
  JsonReader reader(json, "");
  StatementRequest request;
  request.sql = reader.text("sql", "");
  request.parameters = reader.list("parameters", parameter_from_json);
  request.sequence = reader.integer("sequence", 0);
  reader.finish();
  return request;
}

}  // namespace hotload::api
