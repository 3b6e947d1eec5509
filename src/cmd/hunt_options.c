// SPDX-License-Identifier: Apache-2.0
/* What davy hunt and davy hunt report are asked for. */
#include <errno.h>

#include "base/intl.h"
#include "cmd/hunt.h"
#include "sandbox/pace.h"

const char HUNT[] = "davy hunt";

#define STORE_OPTION                                                                                                           \
    {"store", 0, "STORE", N_("the file or postgres://… that keeps what was found and how far the hunt is (/var/lib/davy/hunt.db for root, "   \
                             "~/.local/share/davy/hunt.db, or DAVY_HUNT_STORE)")}
#define STUDY_OPTIONS                                                                                                          \
    {"format", 'f', "FORMAT", N_("of the study: text (the default), json or html")},                                           \
        {"output", 'o', "FILE", N_("write the study to FILE instead of standard output")},                                     \
        {"top", 0, "N", N_("rows of each list of the study (10)")}
#define LAST_OPTIONS {"help", 'h', NULL, N_("this text")}, {"version", 'V', NULL, N_("the version")}, {}

static const struct cmd_option OPTIONS[] = {
    {"list", 'l', "FILE", N_("hunt what FILE names, a repository or reference a line; # begins a comment")},
    {"tags", 't', "PATTERN", N_("only tags that match, such as 'v*'; may be repeated")},
    {"newest", 'n', "N", N_("only the N tags of each repository whose images were made last")},
    {"platform", 0, "OS/ARCH", N_("which image of an index, such as linux/arm64; this machine's is the default")},
    {"all-platforms", 0, NULL, N_("every image of an index")},
    {"detonate", 0, "WHICH", N_("also run images in davy detonate's jail: never (the default), suspicious (those where the look found a threat) or all")},
    {"time", 0, "SECONDS", N_("how long a detonated image runs")},
    {"fast", 0, "N", N_("waiting in the jail takes an Nth of the time, as davy detonate --fast has it")},
    {"mark", 0, NULL, N_("put davy detonate's mark into jails, for samples that refuse to run anywhere else")},
    {"jobs", 'j', "N", N_("images that are looked at side by side (one per processor)")},
    {"rate", 0, "N", N_("references that registries are asked for, a minute at most")},
    {"tries", 0, "N", N_("looks at an image that bring nothing before it counts as failed (3)")},
    {"wait", 0, "SECONDS", N_("before the second look (5); four times as long before each further one")},
    {"queue", 0, "NATS", N_("share the work: put jobs on a JetStream queue (nats://a,nats://b,nats://c) for `davy hunt --worker` anywhere; needs --store postgres://…")},
    {"worker", 0, NULL, N_("do jobs of --queue, and keep results in --store; any number of them")},
    {"until-empty", 0, NULL, N_("a worker ends when there is no job left")},
    {"ack-wait", 0, "SECONDS", N_("how long a job waits for a worker that is silent before another gets it (30)")},
    {"time-limit", 0, "SECONDS", N_("for one image (3600)")},
    {"retry", 0, NULL, N_("try what failed in an earlier run again")},
    STORE_OPTION,
    STUDY_OPTIONS,
    {"auth", 0, "FILE", N_("logins for registries instead of those that docker and podman keep")},
    {"ca", 0, "FILE", N_("certificates of authorities to trust for registries, beside the system's")},
    {"rules", 'r', "PATH", N_("as davy scan takes it; so are --yara, --secrets, --policy, --hashes, --leaked, --names, --lists, --no-shipped-lists, --feed, "
                           "--decode-depth and --no-cache")},
    {"yara", 0, "PATH", N_("YARA rules beside the shipped ones")},
    {"yara-define", 0, "NAME=VALUE", N_("an external variable that YARA rules ask for")},
    {"secrets", 0, "FILE", N_("rules for secrets beside the shipped ones")},
    {"policy", 0, "FILE", N_("what the owner authorises")},
    {"hashes", 0, "PATH", N_("digests of files that are known")},
    {"leaked", 0, "PATH", N_("hashes of leaked keys and passwords")},
    {"names", 0, "CATEGORY=FILE", N_("host names and addresses that mean something (davy scan's --list)")},
    {"lists", 0, "DIR", N_("a folder of such lists")},
    {"no-shipped-lists", 0, NULL, N_("leave the shipped lists of names and addresses out")},
    {"feed", 0, "FILE", N_("read this feed of verdicts; without it none is read")},
    {"decode-depth", 0, "N", N_("decoding passes over text in the search for secrets")},
    {"no-cache", 0, NULL, N_("read every layer of every image")},
    {"quiet", 'q', NULL, N_("no progress")},
    LAST_OPTIONS,
};
static const struct cmd_option REPORT_OPTIONS[] = {
    {"image", 'i', "IMAGE", N_("the whole report of one image, as JSON, by digest or registry/repository:tag")},
    {"reports", 0, "VERDICT", N_("the whole reports of all images of that verdict, one a line, for davy feed add --report")},
    {"queue", 0, "NATS", N_("where workers put reports")},
    STUDY_OPTIONS,
    STORE_OPTION,
    LAST_OPTIONS,
};

static int take(void *ctx, const struct cmd_option *option, const char *value);

const struct cmd_program HUNT_PROGRAM = {
    .name = HUNT,
    .usage = "[OPTION…] REGISTRY… | --list FILE",
    .summary = N_("Looks at every image of each REGISTRY: one that tells its catalog (ghcr.example.org:5000), a part of it (HOST/acme/*), a "
                  "repository (HOST/acme/tools) or one image (with :TAG or @DIGEST). Layers that images share are read once. What is found is kept as it comes: "
                  "a hunt that was ended goes on where it was. At the end, and with davy hunt report, it tells the study."),
    .options = OPTIONS,
    .examples = N_("  davy hunt registry.example.org           every image there\n"
                   "  davy hunt ghcr.io/acme/* --newest 3      the newest three of each repository\n"
                   "  davy hunt --list images.txt --detonate suspicious\n"
                   "  davy hunt report --format html -o study.html\n"
                   "  davy hunt report --image sha256:77ab…    what was found in one image\n"),
    .take = take,
};
const struct cmd_program HUNT_REPORT = {
    .name = "davy hunt report",
    .usage = "[OPTION…]",
    .summary = N_("Tells the study of what was hunted so far: verdicts, categories, the worst repositories, shared layers, names that read like "
                  "official ones, and what could not be looked at."),
    .options = REPORT_OPTIONS,
    .examples = N_("  davy hunt report\n  davy hunt report --format json | jq .categories\n  davy hunt report --reports malicious | davy feed add --report -\n  davy hunt report --image registry.example.org/acme/tools:1.2\n"),
    .take = take,
};

static int take_number(const char *option, const char *value, unsigned least, unsigned most, unsigned *ret)
{
    uint64_t n;
    if (!str_to_u64(str_from(value), &n) || n < least || n > most) {
        cmd_error(HUNT, "--%s takes a number from %u to %u", option, least, most);
        return -EINVAL;
    }
    *ret = (unsigned)n;
    return 0;
}

static int take_word(const char *option, const char *value, const char *const *words, int *ret)
{
    struct strbuf b = {};
    for (int i = 0; words[i]; i++) {
        if (!strcmp(words[i], value)) {
            *ret = i;
            strbuf_done(&b);
            return 0;
        }
        strbuf_adds(&b, !i ? "" : words[i + 1] ? ", " : _(" or "));
        strbuf_adds(&b, words[i]);
    }
    cmd_error(HUNT, "`%s` is no value for --%s; it takes %s", value, option, b.p);
    strbuf_done(&b);
    return -EINVAL;
}

/* Options that davy scan gets as they are, by its own names. */
static bool pass_on(struct hunt_options *o, struct str name, const char *value)
{
    static const struct {
        const char *ours, *theirs;
    } PASSED[] = {{"auth", "--auth"},     {"ca", "--ca"},       {"rules", "--rules"}, {"yara", "--yara"}, {"yara-define", "--yara-define"},
                  {"secrets", "--secrets"}, {"policy", "--policy"}, {"hashes", "--hashes"}, {"leaked", "--leaked"}, {"names", "--list"},
                  {"lists", "--lists"},   {"no-shipped-lists", "--no-shipped-lists"}, {"feed", "--feed"}, {"decode-depth", "--decode-depth"},
                  {"no-cache", "--no-cache"}};
    for (size_t i = 0; i < ARRAY_SIZE(PASSED); i++)
        if (str_is(name, PASSED[i].ours)) {
            vec_add(&o->scan, PASSED[i].theirs);
            if (value)
                vec_add(&o->scan, value);
            return true;
        }
    return false;
}

static int take_choice(struct hunt_options *o, struct str name, const char *value)
{
    static const char *const DETONATE[] = {"never", "suspicious", "all", NULL}, *const FORMATS[] = {"text", "json", "html", NULL};
    int at = 0, r = str_is(name, "detonate") ? take_word("detonate", value, DETONATE, &at) : take_word("format", value, FORMATS, &at);
    if (r < 0)
        return r;
    if (str_is(name, "detonate"))
        o->detonate = (enum hunt_detonate)at;
    else
        o->format = (enum hunt_format)at;
    return 0;
}

static int take(void *ctx, const struct cmd_option *option, const char *value)
{
    struct hunt_options *o = ctx;
    struct str name = str_from(option->name);
    const struct {
        const char *name;
        unsigned least, most, *to;
    } numbers[] = {{"newest", 1, HUNT_TAGS_MAX, &o->newest}, {"jobs", 1, HUNT_JOBS_MAX, &o->jobs},        {"rate", 1, 1'000'000, &o->rate},
                   {"tries", 1, 100, &o->tries},             {"wait", 0, 86400, &o->wait_seconds},       {"time-limit", 1, 604'800, &o->image_seconds},
                   {"time", 1, 86400, &o->detonate_seconds}, {"fast", 1, PACE_FACTOR_MAX, &o->fast}, {"ack-wait", 2, 86400, &o->ack_seconds}, {"top", 1, 10'000, &o->top}};
    const struct {
        const char *name, **to;
    } texts[] = {{"list", &o->list}, {"platform", &o->platform}, {"store", &o->store}, {"output", &o->output}, {"image", &o->image}, {"reports", &o->reports}, {"queue", &o->queue}};
    const struct {
        const char *name;
        bool *to;
    } flags[] = {{"all-platforms", &o->all_platforms}, {"retry", &o->retry}, {"quiet", &o->quiet}, {"worker", &o->worker}, {"until-empty", &o->until_empty}, {"mark", &o->mark}};
    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
        if (str_is(name, numbers[i].name))
            return take_number(option->name, value, numbers[i].least, numbers[i].most, numbers[i].to);
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        if (str_is(name, texts[i].name))
            *texts[i].to = value;
    for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
        if (str_is(name, flags[i].name))
            *flags[i].to = true;
    if (str_is(name, "tags"))
        vec_add(&o->tags, value);
    if (str_is(name, "auth"))
        o->auth = value;
    if (str_is(name, "ca"))
        o->ca = value;
    (void)pass_on(o, name, value);
    return str_is(name, "detonate") || str_is(name, "format") ? take_choice(o, name, value) : 0;
}

bool hunt_walks(const struct hunt_options *o)
{
    return o->operands.n || o->list;
}

const char *hunt_store_of(const struct hunt_options *o)
{
    static char usual[4096];
    const char *home = getenv("HOME"), *data = getenv("XDG_DATA_HOME"), *from_user = getenv("DAVY_HUNT_STORE");
    if (o->store || (from_user && *from_user))
        return o->store ? o->store : from_user;
    if (data && *data)
        (void)snprintf(usual, sizeof(usual), "%s/davy/hunt.db", data);
    else if (!geteuid() || !home || !*home)
        (void)snprintf(usual, sizeof(usual), "/var/lib/davy/hunt.db");
    else
        (void)snprintf(usual, sizeof(usual), "%s/.local/share/davy/hunt.db", home);
    return usual;
}
