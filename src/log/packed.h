// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * Records that services of clouds put into a string as base64, and maybe gzip: data of Pub/Sub, of Kinesis, of subscriptions of CloudWatch.
 */
#include "base/arena.h"

/*
 * What a string holds when it is base64 of JSON or of lines of text, or of gzip of either (at most LOG_RECORD_MAX bytes); false when it is anything else. In the
 * arena.
 */
bool log_unpack(struct arena *a, struct str s, struct str *ret);
