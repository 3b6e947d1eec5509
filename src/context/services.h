// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Names of ports as the machine's list of services has them, read once: fd.*proto. */
#include <stdint.h>

#include "base/str.h"

struct services;
/* Reads the whole list (getservent(3)), which may ask name services: not while events run. */
struct services *services_new(void);
struct services *services_free(struct services *s);
/* "https"; empty for a port without a name, or of another protocol than TCP and UDP. */
struct str services_name(const struct services *s, uint16_t port, uint8_t l4proto);
