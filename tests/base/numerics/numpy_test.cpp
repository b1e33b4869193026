#include <unistd.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <vector>

#include "base/numerics/arithmetic.hpp"

using namespace einfall::base::numerics;
namespace fs = std::filesystem;

// NumPy's float16 is an implementation that shares nothing with ours.
namespace {

constexpr const char* kPython = "/usr/bin/python3";
constexpr const char* kScript = R"(
import sys, numpy as np
np.seterr(all='ignore')
x = np.fromfile(sys.argv[1], dtype=np.float64)
h = x.astype(np.float16)
a, b = h[0::2], h[1::2]
np.concatenate([h, a + b, a - b, a * b, a / b, np.sqrt(np.abs(a))]).tofile(sys.argv[2])
)";

std::vector<double> stimulus() {
  std::mt19937_64 random(13);
  std::vector<double> out;
  for (int i = 0; i < 20000; ++i) {
    const double v =
        std::ldexp(static_cast<double>(random() >> 11), static_cast<int>(random() % 44) - 80);
    out.push_back(random() % 2 == 0 ? v : -v);
  }
  for (const double v : {0.0, -0.0, 65504.0, 65519.9, 65520.0, 1e300, 0x1p-24, 0x1p-25, 0x1.8p-25,
                         0x1.0000000000001p-25, double(INFINITY), -double(INFINITY)})
    out.push_back(v);
  return out;
}

}  // namespace

TEST_CASE("fp16 agrees with NumPy's float16 on conversion and arithmetic", "[numerics][numpy]") {
  if (std::system((std::string(kPython) + " -c 'import numpy' 2>/dev/null").c_str()) != 0) {
    if (std::getenv("CI") != nullptr) FAIL(kPython << " has no NumPy, which CI must install");
    WARN("skipped: /usr/bin/python3 with NumPy (Debian: python3-numpy) is not here");
    return;
  }
  const fs::path folder = fs::temp_directory_path() / ("einfall_numpy_" + std::to_string(getpid()));
  fs::create_directory(folder);
  const fs::path script = folder / "half.py", in = folder / "in.bin", out = folder / "out.bin";
  std::ofstream(script) << kScript;
  const std::vector<double> x = stimulus();
  std::ofstream(in, std::ios::binary)
      .write(reinterpret_cast<const char*>(x.data()),
             static_cast<std::streamsize>(x.size() * sizeof(double)));
  const std::string command =
      std::string(kPython) + " " + script.string() + " " + in.string() + " " + out.string();
  const int status = std::system(command.c_str());
  std::vector<std::uint16_t> codes(x.size() + 5 * x.size() / 2);
  std::ifstream(out, std::ios::binary)
      .read(reinterpret_cast<char*>(codes.data()),
            static_cast<std::streamsize>(codes.size() * sizeof(std::uint16_t)));
  fs::remove_all(folder);
  REQUIRE(status == 0);

  const Rounder to(kFp16);
  int bad = 0, finite = 0;
  const auto compare = [&](std::size_t at, double got) {
    const double expected = decode(kFp16, codes[at]);
    finite += std::isfinite(expected) ? 1 : 0;
    const bool equal = std::isnan(expected)
                           ? std::isnan(got)
                           : expected == got && std::signbit(expected) == std::signbit(got);
    bad += equal ? 0 : 1;
  };
  const std::size_t pairs = x.size() / 2;
  for (std::size_t i = 0; i < x.size(); ++i) compare(i, to(x[i]));
  for (std::size_t i = 0; i < pairs; ++i) {
    const double a = to(x[2 * i]), b = to(x[2 * i + 1]);
    std::size_t at = x.size() + i;
    for (const double got :
         {add(to, a, b), sub(to, a, b), mul(to, a, b), div(to, a, b), sqrt(to, std::fabs(a))}) {
      compare(at, got);
      at += pairs;
    }
  }
  CHECK(bad == 0);
  CHECK(finite > 30000);  // the stimulus is not all overflow
}
