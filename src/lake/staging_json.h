// SPDX-License-Identifier: Apache-2.0
// The texts of staging's files. What cannot be read is kCorrupt.
#pragma once

#include <string>

#include "lake/staging.h"

namespace hotload::lake {

std::string to_json_text(const Intent& intent);
Intent intent_from_json(const std::string& text);
std::string to_json_text(const Job& job);
Job job_from_json(const std::string& text);

}  // namespace hotload::lake
