#include "sched/device_calls.h"

#include <cctype>
#include <cstdio>
#include <cstring>

#include "isa/addressing.h"

namespace ptxemu {

namespace {

u8 *bytes_at(Exec &x, u64 address, u32 bytes, int lane) {
  return generic_view(x, Instruction{}, {address, bytes, lane, false}, nullptr);
}

std::string string_at(Exec &x, u64 address, int lane) {
  std::string s;
  for (;; address++) {
    const char c = static_cast<char>(*bytes_at(x, address, 1, lane));
    if (!c) return s;
    s += c;
  }
}

template <class T>
T argument(Exec &x, const CallSite &site, std::size_t n, int lane) {
  T v{};
  if (n >= site.arguments.size()) throw Fault(kIllegalInstruction, lane, site.callee + " with too few arguments");
  std::memcpy(&v, x.frame->lane_parameters(lane) + site.arguments[n], sizeof v);
  return v;
}

/// The variable arguments of printf, one behind the other at their own alignment.
class Arguments {
 public:
  Arguments(Exec &x, u64 at, int lane) : x_(x), at_(at), lane_(lane) {}

  template <class T>
  T next() {
    at_ = round_up(at_, sizeof(T));
    T v;
    std::memcpy(&v, bytes_at(x_, at_, sizeof(T), lane_), sizeof(T));
    at_ += sizeof(T);
    return v;
  }

 private:
  Exec &x_;
  u64 at_;
  int lane_;
};

std::string formatted(Exec &x, const std::string &format, Arguments args, int lane) {
  std::string out;
  char text[512];
  for (std::size_t i = 0; i < format.size(); i++) {
    if (format[i] != '%') {
      out += format[i];
      continue;
    }
    std::string flags = "%";
    bool wide = false;
    for (i++; i < format.size() && !std::isalpha(static_cast<unsigned char>(format[i])) && format[i] != '%'; i++) {
      flags += format[i];
    }
    for (; i < format.size() && std::strchr("lhzjt", format[i]); i++) wide = wide || format[i] != 'h';
    const char kind = i < format.size() ? format[i] : '%';
    if (kind == '%') {
      out += '%';
      continue;
    }
    if (std::strchr("fFeEgGaA", kind)) {
      std::snprintf(text, sizeof text, (flags + kind).c_str(), args.next<double>());
    } else if (kind == 's') {
      std::snprintf(text, sizeof text, (flags + kind).c_str(), string_at(x, args.next<u64>(), lane).c_str());
    } else if (kind == 'p') {
      std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(args.next<u64>()));
    } else if (wide) {
      std::snprintf(text, sizeof text, (flags + "ll" + kind).c_str(),
                    static_cast<unsigned long long>(args.next<u64>()));
    } else {
      std::snprintf(text, sizeof text, (flags + kind).c_str(), args.next<u32>());
    }
    out += text;
  }
  return out;
}

void print(Exec &x, const CallSite &site, int lane) {
  const std::string format = string_at(x, argument<u64>(x, site, 0, lane), lane);
  const std::string text = formatted(x, format, Arguments(x, argument<u64>(x, site, 1, lane), lane), lane);
  std::fputs(text.c_str(), stdout);
  if (!site.results.empty()) {
    const u32 done = 1;
    std::memcpy(x.frame->lane_parameters(lane) + site.results[0], &done, sizeof done);
  }
}

}  // namespace

void call_device_function(Exec &x, const CallSite &site, int lane) {
  if (site.callee == "vprintf") return print(x, site, lane);
  if (site.callee == "__assertfail") {
    throw Fault(kAssert, lane, "assertion fails: " + string_at(x, argument<u64>(x, site, 0, lane), lane));
  }
  throw Fault(kIllegalInstruction, lane, "call of " + site.callee + ", which is nowhere defined");
}

}  // namespace ptxemu
