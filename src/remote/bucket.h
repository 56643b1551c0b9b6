// SPDX-License-Identifier: Apache-2.0
// Reads objects of buckets: of Amazon S3 and of whatever speaks as it does.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

namespace hotload::remote {

struct BucketAccess {
  std::string endpoint;  // "https://host:port"; empty: Amazon's of the region
  std::string region = "us-east-1";
  std::string access_key;  // empty: asked without a signature, for public buckets
  std::string secret_key;
  std::string session_token;
  // Whether a bucket is a part of the path ("host/bucket/key") rather than of the host's name.
  bool path_style = false;
};

// As Amazon's own tools take it: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN,
// AWS_REGION or AWS_DEFAULT_REGION, AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL (then by path).
BucketAccess bucket_access_of_environment();

bool is_bucket_url(const std::string& location);  // "s3://bucket/key"

// Gives the object's bytes to `write` as they come, in their order and each once: after a broken
// connection the rest of the same object is asked for. Throws kInvalidArgument for what is no such
// URL, kNotFound, kPermission, kUnavailable, and what `write` throws.
void fetch_object(const std::string& url, const BucketAccess& access,
                  const std::function<void(const char* data, size_t size)>& write);

}  // namespace hotload::remote
