// SPDX-License-Identifier: Apache-2.0
#include "remote/bucket.h"

#include <nanobind/nanobind.h>
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/string.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <system_error>

#include "bind.h"
#include "hotload/error.h"

namespace nb = nanobind;

namespace hotload::python {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path) {
  const int error = errno;
  throw Error(error == ENOSPC ? ErrorCode::kExhausted : ErrorCode::kIo,
              "cannot write " + path.string() + ": " + std::generic_category().message(error));
}

void fetch_object(const std::string& url, const std::filesystem::path& path,
                  const std::string& endpoint, const std::string& region,
                  const std::string& access_key, const std::string& secret_key,
                  const std::string& session_token, bool path_style) {
  const remote::BucketAccess access{endpoint,   region,        access_key,
                                    secret_key, session_token, path_style};
  const nb::gil_scoped_release released;
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "wbe"));
  if (file == nullptr) fail(path);
  remote::fetch_object(url, access, [&](const char* data, size_t size) {
    if (std::fwrite(data, 1, size, file.get()) != size) fail(path);
  });
  if (std::fflush(file.get()) != 0) fail(path);
}

}  // namespace

void bind_bucket(nb::module_& module) {
  module.def("fetch_object", &fetch_object, nb::arg("url"), nb::arg("path"), nb::kw_only(),
             nb::arg("endpoint") = "", nb::arg("region") = "us-east-1", nb::arg("access_key") = "",
             nb::arg("secret_key") = "", nb::arg("session_token") = "",
             nb::arg("path_style") = false,
             "Writes the object s3://bucket/key to a local file, without the GIL. An empty endpoint"
             " is Amazon's; without an access key the request is not signed.");
}

}  // namespace hotload::python
