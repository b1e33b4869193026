#include "base/text_table.hpp"

#include <catch2/catch.hpp>

using einfall::base::TextTable;
using Align = TextTable::Align;

TEST_CASE("a table is as wide as its widest cells and has no trailing blanks", "[text_table]") {
  TextTable table({{"name", Align::kLeft}, {"cycles", Align::kRight}, {"note", Align::kLeft}});
  table.add({"QK", "12", ""});
  table.add({"SLNV", "1234567", "late"});
  CHECK(table.text(2) ==
        "  name   cycles  note\n"
        "  QK         12\n"
        "  SLNV  1234567  late\n");
}

TEST_CASE("a table without titles has no line of headings", "[text_table]") {
  TextTable table({{"", Align::kLeft}, {"", Align::kRight}});
  table.add({"a", "1"});
  table.add({"bcd", "23"});
  CHECK(table.text() == "a     1\nbcd  23\n");
}

TEST_CASE("columns of a table align where cells are not ASCII", "[text_table]") {
  TextTable table({{"unit", Align::kLeft}, {"n", Align::kRight}});
  table.add({"µs", "1"});
  table.add({"ns", "2"});
  CHECK(table.text() == "unit  n\nµs    1\nns    2\n");
}
