// SPDX-License-Identifier: Apache-2.0
#include "server/pages.h"

#include <gtest/gtest.h>

#include "api/errors.h"
#include "server/text.h"

namespace hotload::server {
namespace {

PageOf page(const ListOf& list, const std::vector<std::string>& keys, const std::string& cursor) {
  Request request;
  request.query = {{"limit", "2"}, {"cursor", cursor}};
  return page_of(request, list, keys);
}

std::string next(const PageOf& page) { return std::string(page.next_cursor.as_string()); }

TEST(Pages, GoOnBehindTheLastItemWhateverCameOrWent) {
  const ListOf up{.name = "items", .order = ListOf::Order::kAscending};
  const PageOf first = page(up, {"b", "d", "f"}, "");
  EXPECT_TRUE(first.has_more);
  EXPECT_EQ(page(up, {"a", "b", "c", "d", "e", "f"}, next(first)).begin, 4);
  EXPECT_EQ(page(up, {"f"}, next(first)).begin, 0);
  const ListOf down{.name = "items"};
  const PageOf latest = page(down, {"f", "d", "b"}, "");
  EXPECT_EQ(page(down, {"g", "f", "b", "a"}, next(latest)).begin, 2);
  const PageOf last = page(down, {"c"}, next(latest));
  EXPECT_FALSE(last.has_more);
  EXPECT_TRUE(last.next_cursor.is_null());
}

TEST(Pages, CursorsOfOtherListsAndAnyOtherTextAreRefused) {
  const ListOf list{.name = "items"};
  const std::string other = next(page({.name = "others"}, {"c", "b", "a"}, ""));
  for (const std::string& cursor : {other, std::string("2"), base64url("items\nb"), other + "A"}) {
    EXPECT_THROW(page(list, {"b", "a"}, cursor), api::Failure) << cursor;
  }
}

TEST(Base64Url, IsReadAsItIsWritten) {
  for (const std::string text : {"", "a", "ab", "abc", "\xff\xfe?>", "a\nb"}) {
    EXPECT_EQ(base64url_decoded(base64url(text)), text);
  }
  EXPECT_EQ(base64url("\xff\xfe"), "__4");
  for (const char* wrong : {"a", "a+/=", "a b c d", "\xc3\xa4zz"}) {
    EXPECT_EQ(base64url_decoded(wrong), std::nullopt) << wrong;
  }
}

}  // namespace
}  // namespace hotload::server
