// Functions that every device has: printf and what assert ends in.
#pragma once

#include "core/execution.h"

namespace ptxemu {

/// A call of a function that the module does not define. Faults where it is unknown, and for a failed assertion.
void call_device_function(Exec &x, const CallSite &site, int lane);

}  // namespace ptxemu
