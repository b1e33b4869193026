#include "explore/reference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "arch/document.hpp"
#include "arch/error_codes.hpp"
#include "base/yaml/error_codes.hpp"
#include "einsum/analysis/error_codes.hpp"
#include "einsum/eval/error_codes.hpp"
#include "einsum/import/error_codes.hpp"
#include "einsum/ir/error_codes.hpp"
#include "einsum/language/document.hpp"
#include "einsum/language/document_fields.hpp"
#include "einsum/language/error_codes.hpp"
#include "explore/error_codes.hpp"
#include "explore/gpu_fit.hpp"
#include "explore/reproduction.hpp"
#include "explore/scenario.hpp"
#include "mappings/ir/document.hpp"
#include "mappings/ir/error_codes.hpp"
#include "mappings/ir/model_shapes.hpp"
#include "mappings/model/error_codes.hpp"
#include "mappings/program/error_codes.hpp"
#include "mappings/schedule/error_codes.hpp"

namespace einfall::explore {
namespace {

constexpr std::string_view kGenerated =
    "This page is generated; `EINFALL_UPDATE_GOLDEN=1` and the tests labelled `error` rewrite it.";

// Codes in the order of their letter and number, not of their text: E99 before E100.
bool before(const base::ErrorCode* a, const base::ErrorCode* b) {
  if (a->code[0] != b->code[0]) return a->code[0] < b->code[0];
  if (a->code.size() != b->code.size()) return a->code.size() < b->code.size();
  return a->code < b->code;
}

// In a Markdown table a bar would end the cell.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

std::string anchor(std::string_view title) {
  std::string out;
  for (const char c : title)
    if (c != ',') out += c == ' ' ? '-' : static_cast<char>(std::tolower(c));
  return out;
}

}  // namespace

std::vector<CodeTable> error_code_tables() {
  return {{"command line and output", program_error_codes()},
          {"documents", base::yaml::error_codes()},
          {"kinds of documents, scenarios", error_codes()},
          {"cascades: sizes and dependences", einsum::ir_error_codes()},
          {"cascades: the language", einsum::language_error_codes()},
          {"imports from other tools", einsum::import_error_codes()},
          {"analysis of cascades", einsum::analysis_error_codes()},
          {"evaluation of cascades", einsum::eval_error_codes()},
          {"machines", arch::error_codes()},
          {"mappings and models", mappings::ir_error_codes()},
          {"pipelined schedules", mappings::schedule_error_codes()},
          {"cost of mappings", mappings::model_error_codes()},
          {"execution of mappings", mappings::program_error_codes()}};
}

std::vector<DocumentSchema> document_schemas() {
  return {{"cascade",
           {base::table_of(einsum::cascade_schema()), einsum::statement_table(),
            einsum::type_table(), einsum::opaque_table()}},
          {"machine", arch::schema_tables()},
          {"mapping", mappings::mapping_schema_tables()},
          {"model", mappings::model_schema_tables()},
          {"scenario", scenario_schema_tables()},
          {"reproduction", reproduction_schema_tables()},
          {"fit", gpu_fit_schema_tables()}};
}

std::string error_page() {
  std::string out = fmt::format(
      "# Errors and warnings\n\n{}\n\nA message reads `file:line:col: error[E204]: what was found "
      "and what was expected`, then the\nline with a caret, further places (`note:`) and what to "
      "do (`help:`).\n",
      kGenerated);
  for (const CodeTable& table : error_code_tables()) {
    std::vector<const base::ErrorCode*> codes;
    for (const base::ErrorCode& code : table.codes) codes.push_back(&code);
    std::sort(codes.begin(), codes.end(), before);
    out += fmt::format("\n## {}{}\n\n| code | what | when, and what to do |\n|---|---|---|\n",
                       static_cast<char>(std::toupper(table.layer[0])), table.layer.substr(1));
    for (const base::ErrorCode* code : codes)
      out +=
          fmt::format("| {} | {} | {} |\n", code->code, cell(code->title), cell(code->explanation));
  }
  return out;
}

std::string schema_page() {
  std::string out = fmt::format(
      "# Keys of the documents\n\n{}\n\nEvery document is YAML and begins with `einfall: 1`, the "
      "version of the format. Unknown and\nduplicate keys are errors.\n\n",
      kGenerated);
  const std::vector<DocumentSchema> schemas = document_schemas();
  for (const DocumentSchema& schema : schemas)
    for (const base::SchemaTable& table : schema.tables)
      out += fmt::format("- [{}](#{})\n", table.name, anchor(table.name));
  for (const DocumentSchema& schema : schemas)
    for (const base::SchemaTable& table : schema.tables) out += "\n" + base::markdown(table);
  return out;
}

}  // namespace einfall::explore
