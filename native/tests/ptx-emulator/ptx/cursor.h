// A place in PTX text, and how to move it.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "core/types.h"

namespace ptxemu {

struct ParseError : std::runtime_error {
  using runtime_error::runtime_error;
};

class Cursor {
 public:
  /// Comments are left out of the text first.
  explicit Cursor(std::string_view text);

  bool at_end();
  char peek();  ///< the next character that is no space; 0 at the end
  bool eat(char c);
  void expect(char c);
  bool eat_word(std::string_view w);  ///< this word exactly
  std::string word();                 ///< letters, digits and _ $ % . :: ; may be empty
  std::string until(char c);          ///< what precedes c, which is eaten; quotes are skipped over
  void skip_line();
  std::size_t position() const { return at_; }
  void move_to(std::size_t position) { at_ = position; }
  [[noreturn]] void fail(const std::string &what) const;

 private:
  void skip_space();

  std::string text_;
  std::size_t at_ = 0;
};

std::string trimmed(std::string_view s);
/// At commas outside brackets; parts trimmed.
std::vector<std::string> split_list(std::string_view s);
/// PTX's literals: 1, -1, 0x1F, 1U, 0f3F800000, 0d3FF0000000000000.
bool parse_number(std::string_view s, u64 *bits, bool *single = nullptr);

}  // namespace ptxemu
