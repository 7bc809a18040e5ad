// The contract in a C++ program.
#include "check.h"
#include "nero/nero.h"

int main() {
  nero_error error{};
  error.struct_size = sizeof error;
  nero_runtime_info info{};
  info.struct_size = sizeof info;
  CHECK(nero_runtime_describe(&info, &error) == NERO_OK);
  CHECK(info.abi_version == NERO_ABI_VERSION);
  CHECK(info.threads >= 1);
  return nero_failures != 0;
}
