#include "base/csv.hpp"

#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>

namespace einfall::base {
namespace {

std::vector<std::string> texts(const std::vector<CsvField>& fields) {
  std::vector<std::string> out;
  for (const CsvField& field : fields) out.push_back(field.text);
  return out;
}

using Texts = std::vector<std::string>;

TEST_CASE("fields stand between commas, without blanks and quotes", "[csv]") {
  CHECK(texts(csv_fields("a, b\t,,\"c, d\" , \"say \"\"e\"\"\",f\r")) ==
        Texts{"a", "b", "", "c, d", "say \"e\"", "f"});
  CHECK(texts(csv_fields("a,")) == Texts{"a", ""});
  CHECK(texts(csv_fields("")) == Texts{""});
  CHECK(texts(csv_fields("\"open, to the end")) == Texts{"open, to the end"});
  const auto fields = csv_fields("one,  \"two\"");
  CHECK(fields[1].column == 8);
  CHECK(fields[1].length == 3);
}

TEST_CASE("rows are lines that say something", "[csv]") {
  std::vector<std::pair<std::uint32_t, Texts>> rows;
  each_csv_row(
      "\xEF\xBB\xBF"
      "a,b\r\n# a comment\n\n \t\r\n1,2\n3,4",
      [&](auto line, const auto& row) {
        rows.emplace_back(line, texts(row));
        return line < 5;
      });
  CHECK(rows == std::vector<std::pair<std::uint32_t, Texts>>{{1, {"a", "b"}}, {5, {"1", "2"}}});
}

TEST_CASE("what is quoted comes back", "[csv][property]") {
  rc::prop("any texts without ends of lines", [](const Texts& any) {
    RC_PRE(!any.empty());
    std::string line;
    Texts expected;
    for (const std::string& text : any) {
      std::string quoted;
      expected.emplace_back();
      for (const char c : text) {
        if (c == '\n') continue;
        expected.back() += c;
        quoted += c == '"' ? "\"\"" : std::string(1, c);
      }
      line += (expected.size() > 1 ? ",\"" : "\"") + quoted + "\"";
    }
    RC_ASSERT(texts(csv_fields(line)) == expected);
  });
}

}  // namespace
}  // namespace einfall::base
