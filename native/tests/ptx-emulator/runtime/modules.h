// Kernels and variables by what the compiler registered for them.
#pragma once

#include <memory>
#include <string>

#include "core/program.h"

namespace ptxemu {

/// A fat binary that a library registered. Its PTX is read when something of it is first asked for.
struct Binary {
  const u8 *data = nullptr;
  std::unique_ptr<Module> module;
  bool tried = false;
};

Binary *register_binary(const u8 *data);
void unregister_binary(Binary *b);
void register_kernel(Binary *b, const void *host, const char *name);
void register_variable(Binary *b, const void *host, const char *name);
/// The kernel of a host stub, or the kernel itself if it is one already. Null when there is none.
Function *find_kernel(const void *host);
const Symbol *find_variable(const void *host);
/// PTX text, or a fat binary that holds some. Null, and a line on the error stream, when neither is.
std::unique_ptr<Module> load_image(const void *image);
/// Makes its functions known to find_kernel.
void adopt(const Module &m);
void forget(const Module &m);

}  // namespace ptxemu
