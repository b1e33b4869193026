#include "einsum/import/accelforge_text.hpp"

#include <algorithm>
#include <cctype>

#include "einsum/ir/builtins.hpp"

namespace einfall::einsum {
namespace {

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

class Rewrite {
 public:
  Rewrite(const std::string& text, const base::SourceSpan& place, TensorNames& names)
      : in_(tokens_of(text)), brackets_(brackets_of(in_)), place_(place), names_(names) {}

  RewrittenText run() {
    for (at_ = 0; at_ < in_.size();) step();
    result_.text = text_of(out_);
    return std::move(result_);
  }

 private:
  [[nodiscard]] bool follows(std::size_t ahead, std::string_view symbol) const {
    return at_ + ahead < in_.size() && in_[at_ + ahead].is(symbol);
  }

  void step() {
    const ForeignToken& token = in_[at_];
    // The role of a tensor, as older files give it: K(weight)[...].
    const bool role = token.is_name() && follows(1, "(") && follows(3, ")") && follows(4, "[");
    if (token.is_name() && (follows(1, "[") || role)) {
      access(role ? 4 : 1);
    } else if (token.is_name() && follows(1, "(")) {
      call();
    } else {
      for (const char* op : {"*", "/", "+", "-"}) result_.has_operators |= token.is(op);
      copy();
    }
  }

  void copy() { out_.push_back(in_[at_++]); }

  void access(std::size_t bracket) {
    const std::string name = names_.of(in_[at_].text, place_);
    copy();
    out_.back().text = name;
    at_ += bracket - 1;
    const std::size_t end = brackets_[at_].after;
    std::vector<std::string> ranks;
    bool begin = true;  // of an index
    for (copy(); at_ < end; ++at_) {
      if (begin && in_[at_].is_name()) ranks.push_back(upper(in_[at_].text));
      if (in_[at_].is_name() && std::islower(static_cast<unsigned char>(in_[at_].text[0])) != 0)
        result_.variables.insert(in_[at_].text);
      begin = in_[at_].is(",");
      out_.push_back(in_[at_]);
      if (in_[at_].is("=")) out_.back().text = ":";
    }
    result_.accesses.emplace_back(name, std::move(ranks));
  }

  void call() {
    const std::string& name = in_[at_].text;
    if (name == "copy") {
      ++at_;
      return;
    }
    result_.has_operators = true;
    if (!find_builtin(name) && name != "sum" && name != "prod" && name.rfind("convert_", 0) != 0)
      result_.functions.emplace(name, brackets_[at_ + 1].parts);
    copy();
  }

  std::vector<ForeignToken> in_;
  std::vector<Enclosed> brackets_;
  std::vector<ForeignToken> out_;
  const base::SourceSpan& place_;
  TensorNames& names_;
  RewrittenText result_;
  std::size_t at_ = 0;
};

}  // namespace

RewrittenText rewrite_accelforge(const std::string& text, const base::SourceSpan& place,
                                 TensorNames& names) {
  return Rewrite(text, place, names).run();
}

}  // namespace einfall::einsum
