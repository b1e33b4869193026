#include "base/yaml/error_codes.hpp"

#include <array>

namespace einfall::base::yaml {
namespace {

constexpr std::array<ErrorCode, 13> kCodes{{
    {"E001", "file that cannot be read",
     "The system's reason stands in the message: no such file, a folder, no permission. A name "
     "may also be empty."},
    {"E010", "not YAML",
     "The text is not YAML, not UTF-8, or holds control characters. In expressions, quote what has "
     "`: `, ` #` or a leading `*`, `&`, `!`, `[` or `{` in it, or use a literal block (`|`)."},
    {"E011", "unknown key",
     "A map has a key that its kind of document does not know. The nearest known key is suggested; "
     "schema.md lists them all."},
    {"E012", "duplicate key", "A key stands twice in one map; YAML would drop one in silence."},
    {"E013", "anchor, alias, tag or second document",
     "A document is one tree of maps, lists and text. Write the value out again, or quote the text "
     "that begins with `&`, `*` or `!`."},
    {"E014", "too deep or too large",
     "A document may have 1 MiB and 64 levels, far more than any real one needs."},
    {"E015", "key that is not one line of text",
     "Keys are plain or quoted text on one line. `{a: b}: c` and `[a]: c` are YAML, but no keys."},
    {"E016", "map or list expected",
     "The value under this key has the wrong shape: text where a map belongs, a map where a list "
     "belongs."},
    {"E017", "missing key", "A required key is absent. The message says what it holds."},
    {"E018", "wrong kind or form of value",
     "A number where a name belongs, a word that is none of the choices, an integer with letters."},
    {"E019", "unit missing or unknown",
     "Quantities carry their unit: `16 MiB`, `940 MHz`, `400 GiB/s`, `17.16 pJ`. A bare number is "
     "refused, because nobody could say later what it meant."},
    {"E020", "out of range", "The value has the right form but lies outside what makes sense."},
    {"E021", "unknown format version",
     "`einfall:` names the version of the document format; this program reads version 1."},
}};

}  // namespace

std::span<const ErrorCode> error_codes() { return kCodes; }

}  // namespace einfall::base::yaml
