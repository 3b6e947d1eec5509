// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Names of capabilities, as linux/capability.h has them. */

/* "CAP_CHOWN" of bit 0; NULL of one that is not known. Static. */
const char *capability_name(unsigned bit);
