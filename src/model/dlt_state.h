// SPDX-License-Identifier: Apache-2.0
// The state of a dlt pipeline as its state table keeps it: JSON, or base64 of its zlib stream.
#pragma once

#include <cstdint>
#include <string>

namespace hotload::model {

// The JSON of a stored state. Throws kUnsupported for what is neither.
std::string dlt_state_json(const std::string& stored);
// The same state in another version. Numbers keep all their digits. JSON is a form that dlt reads.
std::string dlt_state_with_version(const std::string& json, int64_t version);
// The state of a pipeline that has loaded nothing yet: all that its sources remember is gone. Its
// hash becomes `hash`, since dlt takes a state only if its hash differs from the local one.
std::string dlt_state_without_sources(const std::string& json, const std::string& hash);

}  // namespace hotload::model
