// SPDX-License-Identifier: Apache-2.0
// Sockets of folders that forked children must not keep: who waits at the other end learns that
// this process is gone though a child of it lives.
#pragma once

namespace hotload::server {

// Closes it in children that are forked from now on, as long as it is the socket of a folder.
void close_in_children(int socket);

}  // namespace hotload::server
