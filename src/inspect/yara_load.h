// SPDX-License-Identifier: Apache-2.0
#pragma once
/* YARA rules from files and folders; see yara_load() for what is taken. */
#include <yara.h>

#include "base/cache.h"
#include "base/error.h"

/*
 * Compiles the rules of files, and of the *.yar and *.yara files in folders and their subfolders, in the order of their
 * names; each file is a namespace. `paths` ends with NULL. With a cache, rules that were compiled before from the same
 * files by the same libyara are taken from there. The external variables of public collections (filename, filepath,
 * extension, filetype, owner, md5) are defined as empty strings, unless `defines` (inspect/yara_define.h) declares them.
 *
 * A file that was named itself must be right: -EINVAL with file, line and cure when a rule is wrong or it holds compiled
 * rules. One that a folder brought is left out as a whole, and left_out() is told why: collections hold files for other
 * versions of YARA, and the others still count. The caller gives *ret to yr_rules_destroy().
 */
typedef void yara_left_out(void *ctx, const char *why);
int yara_load(const char *const *paths, const char *const *defines, struct cache *cache, yara_left_out *left_out, void *ctx,
              YR_RULES **ret, struct error *err);
