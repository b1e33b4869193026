#include <catch2/catch.hpp>

#include "tests/support/program.hpp"
#include "tests/support/scratch.hpp"

namespace einfall::tests {
namespace {

// A command line that makes no sense, and the one diagnostic it gets: code, the word it points to,
// parts of message and help.
struct Wrong {
  const char* arguments;
  const char* code;
  const char* at;
  const char* message;
  const char* help;
};

const Wrong kWrong[] = {
    {"", "E004", "", "a command is missing", "check, analyze, eval"},
    {"frobnicate", "E003", "frobnicate", "unknown command 'frobnicate'", "the commands are check"},
    {"anlyze a.yaml", "E003", "anlyze", "unknown command 'anlyze'", "did you mean 'analyze'?"},
    {"--jsn check a.yaml", "E003", "--jsn", "unknown option '--jsn' before", "'--json'"},
    {"check", "E004", "", "`check` needs FILE", "einfall check --help"},
    {"eval", "E004", "", "`eval` needs CASCADE: a cascade document", "einfall eval --help"},
    {"eval a.yaml b.yaml", "E003", "b.yaml", "unexpected argument 'b.yaml'", "eval --help"},
    {"eval a.yaml --sead=3", "E003", "--sead", "`eval` has no option '--sead'", "'--seed'"},
    {"check --frobnicate x", "E003", "--frob", "no option '--frobnicate'", "check --help"},
    {"eval a.yaml --mode bit-tru", "E005", "--mode", "not one of bit-true, reference",
     "'bit-true'"},
    {"convert a.yaml --from teal", "E005", "--from", "'teal' is not one of accelforge", "'teaal'"},
    {"reproduce fusemax --mode x", "E005", "--mode", "not one of corrected, published", ""},
    {"eval a.yaml --seed", "E004", "--seed", "the value of --seed is missing", "--seed UINT"},
    {"eval a.yaml --seed x", "E005", "--seed", "'x' is not a whole number", ""},
    {"eval a.yaml --seed -1", "E005", "--seed", "'-1' is not a whole number", ""},
    {"eval a.yaml --seed 18446744073709551616", "E005", "--seed", "0 to 2^64 - 1", ""},
    {"eval a.yaml --seed 1 --seed 2", "E005", "--seed", "given more than once", ""},
    {"eval a.yaml --against b --tolerance nan", "E005", "--tolerance", "not a finite number", ""},
    {"eval a.yaml --against b --tolerance inf", "E005", "--tolerance", "not a finite number", ""},
    {"eval a.yaml --against b --tolerance -1", "E005", "--tolerance", "from 0 on", ""},
    {"eval a.yaml --tolerance 1", "E005", "--tolerance", "nothing to compare", "--against"},
    {"eval a.yaml --machine m", "E005", "--machine", "bit-true only", "--mode bit-true"},
    {"eval a.yaml --against ''", "E005", "--against", "'' is not the name of a file",
     "leave --against out"},
    {"analyze a.yaml --tiles M/P", "E005", "--tiles", "no buffer is given", "--buffer BYTES"},
    {"analyze a.yaml --buffer x", "E005", "--buffer", "'x' is not a size", "from 1 on"},
    {"convert a.yaml -o", "E004", "-o", "the value of -o is missing", "-o PATH"},
    {"convert a.yaml -o --from", "E005", "-o", "not the name of a file", ""},
    {"convert a.yaml -o ''", "E005", "-o", "'' is not the name of a file", "leave --output out"},
};

}  // namespace

TEST_CASE("a command line that makes no sense is exit code 1 with a reason and its place",
          "[cli]") {
  for (const Wrong& wrong : kWrong) {
    const Ran ran = einfall(wrong.arguments);
    INFO(wrong.arguments << "\n" << ran.out << ran.err);
    CHECK(ran.exit == 1);
    CHECK(ran.out.empty());
    CHECK(ran.err.rfind("command line:1:", 0) == 0);
    CHECK(ran.err.find('^') != std::string::npos);
  }
}

TEST_CASE("with --json a command line that makes no sense is explained in JSON", "[cli]") {
  for (const Wrong& wrong : kWrong) {
    const std::string arguments = wrong.arguments;
    const Ran ran = einfall("--json " + arguments);
    const auto json = nlohmann::json::parse(ran.out, nullptr, false);
    CHECK(ran.exit == 1);
    INFO(wrong.arguments << "\n" << json.dump(2));
    REQUIRE(json["diagnostics"].size() == 1);
    const auto& found = json["diagnostics"][0];
    CHECK(found["code"] == wrong.code);
    CHECK(found["message"].get<std::string>().find(wrong.message) != std::string::npos);
    CHECK(found["help"].get<std::string>().find(wrong.help) != std::string::npos);
    CHECK(found["line"] == 1);
    const std::string line = "einfall --json" + (arguments.empty() ? "" : " " + arguments);
    const std::size_t column = found["column"].get<std::size_t>() - 1;
    if (*wrong.at != '\0')
      CHECK(column == line.find(std::string(" ") + wrong.at) + 1);
    else
      CHECK(column == line.size());
  }
}

TEST_CASE("the option --json may stand anywhere on the command line", "[cli]") {
  const auto expected = einfall_json("check docs/tutorial/mistake.yaml");
  for (const char* line :
       {"--json check docs/tutorial/mistake.yaml", "check --json docs/tutorial/mistake.yaml"})
    CHECK(nlohmann::json::parse(einfall(line).out, nullptr, false) == expected);
}

TEST_CASE("several wrong words are all reported", "[cli]") {
  const auto json = einfall_json("analyze --frob a.yaml b.yaml");
  CHECK(json["diagnostics"].size() == 2);
}

TEST_CASE("an empty file name is named as such", "[cli]") {
  for (const char* command : {"check", "analyze", "eval", "convert", "cost"}) {
    const Ran ran = einfall(command + std::string(" ''"));
    INFO(command << "\n" << ran.err);
    CHECK(ran.exit == 1);
    CHECK(ran.err.find("'': error[E001]: cannot be read: the name is empty") == 0);
  }
}

TEST_CASE("a file that cannot be written is a diagnostic in JSON too", "[cli]") {
  const auto json = einfall_json("convert docs/tutorial/two_pass.yaml -o /nowhere/out.yaml");
  REQUIRE(json["diagnostics"].size() == 1);
  CHECK(json["diagnostics"][0]["code"] == "E006");
  CHECK(json["diagnostics"][0]["file"] == "/nowhere/out.yaml");
}

TEST_CASE("a size setting must be a name and a size", "[cli]") {
  for (const char* setting : {"M", "=4", "M=", "M=x", "M=0", "M=-4", "M=4Q", "M=4KK", "M=1.5",
                              "M=99999999999999999999", "M=9999999999G", "'M=4 '"}) {
    const Ran ran = einfall(std::string("eval a.yaml --set ") + setting);
    INFO(setting);
    CHECK(ran.exit == 1);
    CHECK(ran.err.find("--set") != std::string::npos);
  }
  const Ran twice = einfall("eval a.yaml --set M=4 --set M=5");
  CHECK(twice.exit == 1);
  CHECK(twice.err.find("M is set twice") != std::string::npos);
}

}  // namespace einfall::tests
