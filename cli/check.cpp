#include <CLI/CLI.hpp>
#include <memory>
#include <set>
#include <string>

#include "base/text_table.hpp"
#include "cli/commands.hpp"
#include "explore/document.hpp"

namespace einfall::cli {
namespace {

Outcome check(const std::vector<std::string>& files) {
  Outcome outcome;
  outcome.json["files"] = nlohmann::ordered_json::array();
  base::TextTable table({{"", {}}, {"", {}}, {"", {}}});
  std::set<std::string> said;
  for (const std::string& path : files) {
    explore::CheckedDocument checked = explore::check_document(path);
    const char* verdict = "fine";
    if (checked.verdict == explore::Verdict::kRejected) {
      verdict = "rejected";
      outcome.exit = Exit::kInput;
    } else if (checked.verdict == explore::Verdict::kUnmet) {
      verdict = "expectation not met";
      if (outcome.exit == Exit::kFine) outcome.exit = Exit::kModel;
    }
    // An empty name would be an empty cell.
    table.add({path.empty() ? "''" : path, checked.kind, verdict});
    outcome.json["files"].push_back({{"file", path}, {"kind", checked.kind}, {"verdict", verdict}});
    // What several documents lead to is said once.
    for (base::Diagnostic& diagnostic : checked.diagnostics)
      if (said.insert(base::render(base::Diagnostics{diagnostic})).second)
        outcome.diagnostics.push_back(std::move(diagnostic));
  }
  outcome.text = table.text();
  return outcome;
}

}  // namespace

Run declare_check(CLI::App& app) {
  auto files = std::make_shared<std::vector<std::string>>();
  app.add_option("FILE", *files, "documents: cascades, machines, mappings, ...")->required();
  return [files] { return check(*files); };
}

}  // namespace einfall::cli
