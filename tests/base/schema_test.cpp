#include "base/schema.hpp"

#include <catch2/catch.hpp>

#include "base/yaml/scalar.hpp"
#include "tests/base/yaml/document.hpp"

using namespace einfall::base;
using einfall::base::yaml::Node;
using einfall::base::yaml::parse_text;

namespace {

struct Memory {
  std::string name;
  Bytes capacity;
};

const Schema<Memory>& memory_schema() {
  static const Schema<Memory> schema{
      "memory",
      "A memory of a machine.",
      {{"name", "name", Presence::kRequired, "", "How mappings call it.",
        [](const Node& n, Memory& m, Diagnostics& sink) {
          if (auto v = yaml::read_name(n, "the name of a memory", sink)) m.name = *v;
        }},
       {"capacity", "bytes", Presence::kOptional, "unbounded", "What | how much fits.",
        [](const Node& n, Memory& m, Diagnostics& sink) {
          if (auto v = yaml::read_bytes(n, "the capacity of a memory", sink)) m.capacity = *v;
        }}}};
  return schema;
}

Diagnostics problems(const std::string& text) {
  const auto node = parse_text(text);
  REQUIRE(node);
  Memory memory;
  Diagnostics sink;
  const bool read = read_object(memory_schema(), *node, memory, sink);
  CHECK(read == sink.empty());
  return sink;
}

}  // namespace

TEST_CASE("a map is read into a struct by its schema", "[schema]") {
  const auto node = parse_text("name: buffer\ncapacity: 16 MiB\n");
  Memory memory;
  Diagnostics sink;
  REQUIRE(read_object(memory_schema(), *node, memory, sink));
  CHECK(memory.name == "buffer");
  CHECK(memory.capacity == Bytes(16 << 20));
  CHECK(problems("name: b\n").empty());
}

TEST_CASE("unknown keys are reported with the nearest known one", "[schema]") {
  const Diagnostics near = problems("name: b\ncapacty: 1 B\n");
  REQUIRE(near.size() == 1);
  CHECK(near[0].code == "E011");
  CHECK(near[0].span.text() == "t.yaml:2:1");
  CHECK(near[0].message == "a memory has no key 'capacty'");
  CHECK(near[0].help == "did you mean 'capacity'?");
  const Diagnostics far = problems("name: b\nxyzzy: 1\n");
  REQUIRE(far.size() == 1);
  CHECK(far[0].help == "it has: name capacity");
}

TEST_CASE("everything wrong with a map's keys is reported at once", "[schema]") {
  const Diagnostics all = problems("foo: 1\nbar: 2\ncapacity: 7\n");
  REQUIRE(all.size() == 4);
  CHECK(all[3].code == "E019");
  CHECK(all[2].code == "E017");
  CHECK(all[2].message == "a memory needs the key 'name' (name)");
}

TEST_CASE("what is not a map is refused", "[schema]") {
  for (const char* text : {"[a]", "a", ""}) {
    const Diagnostics sink = problems(text);
    REQUIRE(sink.size() == 1);
    CHECK(sink[0].code == "E016");
  }
  CHECK(problems("[a]")[0].message == "a memory is a map, found a list");
}

TEST_CASE("errors of the fields are passed on", "[schema]") {
  const Diagnostics sink = problems("name: 3x\ncapacity: 7\n");
  REQUIRE(sink.size() == 2);
  CHECK(sink[0].code == "E018");
  CHECK(sink[1].code == "E019");
}

TEST_CASE("the reference page comes from the same table", "[schema]") {
  CHECK(markdown(table_of(memory_schema())) ==
        "## memory\n\nA memory of a machine.\n\n"
        "| key | value | default | meaning |\n|---|---|---|---|\n"
        "| `name` | name | required | How mappings call it. |\n"
        "| `capacity` | bytes | unbounded | What \\| how much fits. |\n");
}
