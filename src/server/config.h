// SPDX-License-Identifier: Apache-2.0
// How the server runs. Sizes in bytes, times in seconds unless a name says else.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace hotload::server {

struct Config {
  std::filesystem::path root;  // holds a folder for each workspace
  std::string workspace = "ws1";
  std::string api_key;        // one that may do all; empty: none but those of the key file
  bool allow_no_key = false;  // whoever can connect may do all
  bool plain = false;         // strictly what Hotdata offers: none of hotload's own calls
  // For the user's other processes on this machine, through a socket in the folder (`root` is the
  // lake's): without keys and labels, and sessions are the owner's. Else none of them.
  bool local = false;
  std::string reads_alone;  // why nothing is written here; empty: it is, by who may
  std::string host = "127.0.0.1";
  uint16_t port = 8080;         // 0: any that is free
  std::string tls_certificate;  // PEM files; empty: no TLS
  std::string tls_key;
  std::string public_url;  // by which clients reach the server; empty: as each request says

  int64_t max_connections = 1024;
  int64_t max_waiting = 512;  // requests that may wait for a thread
  int64_t max_header_bytes = 64 << 10;
  int64_t max_body_bytes = 32 << 20;         // of all but uploads
  int64_t max_public_body_bytes = 64 << 10;  // of requests that need no key
  int64_t max_sql_bytes = 1 << 20;
  int64_t max_json_bytes = 64 << 20;  // of one answer with a result's rows
  int64_t max_result_bytes = int64_t{16} << 30;
  int64_t max_upload_bytes = int64_t{16} << 30;
  int64_t part_bytes = 8 << 20;  // of an upload in parts; smaller uploads come in one piece
  int64_t header_timeout_s = 10;
  int64_t idle_timeout_s = 75;
  int64_t io_timeout_s = 60;      // without any progress of a body
  int64_t slot_timeout_s = 20;    // that work waits for a slot of the engine
  int64_t query_timeout_s = 300;  // of a query, and of a session's statement; 0: without end
  int64_t session_idle_s = 600;
  int64_t transaction_idle_s = 60;  // of a session with an open transaction: others wait for it
  int64_t max_sessions = 256;
  int64_t stop_timeout_ms = 30'000;

  int64_t io_threads = 2;
  int64_t handler_threads = 48;
  int64_t engine_slots = 0;  // statements and loads at once; 0: twice the cores
  int64_t preview_bytes = 8 << 20;
  int64_t result_ttl_s = 24 * 3600;
  int64_t upload_ttl_s = 7 * 24 * 3600;
};

}  // namespace hotload::server
