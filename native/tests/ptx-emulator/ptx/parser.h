// PTX text into its syntax tree.
#pragma once

#include <string_view>

#include "ptx/cursor.h"
#include "ptx/syntax.h"

namespace ptxemu {

/// Throws ParseError, which names the place.
syntax::Module parse_ptx(std::string_view text);

/// One operand, as between two commas.
syntax::Operand parse_operand(std::string_view text);

}  // namespace ptxemu
