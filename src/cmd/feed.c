// SPDX-License-Identifier: Apache-2.0
/* davy feed: verdicts about digests that outlive the scan that gave them, for this machine and for others. */
#include <errno.h>
#include <time.h>

#include "base/day.h"
#include "base/file.h"
#include "base/intl.h"
#include "cmd/feed.h"
#include "store/feed_log.h"

enum {
    DAY_S = 86400,
    DAYS_MAX = 36500, /* of --expires: a century */
};

#define FEED_OPTION                                                                                          \
    {                                                                                                        \
        "feed", 0, "FILE", N_("the feed, instead of the default (DAVY_FEED, or one for each user)")          \
    }
#define LAST_OPTIONS                                                                                         \
    {"help", 'h', NULL, N_("this text")}, {"version", 'V', NULL, N_("the version")},                         \
    {                                                                                                        \
    }

static const struct cmd_option ADD_OPTIONS[] = {
    {"report", 0, "FILE", N_("take the entries from a report of `davy scan --format json`; - is standard input; may be repeated")},
    {"with-clean", 0, NULL, N_("with --report: also the manifests of images that were judged clean")},
    {"type", 't', "TYPE", N_("what the digests are made of: manifest, config, layer, file or secret (a leaked key or password)")},
    {"verdict", 0, "VERDICT", N_("malicious (the default), unwanted, suspicious, exposed or clean")},
    {"reason", 0, "TEXT", N_("why; with --report instead of the names of the rules")},
    {"source", 0, "TEXT", N_("who says so; with --report instead of the report's name")},
    {"category", 0, "WORD", N_("what for, such as mining; may be repeated")},
    {"expires", 0, "DATE|DAYS", N_("last day on which the entries count, YYYY-MM-DD or days from today; never by default")},
    {"image", 0, "NAME", N_("of manifests: the image's name, such as docker.io/library/nginx:1.27; davy admit knows it by that, too")},
    {"size", 0, "BYTES", N_("how large the thing is, for exports that use it; of one digest")},
    FEED_OPTION,
    LAST_OPTIONS,
};
static const struct cmd_option REMOVE_OPTIONS[] = {FEED_OPTION, LAST_OPTIONS};
static const struct cmd_option LIST_OPTIONS[] = {
    {"type", 't', "TYPE", N_("only entries of this type: manifest, config, layer, file or secret")},
    {"verdict", 0, "VERDICT", N_("only entries with this verdict")},
    {"category", 0, "WORD", N_("only entries of this category; repeated: of any of them")},
    {"since", 0, "DATE", N_("only entries first seen on that day or later")},
    {"expired", 0, NULL, N_("only entries that do not count any more")},
    {"format", 'f', "FORMAT", N_("text (the default), json, or sha256: the digests alone, one a line, of malicious and "
                                 "unwanted entries that count unless another choice is made")},
    FEED_OPTION,
    LAST_OPTIONS,
};
static const struct cmd_option CHECK_OPTIONS[] = {
    {"format", 'f', "FORMAT", N_("text (the default) or json")},
    FEED_OPTION,
    LAST_OPTIONS,
};

#define APPROVAL_OPTIONS                                                                                             \
    {"approved-by", 0, "NAME", N_("who decided it; stands in the log for good")},                                    \
    {"basis", 0, "TEXT", N_("by what right, such as a law, a contract or house rules")},                             \
    {"scope", 0, "TEXT", N_("for whom and what it is meant")}, {                                                     \
        "notified", 0, "TEXT", N_("whom it was told before, such as an abuse contact, and when")                     \
    }
#define SIGN_OPTIONS                                                                                                 \
    {"days", 0, "N", N_("how long the head is good (7): publish again before, also when nothing is new")}, {         \
        "key-file", 0, "FILE", N_("the key that signs, instead of feed-key.pem beside the feed")                     \
    }
#define TRUST_OPTIONS                                                                                                \
    {"key", 0, "FINGERPRINT", N_("of the publisher's key, as davy feed key show prints it there")}, {                \
        "ca", 0, "FILE", N_("certificates that are trusted beside the system's")                                     \
    }
static const struct cmd_option PUBLISH_OPTIONS[] = {
    APPROVAL_OPTIONS,
    {"name", 0, "NAME", N_("begin a feed of that name")},
    {"new-key", 0, "FILE", N_("hand over to another key, which signs from here on")},
    SIGN_OPTIONS,
    FEED_OPTION,
    LAST_OPTIONS,
};
static const struct cmd_option WITHDRAW_OPTIONS[] = {
    {"reason", 0, "TEXT", N_("why")}, APPROVAL_OPTIONS, SIGN_OPTIONS, FEED_OPTION, LAST_OPTIONS,
};
static const struct cmd_option PULL_OPTIONS[] = {
    TRUST_OPTIONS,
    {"full", 0, NULL, N_("read the whole log again, not only what is new")},
    {"format", 'f', "FORMAT", N_("text (the default) or json")},
    FEED_OPTION,
    LAST_OPTIONS,
};
static const struct cmd_option LOG_OPTIONS[] = {
    TRUST_OPTIONS,
    {"format", 'f', "FORMAT", N_("text (the default) or json")},
    LAST_OPTIONS,
};
static const struct cmd_option KEY_OPTIONS[] = {
    {"format", 'f', "FORMAT", N_("text (the default) or json")},
    FEED_OPTION,
    LAST_OPTIONS,
};
static const struct cmd_option EXPORT_OPTIONS[] = {
    {"format", 'f', "FORMAT", N_("sha256 (the default), json, stix, misp, clamav, kyverno, gatekeeper or opa")},
    {"output", 'o', "FILE", N_("write there instead of to standard output, in one step")},
    {"type", 't', "TYPE", N_("only entries of this type: manifest, config, layer, file or secret")},
    {"verdict", 0, "VERDICT", N_("only entries with this verdict, instead of malicious and unwanted ones")},
    {"category", 0, "WORD", N_("only entries of this category; repeated: of any of them")},
    {"enforce", 0, NULL, N_("with kyverno and gatekeeper: refuse what is listed; without it, it is only reported")},
    FEED_OPTION,
    LAST_OPTIONS,
};

static int take(void *ctx, const struct cmd_option *option, const char *value);

static const struct command {
    struct cmd_program program;
    const char *line; /* for the list of subcommands */
    int (*run)(const struct feed_options *o, char **operands, size_t n);
} COMMANDS[] = {
    {{"davy feed add", "[OPTION…] DIGEST…|- | --report FILE…",
      N_("Adds verdicts about SHA-256 digests, or about what reports found: manifest and configuration of images judged "
         "malicious or unwanted, and the layers and files that the findings in them are enough to judge. - reads digests, or the lines of "
         "sha256sum, from standard input. An entry that is there is updated; the day it was first seen stays."),
      ADD_OPTIONS,
      "  davy scan -f json image.tar | davy feed add --report -\n"
      "  davy feed add --type layer --reason 'drops a miner' --expires 90 sha256:…\n"
      "  davy feed add --type file --reason 'list of 2026-11' - < digests.txt\n",
      take},
     N_("add or update verdicts, by hand or from reports"),
     feed_add},
    {{"davy feed remove", "[OPTION…] DIGEST…", N_("Takes entries of this machine's own out of the feed."), REMOVE_OPTIONS,
      "  davy feed remove sha256:…\n", take},
     N_("take verdicts out"),
     feed_remove},
    {{"davy feed list", "[OPTION…]", N_("Lists the entries of the feed, first seen first."), LIST_OPTIONS,
      "  davy feed list --category mining\n  davy feed list --format sha256 > bad-digests.txt\n", take},
     N_("list verdicts, for people and for programs"),
     feed_list},
    {{"davy feed check", "[OPTION…] DIGEST|FILE|-…",
      N_("Looks digests up. A file is hashed; of an OCI layout (a folder) the manifests, configurations and layers are looked "
         "up; - reads digests, or the lines of sha256sum, from standard input. Exits with 1 when something is listed as malicious "
         "or unwanted and the entry has not expired."),
      CHECK_OPTIONS, "  davy feed check suspicious.bin\n  sha256sum /usr/local/bin/* | davy feed check -\n", take},
     N_("tell whether digests, files or layouts are listed"),
     feed_check},
    {{"davy feed export", "[OPTION…]",
      N_("Writes what is malicious or unwanted, of this machine and of the feeds that it follows, in the form that another program "
         "blocks by."),
      EXPORT_OPTIONS,
      "  davy feed export -f clamav -o /var/lib/clamav/davy.hsb\n"
      "  davy feed export -f kyverno --enforce | kubectl apply -f -\n",
      take},
     N_("write it for scanners, MISP, STIX and Kubernetes"),
     feed_export},
    {{"davy feed pull", "[OPTION…] [URL|FOLDER…]",
      N_("Takes what a published feed says, after its signature, its chain and its head have been checked against what was seen "
         "before; without an operand, of all feeds that are followed. A feed that does not hold changes nothing. On the first pull "
         "--key says whom to trust."),
      PULL_OPTIONS, "  davy feed pull --key sha256:… https://feed.example/davy\n  davy feed pull\n", take},
     N_("take what a published feed says"),
     feed_pull},
    {{"davy feed sources", "[OPTION…]", N_("Lists the feeds that are followed and published here."), KEY_OPTIONS, "  davy feed sources\n", take},
     N_("list the feeds that are followed"),
     feed_sources},
    {{"davy feed forget", "[OPTION…] NAME|URL|FOLDER", N_("Ends following a feed, and takes out what came from it."), REMOVE_OPTIONS,
      "  davy feed forget https://feed.example/davy\n", take},
     N_("end following a feed"),
     feed_forget},
    {{"davy feed publish", "[OPTION…] FOLDER [DIGEST…]",
      N_("Adds the malicious and unwanted entries of this machine's own feed, or the digests that are named, to the log of a "
         "published feed, and signs it. Any web server can serve the folder. Without --approved-by it only shows what would be "
         "published; when nothing is new it signs again, which has to be done before the head expires."),
      PUBLISH_OPTIONS,
      "  davy feed publish --name example --approved-by 'A. Person' /srv/feed\n"
      "  davy feed publish /srv/feed\n",
      take},
     N_("publish a signed feed"),
     feed_publish},
    {{"davy feed withdraw", "[OPTION…] FOLDER DIGEST…",
      N_("Withdraws entries of a published feed by entries that say so; what was published stays to be read."), WITHDRAW_OPTIONS,
      "  davy feed withdraw --reason TEXT --approved-by NAME /srv/feed sha256:…\n", take},
     N_("withdraw what was published"),
     feed_withdraw},
    {{"davy feed log", "[OPTION…] URL|FOLDER",
      N_("Checks a published feed, and shows what it lists and withdraws, who approved it and by what right."), LOG_OPTIONS,
      "  davy feed log /srv/feed\n", take},
     N_("show what was published, and who approved it"),
     feed_log},
    {{"davy feed key", "[OPTION…] new|show [FILE]", N_("Makes the key that signs a feed, or shows its fingerprint, by which others trust it."),
      KEY_OPTIONS, "  davy feed key new\n  davy feed key show\n", take},
     N_("make and show the key that signs"),
     feed_key},
};

static int refuse(const char *option, const char *value, const char *takes)
{
    cmd_error("davy feed", "`%s` is no value for --%s; it takes %s", value, option, takes);
    return -EINVAL;
}

/* The second after a day. */
static uint64_t end_of(uint16_t day)
{
    return ((uint64_t)day + 1) * DAY_S;
}

static int take_expires(struct feed_options *o, const char *value)
{
    uint64_t days;
    uint16_t day;
    if (str_to_u64(str_from(value), &days) && days <= DAYS_MAX)
        o->expires_s = (o->now_s / DAY_S + days + 1) * DAY_S;
    else if (strlen(value) == 10 && day_parse(str_from(value), &day))
        o->expires_s = end_of(day);
    else
        return refuse("expires", value, _("a day written YYYY-MM-DD, or a number of days up to 36500"));
    return 0;
}

static int take_since(struct feed_options *o, const char *value)
{
    uint16_t day;
    if (strlen(value) != 10 || !day_parse(str_from(value), &day))
        return refuse("since", value, _("a day written YYYY-MM-DD"));
    o->since_s = (uint64_t)day * DAY_S;
    return 0;
}

static int take_category(struct feed_options *o, const char *value)
{
    if (!*value || value[strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789-_.:")])
        return refuse("category", value, _("one word of small letters, digits and dashes, such as mining"));
    vec_add(&o->categories, value);
    return 0;
}

static int take_format(struct feed_options *o, const struct cmd_option *option, const char *value)
{
    static const char *const WORDS[] = {"text", "json", "sha256", "stix", "misp", "clamav", "kyverno", "gatekeeper", "opa"};
    const bool exports = strstr(option->help, "stix") != NULL, any = exports || strstr(option->help, "sha256") != NULL;
    const size_t n = exports ? ARRAY_SIZE(WORDS) : any ? 3 : 2;
    for (size_t i = exports ? 1 : 0; i < n; i++)
        if (!strcmp(value, WORDS[i])) {
            o->format = (enum feed_format)i;
            return 0;
        }
    return refuse("format", value, exports ? _("sha256, json, stix, misp, clamav, kyverno, gatekeeper or opa") :
                                   any ? _("text, json or sha256") : _("text or json"));
}

static int take_number(const char *option, const char *value, uint64_t least, uint64_t most, const char *takes, uint64_t *ret)
{
    uint64_t n;
    if (!str_to_u64(str_from(value), &n) || n < least || n > most)
        return refuse(option, value, takes);
    *ret = n;
    return 0;
}

/* Options that are kept as they are. */
static const char **text_of(struct feed_options *o, struct str name)
{
    struct {
        const char *name, **to;
    } const texts[] = {{"feed", &o->feed}, {"reason", &o->reason}, {"source", &o->source}, {"approved-by", &o->approved_by},
                       {"basis", &o->basis}, {"scope", &o->scope}, {"notified", &o->notified}, {"name", &o->name}, {"key", &o->key}, {"key-file", &o->key_file},
                       {"new-key", &o->new_key}, {"ca", &o->ca_file}, {"output", &o->output}, {"image", &o->image}};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        if (str_is(name, texts[i].name))
            return texts[i].to;
    return NULL;
}

static int take(void *ctx, const struct cmd_option *option, const char *value)
{
    struct feed_options *o = ctx;
    struct str name = str_from(option->name);
    const char **text = text_of(o, name);
    uint64_t n = 0;
    if (text) {
        *text = value;
    } else if (str_is(name, "report")) {
        vec_add(&o->reports, value);
    } else if (str_is(name, "with-clean")) {
        o->with_clean = true;
    } else if (str_is(name, "expired")) {
        o->expired = true;
    } else if (str_is(name, "full")) {
        o->full = true;
    } else if (str_is(name, "enforce")) {
        o->enforce = true;
    } else if (str_is(name, "size")) {
        return take_number("size", value, 1, INT64_MAX, _("a number of bytes"), &o->size);
    } else if (str_is(name, "days")) {
        int r = take_number("days", value, 1, FEED_HEAD_DAYS_MAX, _("a number of days from 1 to 400"), &n);
        o->days = (unsigned)n;
        return r;
    } else if (str_is(name, "type")) {
        if ((o->type = feed_type_from(str_from(value))) < 0)
            return refuse("type", value, _("manifest, config, layer, file or secret"));
    } else if (str_is(name, "verdict")) {
        if ((o->verdict = feed_verdict_from(str_from(value))) < 0)
            return refuse("verdict", value, _("malicious, unwanted, suspicious, exposed or clean"));
    } else if (str_is(name, "category")) {
        return take_category(o, value);
    } else if (str_is(name, "expires")) {
        return take_expires(o, value);
    } else if (str_is(name, "since")) {
        return take_since(o, value);
    } else if (str_is(name, "format")) {
        return take_format(o, option, value);
    }
    return 0;
}

int feed_open(const struct feed_options *o, const char *program, enum feed_mode mode, struct feed_store **ret)
{
    struct error err = ERROR_NULL;
    const char *path = cmd_feed_path(o->feed);
    if (!*path) {
        cmd_error(program, "there is no place for the feed without HOME; name one with --feed or DAVY_FEED");
        return EXIT_CANNOT;
    }
    if (feed_store_open(path, mode, o->now_s, ret, &err) < 0) {
        cmd_error(program, "%s", err.text);
        return EXIT_CANNOT;
    }
    return 0;
}

int feed_read_text(const char *path, const char *name, size_t max, struct strbuf *b, struct error *err)
{
    if (strcmp(path, "-"))
        return file_read(path, max, b, err);
    for (size_t n = 1; n;) {
        strbuf_reserve(b, 65536);
        n = fread(b->p + b->n, 1, 65536, stdin);
        b->n += n;
        b->p[b->n] = 0;
        if (b->n > max)
            return error_set(err, -EFBIG, "%s is larger than %zu bytes", name, max);
    }
    return ferror(stdin) ? error_errno(err, -EIO, "cannot read %s", name) : 0;
}

static void help(FILE *out)
{
    (void)fputs(_("Usage: davy feed COMMAND [OPTION…] …\n\nKeeps verdicts about digests of images, layers and files, and tells "
                  "what is\nlisted.\n\nCommands:\n"),
                out);
    for (size_t i = 0; i < ARRAY_SIZE(COMMANDS); i++)
        (void)fprintf(out, "  %-9s %s\n", COMMANDS[i].program.name + strlen("davy feed "), _(COMMANDS[i].line));
    (void)fputs(_("\n`davy feed COMMAND --help` says more; so does davy-feed(1).\n"), out);
}

static void options_done(struct feed_options *o)
{
    vec_done(&o->categories);
    vec_done(&o->reports);
}

int main(int argc, char **argv)
{
    _cleanup_(options_done) struct feed_options options = {.type = -1, .verdict = -1, .now_s = (uint64_t)time(NULL)};
    int code;
    const int at = cmd_choose(&(struct cmd_commands){"davy feed", COMMANDS, ARRAY_SIZE(COMMANDS), sizeof(*COMMANDS), help}, argc, argv, &code);
    if (at < 0)
        return code;
    if (!strcmp(COMMANDS[at].program.name, "davy feed export"))
        options.format = FEED_SHA256; /* unless it is said otherwise */
    int first = cmd_parse(&COMMANDS[at].program, argc - 1, argv + 1, &options);
    return first < 0 ? EXIT_USAGE : COMMANDS[at].run(&options, argv + 1 + first, (size_t)(argc - 1 - first));
}
