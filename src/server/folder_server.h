// SPDX-License-Identifier: Apache-2.0
// Answers the other processes of this machine for the one that holds a folder, by the same calls as
// any server, through a socket in the folder that only its user (and root) gets to. It costs a
// sleeping thread until somebody comes.
#pragma once

#include <cstdint>

namespace hotload::server {

struct SharingOptions {
  bool loads = false;             // else reads alone
  int64_t handler_threads = 0;    // 0: some more than slots
  int64_t engine_slots = 0;       // statements and loads at once; 0: twice the cores
  int64_t stop_timeout_ms = 200;  // that what runs has to end once the folder is closed
};

// Folders that this process opens from now on are answered for. Before anything else uses OpenSSL.
void share_folders(const SharingOptions& options);
// Before a process exits, while all that its threads use is still there: ends what others do here,
// in a few seconds at most. No folder is shared any more.
void stop_sharing();

}  // namespace hotload::server
