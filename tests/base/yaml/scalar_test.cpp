#include "base/yaml/scalar.hpp"

#include <catch2/catch.hpp>
#include <limits>

#include "tests/base/yaml/document.hpp"

using namespace einfall::base;
using namespace einfall::base::yaml;

namespace {

// Reads `text` as the value of a key; "" codes mean success.
template <class Reader>
auto read(const std::string& text, Reader reader, std::string& code) {
  const auto node = parse_text("k: " + text + "\n");
  REQUIRE(node);
  Diagnostics sink;
  auto value = reader(*node->find("k"), "the value", sink);
  REQUIRE(value.has_value() == sink.empty());
  code = sink.empty() ? "" : sink.front().code;
  return value;
}
template <class Reader>
auto value_of(const std::string& text, Reader reader) {
  std::string code;
  const auto value = read(text, reader, code);
  INFO(text);
  REQUIRE(code.empty());
  return *value;
}
template <class Reader>
std::string code_of(const std::string& text, Reader reader) {
  std::string code;
  (void)read(text, reader, code);
  return code;
}

const auto kInteger = [](const Node& n, const std::string& w, Diagnostics& d) {
  return read_integer(n, w, -5, 100, d);
};
const auto kNumber = [](const Node& n, const std::string& w, Diagnostics& d) {
  return read_number(n, w, -1e300, 1e300, d);
};

}  // namespace

TEST_CASE("sizes are exact numbers of bytes", "[yaml][units]") {
  CHECK(value_of("16 MiB", read_bytes) == Bytes(16 << 20));
  CHECK(value_of("512 B", read_bytes) == Bytes(512));
  CHECK(value_of("0 B", read_bytes) == Bytes(0));
  CHECK(value_of("64 bit", read_bytes) == Bytes(8));
  CHECK(value_of("1.5 KiB", read_bytes) == Bytes(1536));
  CHECK(value_of("0.1 kB", read_bytes) == Bytes(100));
  CHECK(value_of("16MiB", read_bytes) == Bytes(16 << 20));
  CHECK(value_of("2 TB", read_bytes) == Bytes(2000000000000));
  CHECK(value_of("4194304 TiB", read_bytes) == Bytes(std::int64_t{1} << 62));
}

TEST_CASE("sizes that are not exact, too large or without unit are errors", "[yaml][units]") {
  CHECK(code_of("1.3 B", read_bytes) == "E020");
  CHECK(code_of("4 bit", read_bytes) == "E020");
  CHECK(code_of("-1 B", read_bytes) == "E020");
  CHECK(code_of("4194305 TiB", read_bytes) == "E020");
  CHECK(code_of("99999999999999999999999999 B", read_bytes) == "E020");
  CHECK(code_of("0.00000000000000000000000001 TiB", read_bytes) == "E020");
  CHECK(code_of("1e3 B", read_bytes) == "E020");
  CHECK(code_of("1.2.3 B", read_bytes) == "E020");
  CHECK(code_of("16", read_bytes) == "E019");
  CHECK(code_of("16 Mib", read_bytes) == "E019");
  CHECK(code_of("16 MiB/s", read_bytes) == "E019");
  CHECK(code_of("many", read_bytes) == "E018");
  CHECK(code_of("[1 B]", read_bytes) == "E018");
  CHECK(code_of("", read_bytes) == "E018");
}

TEST_CASE("messages about units say what was found and what would do", "[yaml][units]") {
  const auto node = parse_text("k: 16 Mib\nj: 16\n");
  REQUIRE(node);
  Diagnostics sink;
  CHECK_FALSE(read_bytes(*node->find("k"), "the capacity of a memory", sink));
  CHECK_FALSE(read_bytes(*node->find("j"), "the capacity of a memory", sink));
  CHECK(render(sink) ==
        "t.yaml:1:4: error[E019]: the capacity of a memory has the unknown unit 'Mib'\n"
        "     1 | k: 16 Mib\n"
        "       |    ^^^^^^\n"
        "  help: units: B KiB MiB GiB TiB kB MB GB TB bit\n"
        "t.yaml:2:4: error[E019]: the capacity of a memory needs a unit, found the bare number "
        "'16'\n"
        "     2 | j: 16\n"
        "       |    ^^\n"
        "  help: units: B KiB MiB GiB TiB kB MB GB TB bit\n");
}

TEST_CASE("rates and clocks are exact", "[yaml][units]") {
  CHECK(value_of("940 MHz", read_hertz) == Hertz(940000000));
  CHECK(value_of("1.2 GHz", read_hertz) == Hertz(1200000000));
  CHECK(code_of("0 Hz", read_hertz) == "E020");
  CHECK(code_of("0.3 Hz", read_hertz) == "E020");
  CHECK(value_of("400 GiB/s", read_bandwidth) == BytesPerSecond(400 * (std::int64_t{1} << 30)));
  CHECK(code_of("400 GiB", read_bandwidth) == "E019");
  CHECK(bytes_per_cycle(value_of("400 GiB/s", read_bandwidth), value_of("940 MHz", read_hertz)) ==
        Rational(67108864, 146875));
  CHECK(value_of("256 cycles", read_cycles) == Cycles(256));
  CHECK(value_of("1 cycle", read_cycles) == Cycles(1));
  CHECK(code_of("1.5 cycles", read_cycles) == "E020");
}

TEST_CASE("physical quantities are the nearest double", "[yaml][units]") {
  CHECK(value_of("17.16 pJ", read_energy) == Picojoules(17.16));
  CHECK(value_of("12.5 nJ", read_energy) == Picojoules(12500));
  CHECK(value_of("3 fJ", read_energy) == Picojoules(0.003));
  CHECK(value_of("1e-3 J", read_energy) == Picojoules(1e9));
  CHECK(value_of("84.2 mm2", read_area) == SquareMicrometres(84.2e6));
  CHECK(value_of("1545 um2", read_area) == SquareMicrometres(1545));
  CHECK(code_of("-1 pJ", read_energy) == "E020");
  CHECK(code_of("1e999 pJ", read_energy) == "E020");
  CHECK(code_of("+-3 pJ", read_energy) == "E018");
  CHECK(code_of("3 e pJ", read_energy) == "E019");
  CHECK(code_of("inf pJ", read_energy) == "E018");
}

TEST_CASE("integers are digits in a range", "[yaml][scalar]") {
  CHECK(value_of("42", kInteger) == 42);
  CHECK(value_of("+7", kInteger) == 7);
  CHECK(value_of("-5", kInteger) == -5);
  for (const char* bad : {"1K", "4M", "1.0", "1e3", "0x10", "+-3", "'42'", "[1]", "", "x", "4 2"})
    CHECK(code_of(bad, kInteger) == "E018");
  CHECK(code_of("-6", kInteger) == "E020");
  CHECK(code_of("101", kInteger) == "E020");
  CHECK(code_of("99999999999999999999", kInteger) == "E020");
}

TEST_CASE("numbers are finite and in range", "[yaml][scalar]") {
  CHECK(value_of("0.5", kNumber) == 0.5);
  CHECK(value_of("-1e-6", kNumber) == -1e-6);
  CHECK(value_of("+2", kNumber) == 2.0);
  for (const char* bad : {"nan", "inf", "-inf", ".nan", "0x1p3", "1,5", "''", "+", "+-1", "1 2"})
    CHECK(code_of(bad, kNumber) == "E018");
  CHECK(code_of("1e999", kNumber) == "E020");
  CHECK(code_of("1e301", kNumber) == "E020");
}

TEST_CASE("names, booleans, texts and choices", "[yaml][scalar]") {
  CHECK(value_of("fusemax-cloud.v2", read_name) == "fusemax-cloud.v2");
  for (const char* bad : {"2d", "a b", "''", "a/b", "[a]"})
    CHECK(code_of(bad, read_name) == "E018");
  CHECK(value_of("true", read_bool));
  CHECK_FALSE(value_of("false", read_bool));
  for (const char* bad : {"yes", "True", "'true'", "1"}) CHECK(code_of(bad, read_bool) == "E018");
  CHECK(value_of("'a: b'", read_text) == "a: b");
  CHECK(code_of("{a: b}", read_text) == "E018");

  const auto choice = [](const Node& n, const std::string& w, Diagnostics& d) {
    return read_choice(n, w, {"sequential", "phased", "pipelined"}, d);
  };
  CHECK(value_of("phased", choice) == 1);
  CHECK(code_of("phase", choice) == "E018");
  const auto node = parse_text("k: pipelind\n");
  Diagnostics sink;
  CHECK_FALSE(choice(*node->find("k"), "the schedule", sink));
  CHECK(sink[0].message ==
        "the schedule must be one of sequential, phased, pipelined, found 'pipelind'");
  CHECK(sink[0].help == "did you mean 'pipelined'?");
}
