// SPDX-License-Identifier: Apache-2.0
// The file operations of the lake: durable writes, links, listings. errno becomes an Error here.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "hotload/error.h"

namespace hotload::lake {

namespace fs = std::filesystem;

// "no space left on device" is kExhausted, a read-only or forbidden path kPermission, a missing
// one kNotFound, the rest kIo.
[[noreturn]] void throw_errno(int error, const std::string& doing, const fs::path& path);

std::string read_file(const fs::path& path);
// Replaces `path` atomically: a reader sees the old or the new text, also after a power loss.
void write_file_synced(const fs::path& path, std::string_view text);
void sync_file(const fs::path& path);
void sync_directory(const fs::path& path);
// Makes the directories and syncs each new one's parent.
void make_directories(const fs::path& path);
// A second name for a file, or a copy where the file systems differ.
void link_or_copy(const fs::path& from, const fs::path& to);
// A copy that shares no bytes that `from`'s owner could change (a clone where the file system can).
void copy_contents(const fs::path& from, const fs::path& to);
void remove_quietly(const fs::path& path);

// Syncs each file below `root` that was written at `since` or later, and its directory.
void sync_new_files(const fs::path& root, fs::file_time_type since);

// 32 random hex digits.
std::string random_hex();
// "2026-01-31T12:00:00.123456Z"
std::string now_utc();
// The same of a moment in the past.
std::string utc_before(int64_t seconds);

}  // namespace hotload::lake
