#include "ptx/cursor.h"

#include <cctype>
#include <cstdlib>
#include <cstring>

namespace ptxemu {

namespace {

bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool in_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || (c != 0 && std::strchr("_$%.", c)); }

}  // namespace

Cursor::Cursor(std::string_view text) {
  text_.reserve(text.size());
  for (std::size_t i = 0; i < text.size() && text[i] != 0; i++) {
    const bool two = i + 1 < text.size();
    if (two && text[i] == '/' && text[i + 1] == '/') {
      while (i < text.size() && text[i] != '\n') i++;
      text_ += '\n';
    } else if (two && text[i] == '/' && text[i + 1] == '*') {
      const std::size_t end = text.find("*/", i + 2);
      if (end == std::string_view::npos) break;
      i = end + 1;
    } else {
      text_ += text[i];
    }
  }
}

void Cursor::skip_space() {
  while (at_ < text_.size() && is_space(text_[at_])) at_++;
}

bool Cursor::at_end() {
  skip_space();
  return at_ >= text_.size();
}

char Cursor::peek() { return at_end() ? '\0' : text_[at_]; }

bool Cursor::eat(char c) {
  if (peek() != c) return false;
  at_++;
  return true;
}

void Cursor::expect(char c) {
  if (!eat(c)) fail(std::string("expected '") + c + "'");
}

std::string Cursor::word() {
  skip_space();
  const std::size_t begin = at_;
  for (;;) {
    if (at_ < text_.size() && in_word(text_[at_])) {
      at_++;
    } else if (at_ + 2 < text_.size() && text_.compare(at_, 2, "::") == 0 && at_ > begin) {
      at_ += 2;
    } else {
      break;
    }
  }
  return text_.substr(begin, at_ - begin);
}

bool Cursor::eat_word(std::string_view w) {
  const std::size_t before = at_;
  if (word() == w) return true;
  at_ = before;
  return false;
}

std::string Cursor::until(char c) {
  const std::size_t begin = at_;
  bool quoted = false;
  while (at_ < text_.size() && (quoted || text_[at_] != c)) {
    if (text_[at_] == '"') quoted = !quoted;
    at_++;
  }
  if (at_ >= text_.size()) fail(std::string("no '") + c + "' before the end");
  return text_.substr(begin, at_++ - begin);
}

void Cursor::skip_line() {
  while (at_ < text_.size() && text_[at_] != '\n') at_++;
}

void Cursor::fail(const std::string &what) const {
  throw ParseError("PTX: " + what + " near: " + text_.substr(at_, 60));
}

std::string trimmed(std::string_view s) {
  while (!s.empty() && is_space(s.front())) s.remove_prefix(1);
  while (!s.empty() && is_space(s.back())) s.remove_suffix(1);
  return std::string(s);
}

std::vector<std::string> split_list(std::string_view s) {
  std::vector<std::string> parts;
  int depth = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < s.size(); i++) {
    if (std::strchr("{[(", s[i])) depth++;
    if (std::strchr("}])", s[i])) depth--;
    if (s[i] == ',' && depth == 0) {
      parts.push_back(trimmed(s.substr(begin, i - begin)));
      begin = i + 1;
    }
  }
  const std::string last = trimmed(s.substr(begin));
  if (!last.empty() || !parts.empty()) parts.push_back(last);
  return parts;
}

bool parse_number(std::string_view s, u64 *bits, bool *single) {
  const bool negative = !s.empty() && s[0] == '-';
  if (negative) s.remove_prefix(1);
  if (s.empty() || !is_digit(s[0])) return false;
  const std::string digits(s);
  const char kind = s.size() > 1 && s[0] == '0' ? s[1] : '\0';
  if (kind == 'f' || kind == 'F') {
    *bits = std::strtoull(digits.c_str() + 2, nullptr, 16) ^ (negative ? u64{1} << 31 : 0);
    if (single) *single = true;
  } else if (kind == 'd' || kind == 'D') {
    *bits = std::strtoull(digits.c_str() + 2, nullptr, 16) ^ (negative ? u64{1} << 63 : 0);
  } else if (s.find('.') != std::string_view::npos) {
    const double v = std::strtod(digits.c_str(), nullptr) * (negative ? -1 : 1);
    std::memcpy(bits, &v, sizeof v);
  } else {
    const u64 v = std::strtoull(digits.c_str(), nullptr, 0);
    *bits = negative ? 0 - v : v;
  }
  return true;
}

}  // namespace ptxemu
