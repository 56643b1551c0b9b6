// SPDX-License-Identifier: Apache-2.0
// Runs a target without libFuzzer: over its seeds, then over changed seeds for some seconds. The
// changes follow from the number of the run alone. FOLDER SECONDS
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

constexpr size_t kMaxBytes = 4096;

void run(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size());
}

std::vector<std::string> read_seeds(const std::filesystem::path& folder) {
  std::vector<std::string> seeds;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    seeds.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  std::sort(seeds.begin(), seeds.end());
  return seeds;
}

std::string changed(const std::vector<std::string>& seeds, std::mt19937_64& random) {
  const auto below = [&](size_t limit) { return limit == 0 ? 0 : random() % limit; };
  std::string text = seeds[below(seeds.size())];
  for (size_t left = 1 + below(4); left > 0; --left) {
    const size_t at = below(text.size() + 1);
    const std::string& other = seeds[below(seeds.size())];
    switch (below(5)) {
      case 0:
        text.insert(at, 1, static_cast<char>(below(256)));
        break;
      case 1:
        text.erase(at, 1 + below(8));
        break;
      case 2:
        if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << below(8)));
        break;
      case 3:
        text.insert(at, other.substr(below(other.size()), below(64)));
        break;
      default:
        text.insert(at, text.substr(at, below(32)));
    }
  }
  text.resize(std::min(text.size(), kMaxBytes));
  return text;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const std::vector<std::string> seeds = read_seeds(argv[1]);
  if (seeds.empty()) return 2;
  for (const std::string& seed : seeds) run(seed);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(std::atoi(argv[2]));
  std::mt19937_64 random(1);
  int64_t runs = 0;
  for (; std::chrono::steady_clock::now() < end; ++runs) run(changed(seeds, random));
  std::printf("%zu seeds, %lld changed\n", seeds.size(), static_cast<long long>(runs));
  return 0;
}
