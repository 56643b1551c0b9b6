// SPDX-License-Identifier: Apache-2.0
#include "lake/page_checksums.h"

#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <optional>
#include <vector>

#include "model/identifier.h"

namespace hotload::lake {

namespace {

constexpr uint64_t kFirstPage = 4;  // after the magic
constexpr int kDeepest = 16;

struct PageHeader {
  int64_t bytes = 0;        // of the header itself
  int64_t page_bytes = -1;  // of what follows it
  std::optional<uint32_t> checksum;
};

// Reads a page's header: a struct in Thrift's compact protocol, of which two numbers count. What
// ends too early or makes no sense is no header.
class HeaderReader {
 public:
  explicit HeaderReader(std::ifstream& file) : file_(file) {}

  std::optional<PageHeader> read() {
    PageHeader header;
    int64_t field = 0;
    while (const int type = next_field(field)) {
      if (type == kInt32 && field == 3) {
        header.page_bytes = signed_number();
      } else if (type == kInt32 && field == 4) {
        header.checksum = static_cast<uint32_t>(signed_number());
      } else {
        skip(type, 0);
      }
    }
    header.bytes = bytes_;
    if (failed_ || header.page_bytes < 0 || header.page_bytes > INT32_MAX) return std::nullopt;
    return header;
  }

 private:
  enum Type {
    kTrue = 1,
    kFalse,
    kByte,
    kInt16,
    kInt32,
    kInt64,
    kDouble,
    kBinary,
    kList,
    kSet,
    kMap,
    kStruct
  };

  uint8_t byte() {
    const int c = failed_ ? EOF : file_.get();
    failed_ |= c == EOF;
    ++bytes_;
    return failed_ ? 0 : static_cast<uint8_t>(c);
  }

  uint64_t number() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const uint8_t part = byte();
      value |= uint64_t{part & 0x7FU} << shift;
      if (part < 0x80) return value;
    }
    failed_ = true;
    return 0;
  }

  int64_t signed_number() {
    const uint64_t value = number();
    return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
  }

  // The type of a struct's next field; 0 at its end.
  int next_field(int64_t& field) {
    const uint8_t head = byte();
    if (failed_ || head == 0) return 0;
    field = head >> 4 != 0 ? field + (head >> 4) : static_cast<int16_t>(signed_number());
    return head & 0xF;
  }

  void skip_bytes(uint64_t count) {
    file_.ignore(static_cast<std::streamsize>(std::min<uint64_t>(count, 1U << 30)));
    failed_ |= !file_ || count >= 1U << 30;
    bytes_ += static_cast<int64_t>(count);
  }

  void skip(int type, int depth) {
    if (depth > kDeepest) failed_ = true;
    if (failed_ || type == kTrue || type == kFalse) return;
    if (type == kByte) return skip_bytes(1);
    if (type == kInt16 || type == kInt32 || type == kInt64) return void(number());
    if (type == kDouble) return skip_bytes(8);
    if (type == kBinary) return skip_bytes(number());
    if (type == kStruct) {
      int64_t field = 0;
      while (const int inner = next_field(field)) skip(inner, depth + 1);
      return;
    }
    failed_ = true;  // pages' headers hold no lists
  }

  std::ifstream& file_;
  int64_t bytes_ = 0;
  bool failed_ = false;
};

std::optional<PageHeader> header_at(std::ifstream& file, uint64_t at) {
  file.clear();
  file.seekg(static_cast<std::streamoff>(at));
  return HeaderReader(file).read();
}

// Of what follows in the file; nothing where that ends.
std::optional<uint32_t> checksum_of(std::ifstream& file, int64_t bytes) {
  std::vector<char> buffer(size_t{256} << 10);
  uLong sum = ::crc32(0, nullptr, 0);
  while (bytes > 0) {
    const auto count = std::min<int64_t>(bytes, static_cast<int64_t>(buffer.size()));
    if (!file.read(buffer.data(), count)) return std::nullopt;
    sum = ::crc32(sum, reinterpret_cast<const Bytef*>(buffer.data()), static_cast<uInt>(count));
    bytes -= count;
  }
  return static_cast<uint32_t>(sum);
}

// `bytes` is what the footer says, which may be more than the file has.
void check_pages(std::ifstream& file, const std::string& column, uint64_t from, uint64_t bytes) {
  for (uint64_t at = from; at - from < bytes;) {
    const std::optional<PageHeader> header = header_at(file, at);
    // What is wrong with a header is told by those who read the page.
    if (!header) return;
    const bool matches =
        !header->checksum || checksum_of(file, header->page_bytes) == header->checksum;
    if (!matches) {
      throw Error(ErrorCode::kBadFile, "column '" + column + "': the page at byte " +
                                           std::to_string(at) +
                                           " does not match its checksum: the file is damaged; "
                                           "write or fetch it again");
    }
    at += static_cast<uint64_t>(header->bytes + header->page_bytes);
  }
}

}  // namespace

void check_page_checksums(engine::Connection& connection, const fs::path& parquet) {
  std::ifstream file(parquet, std::ios::binary);
  if (!file) throw_errno(errno, "open", parquet);
  const std::optional<PageHeader> first = header_at(file, kFirstPage);
  if (!first || !first->checksum) return;
  // Some writers say 0 where a chunk has no dictionary.
  for (const engine::Row& chunk : connection.rows(
           "SELECT path_in_schema, least(data_page_offset, coalesce(nullif(dictionary_page_offset, "
           "0), data_page_offset)), total_compressed_size FROM parquet_metadata(" +
           model::quote_literal(parquet.string()) + ") WHERE total_compressed_size > 0")) {
    check_pages(file, chunk[0].value_or(""),
                static_cast<uint64_t>(std::stoll(chunk[1].value_or("0"))),
                static_cast<uint64_t>(std::stoll(chunk[2].value_or("0"))));
  }
}

}  // namespace hotload::lake
