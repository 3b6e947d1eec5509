// SPDX-License-Identifier: Apache-2.0
/* Options of davy scan, which davy detonate takes as well: each program has a table of those that it offers, and one meaning for all. */
#include <errno.h>

#include "base/intl.h"
#include "base/vec.h"
#include "cmd/common.h"
#include "cmd/intel_files.h"
#include "cmd/scan.h"
#include "image/platform.h"

enum { DECODE_DEPTH_MAX = 16 }; /* each pass reads the text once more; nothing honest is encoded so often */

/* Where the value goes. */
#define PLACE(member) offsetof(struct scan_options, member)
static const struct {
    const char *name;
    size_t at;
} TEXTS[] = {{"output", PLACE(outputs.path)}, {"name", PLACE(name)}, {"platform", PLACE(platform)}, {"auth", PLACE(auth)}, {"ca", PLACE(ca)},
             {"keep", PLACE(keep)}, {"policy", PLACE(policy)}, {"feed", PLACE(feed)}},
  FLAGS[] = {{"all-platforms", PLACE(all_platforms)}, {"no-cache", PLACE(no_cache)}, {"unconfined", PLACE(unconfined)},
             {"no-shipped-lists", PLACE(no_shipped_lists)}, {"no-feed", PLACE(no_feed)}, {"full", PLACE(full)}, {"stream", PLACE(stream)},
             {"quiet", PLACE(quiet)}, {"verbose", PLACE(verbose)}},
  LISTS[] = {{"rules", PLACE(rules)}, {"yara", PLACE(yara)}, {"yara-define", PLACE(yara_defines)}, {"secrets", PLACE(secrets)}, {"hashes", PLACE(hashes)}, {"leaked", PLACE(leaked)},
             {"list", PLACE(lists)}, {"lists", PLACE(list_folders)}, {"from", PLACE(from)}};

static int take_format(const char *program, struct scan_options *o, const char *value)
{
    struct error err = ERROR_NULL;
    const int r = outputs_add(&o->outputs, value, &err);
    if (r < 0)
        cmd_error(program, "%s", err.text);
    return r;
}

static int take_colour(const char *program, struct scan_options *o, const char *value)
{
    if (strcmp(value, "auto") && strcmp(value, "always") && strcmp(value, "never")) {
        cmd_error(program, "--colour takes auto, always or never");
        return -EINVAL;
    }
    o->colour = value;
    return 0;
}

static int take_priority(const char *program, struct scan_options *o, const char *value)
{
    if (!strcmp(value, "none")) {
        o->never_fail = true;
        return 0;
    }
    const int p = severity_or_priority_from(str_from(value));
    if (p < 0) {
        cmd_error(program, "`%s` is no severity; --fail-on takes critical, high, medium, low or none", value);
        return -EINVAL;
    }
    o->fail_on = (enum priority)p;
    return 0;
}

static int take_number(const char *program, const char *value, const char *option, unsigned most, unsigned *ret)
{
    uint64_t n;
    if (!str_to_u64(str_from(value), &n) || !n || n > most) {
        cmd_error(program, "--%s takes a number from 1 to %u", option, most);
        return -EINVAL;
    }
    *ret = (unsigned)n;
    return 0;
}

static int take_decode_depth(const char *program, struct scan_options *o, const char *value)
{
    uint64_t n;
    if (!str_to_u64(str_from(value), &n) || n > DECODE_DEPTH_MAX) {
        cmd_error(program, "--decode-depth takes a number from 0 to %d", DECODE_DEPTH_MAX);
        return -EINVAL;
    }
    o->decode_depth = n ? (int)n : -1;
    return 0;
}

static bool is_platform(const char *value)
{
    const struct platform p = platform_parse(str_from(value));
    return p.os.n && p.arch.n;
}

/* Values of a form that can be seen to be wrong before anything is read. */
static int check(const char *program, const char *name, const char *value)
{
    if (!strcmp(name, "list") && !intel_list_is_given(value))
        cmd_error(program, "--list takes CATEGORY=FILE, such as mining=nocoin.txt, not `%s`", value);
    else if (!strcmp(name, "platform") && !is_platform(value))
        cmd_error(program, "--platform takes OS/ARCH, such as linux/arm64, not `%s`", value);
    else
        return 0;
    return -EINVAL;
}

int scan_take(const char *program, struct scan_options *o, const char *name, const char *value)
{
    char *base = (char *)o;
    const int r = value ? check(program, name, value) : 0;
    if (r < 0)
        return r;
    for (size_t i = 0; i < ARRAY_SIZE(TEXTS); i++)
        if (!strcmp(TEXTS[i].name, name)) {
            *(const char **)(base + TEXTS[i].at) = value;
            return 0;
        }
    for (size_t i = 0; i < ARRAY_SIZE(FLAGS); i++)
        if (!strcmp(FLAGS[i].name, name)) {
            *(bool *)(base + FLAGS[i].at) = true;
            return 0;
        }
    for (size_t i = 0; i < ARRAY_SIZE(LISTS); i++)
        if (!strcmp(LISTS[i].name, name)) {
            vec_add((struct paths *)(base + LISTS[i].at), value);
            return 0;
        }
    if (!strcmp(name, "format"))
        return take_format(program, o, value);
    if (!strcmp(name, "colour"))
        return take_colour(program, o, value);
    if (!strcmp(name, "fail-on"))
        return take_priority(program, o, value);
    if (!strcmp(name, "jobs"))
        return take_number(program, value, name, WORKERS_MAX, &o->jobs);
    if (!strcmp(name, "stall"))
        return take_number(program, value, name, 86400, &o->stall_seconds);
    if (!strcmp(name, "decode-depth"))
        return take_decode_depth(program, o, value);
    return 1;
}

void scan_options_done(struct scan_options *o)
{
    outputs_done(&o->outputs);
    for (size_t i = 0; i < ARRAY_SIZE(LISTS); i++)
        vec_done((struct paths *)((char *)o + LISTS[i].at));
}
