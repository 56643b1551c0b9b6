// SPDX-License-Identifier: Apache-2.0
#include "server/openapi.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/contract.h"
#include "hotload/error.h"

namespace hotload::server {
namespace {

using boost::json::object;

// "GET /v1/jobs" of each operation.
std::set<std::string> operations_of(const object& document) {
  std::set<std::string> found;
  for (const auto& [path, methods] : document.at("paths").as_object()) {
    for (const auto& [method, operation] : methods.as_object()) {
      std::string name(method);
      for (char& c : name) c = static_cast<char>(std::toupper(c));
      found.insert(name + " " + std::string(path));
    }
  }
  return found;
}

TEST(OpenApi, TheDocumentHasEachRouteAndTheServerEachOperationOfTheContract) {
  std::set<std::string> served;
  for (const Route& route : routes()) {
    EXPECT_TRUE(served.insert(std::string(route.method) + " " + route.pattern).second);
  }
  EXPECT_EQ(operations_of(openapi_document(routes())), served);
  EXPECT_EQ(operations_of(api::contract()), served);
}

TEST(OpenApi, ARouteThatTheContractDoesNotKnowIsAFault) {
  const std::array strange{Route{"GET", "/v1/strange", Access::kRead, nullptr, "no"}};
  EXPECT_THROW(openapi_document(strange), Error);
}

TEST(OpenApi, OperationsWithoutAHandlerAreMarkedAndHaveNoSuccess) {
  const object document = openapi_document(routes());
  for (const Route& route : routes()) {
    std::string method = route.method;
    for (char& c : method) c = static_cast<char>(std::tolower(c));
    const object& operation =
        document.at("paths").at(route.pattern).as_object().at(method).as_object();
    const object& responses = operation.at("responses").as_object();
    EXPECT_EQ(operation.contains("x-implemented"), route.handler == nullptr) << route.pattern;
    for (const char* success : {"200", "201", "202", "204"}) {
      if (route.handler == nullptr) {
        EXPECT_FALSE(responses.contains(success)) << route.pattern;
      }
    }
    if (route.handler == nullptr) {
      ASSERT_TRUE(responses.contains("501")) << route.pattern;
      EXPECT_EQ(responses.at("501").at("description").as_string(), route.reason);
    }
  }
}

}  // namespace
}  // namespace hotload::server
