// SPDX-License-Identifier: Apache-2.0
// The one translation unit that holds Boost.JSON's functions.
#include <boost/json/src.hpp>
