// nero_abi_describe names every struct, field and enum constant that the header declares, and its hash is the
// runtime's.
#include <fstream>
#include <sstream>
#include <string>

#include "check.h"
#include "nero/nero.h"

namespace {

const std::string description = std::string("\n") + nero_abi_describe();
int64_t lines = 0;

/// The header declares it, so a line of the description begins with it.
void named(const std::string &what) {
  const bool is = description.find("\n" + what + " ") != std::string::npos;
  if (!is) fprintf(stderr, "nero_abi_describe has no line '%s ...'\n", what.c_str());
  CHECK(is);
  lines++;
}

std::string without_comments(std::string text) {
  for (size_t from = text.find("/*"); from != std::string::npos; from = text.find("/*", from)) {
    text.erase(from, text.find("*/", from) + 2 - from);
  }
  return text;
}

/// The last word of a text, what stands in brackets behind it left out: the name in "char name[32]".
std::string last_word(const std::string &text) {
  const char *letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
  const std::string declared = text.substr(0, text.find('['));
  const size_t end = declared.find_last_of(letters);
  if (end == std::string::npos) return "";
  const size_t before = declared.find_last_not_of(letters, end);
  return declared.substr(before + 1, end - before);
}

/// Calls take(body, name) for each "typedef KIND ... { body } name;".
template <class Take>
void each(const std::string &header, const std::string &kind, const Take &take) {
  for (size_t from = header.find("typedef " + kind); from != std::string::npos;
       from = header.find("typedef " + kind, from + 1)) {
    const size_t open = header.find_first_of("{;", from);
    if (header[open] == ';') continue;  // an opaque handle
    const size_t close = header.find('}', open);
    take(header.substr(open + 1, close - open - 1), last_word(header.substr(close, header.find(';', close) - close)));
  }
}

template <class Take>
void each_part(const std::string &body, char separator, const Take &take) {
  std::stringstream parts(body);
  for (std::string part; std::getline(parts, part, separator);) {
    if (!last_word(part).empty()) take(part);
  }
}

}  // namespace

int main(int count, char **arguments) {
  CHECK(count == 2);
  std::stringstream stream;
  stream << std::ifstream(arguments[1]).rdbuf();
  const std::string header = without_comments(stream.str());
  each(header, "struct", [](const std::string &body, const std::string &name) {
    named("struct " + name);
    each_part(body, ';', [&](const std::string &field) { named("field " + name + "." + last_word(field)); });
  });
  each(header, "enum", [](const std::string &body, const std::string &) {
    each_part(body, ',', [](const std::string &part) { named("enum " + last_word(part.substr(0, part.find('=')))); });
  });
  CHECK(lines > 200);
  int64_t described = 0;
  uint64_t hash = 0xcbf29ce484222325u;
  for (const char *c = nero_abi_describe(); *c != 0; c++) {
    described += *c == '\n' ? 1 : 0;
    hash = (hash ^ static_cast<unsigned char>(*c)) * 0x100000001b3u;
  }
  CHECK(described == lines);
  nero_runtime_info info{};
  info.struct_size = sizeof info;
  CHECK(nero_runtime_describe(&info, nullptr) == NERO_OK);
  CHECK(info.layout_hash == hash);
  return nero_failures != 0;
}
