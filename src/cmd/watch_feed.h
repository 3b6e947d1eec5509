// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The feed of this machine (davy-feed(1)) as two lists that live rules name: feed_image_digests, of manifests as sha256:…, and
 * feed_image_ids, of configurations as engines write them, without the algorithm.
 */
#include "base/strbuf.h"
#include "rule/ruleset.h"

enum { WATCH_FEED_DIGESTS = 40'000 }; /* of each list, the newest: a condition that names both stays within RULE_EXPANDED_BYTES */

/*
 * Loads the lists into the rules, in place of those that files brought, from $DAVY_FEED or the default feed when there is one; without
 * a feed nothing is changed. A feed that cannot be read, or holds more than fits, is told in `said`, and the rules go on without it
 * or with the newest. 0, or what ruleset_load_memory() says.
 */
int watch_feed_load(struct ruleset *rs, const char *program, uint64_t now_s, struct diags *diags, struct strbuf *said);
