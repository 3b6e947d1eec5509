// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Audit logs of many services, in one table (services.c). */
#include "log/format.h"

/* Names of which a record of one of them has one. */
void services_names(void (*tell)(struct str name, enum log_format f));
