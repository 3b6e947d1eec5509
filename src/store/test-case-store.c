// SPDX-License-Identifier: Apache-2.0
#include "harness/test.h"
TEST(placeholder) { CHECK(true); }
