// SPDX-License-Identifier: Apache-2.0
/* davy case: findings of one intrusion as one story. */
#include <errno.h>
#include <time.h>

#include "base/intl.h"
#include "cmd/case.h"

#define STORE_OPTION {"store", 0, "STORE", N_("the file or postgres://… that davy watch --store keeps cases in (/var/lib/davy/davy.db, or DAVY_STORE)")}
#define LAST_OPTIONS {"help", 'h', NULL, N_("this text")}, {"version", 'V', NULL, N_("the version")}, {}

static const struct cmd_option LIST_OPTIONS[] = {
    {"all", 'a', NULL, N_("closed cases too, and those of context alone")},
    {"most", 'n', "N", N_("at most so many, the newest (100)")},
    {"format", 'f', "FORMAT", N_("text (the default) or json")},
    STORE_OPTION,
    LAST_OPTIONS,
};
static const struct cmd_option SHOW_OPTIONS[] = {
    {"format", 'f', "FORMAT", N_("text (the default), json or html")},
    {"root", 0, "FOLDER", N_("look for credentials at risk in this root folder instead of the machine's or the container's")},
    STORE_OPTION,
    LAST_OPTIONS,
};
static const struct cmd_option EXPORT_OPTIONS[] = {
    {"format", 'f', "FORMAT", N_("json (the default), html or text")},
    {"output", 'o', "FILE", N_("into a new file instead of standard output")},
    {"root", 0, "FOLDER", N_("look for credentials at risk in this root folder instead of the machine's or the container's")},
    STORE_OPTION,
    LAST_OPTIONS,
};
static const struct cmd_option CLOSE_OPTIONS[] = {
    {"reason", 'r', "TEXT", N_("why: redeployed, false alarm, authorised …; what was only cleaned stays open")},
    STORE_OPTION,
    LAST_OPTIONS,
};
static const struct cmd_option NOTE_OPTIONS[] = {STORE_OPTION, LAST_OPTIONS};
static const struct cmd_option INGEST_OPTIONS[] = {
    {"machines", 0, NULL, N_("of ingest: first tell the machines of open cases, `machine CASE TIME NAME`, then those of new findings")},
    {"for-watch", 0, NULL, N_("as davy watch runs it: say `ready` on standard output, and end only with the input")},
    STORE_OPTION,
    LAST_OPTIONS,
};

static int take(void *ctx, const struct cmd_option *option, const char *value);

static const struct command {
    struct cmd_program program;
    const char *line; /* for the list of subcommands */
    int (*run)(const struct case_options *o, char **operands, size_t n);
} COMMANDS[] = {
    {{"davy case list", "[OPTION…]", N_("Lists cases, the newest first: number, verdict, last finding, purposes, place."), LIST_OPTIONS,
      "  davy case list\n  davy case list --all --format json\n", take},
     N_("list cases, the newest first"),
     case_list},
    {{"davy case show", "[OPTION…] ID",
      N_("Shows a case: the verdict, candidates for the way in, the timeline, who was here, what else is at risk, what it costs, and what to do "
         "next, in order."),
      SHOW_OPTIONS, "  davy case show 12\n  sudo davy case show 12 --store postgres:///davy\n", take},
     N_("show a case and what to do next"),
     case_show},
    {{"davy case export", "[OPTION…] ID", N_("Writes a whole case: JSON for programs, or a page (HTML) with pictures that needs nothing else."),
      EXPORT_OPTIONS, "  davy case export 12 --format html --output case-12.html\n  davy case export 12 | jq .purposes\n", take},
     N_("write a case as JSON, as a page, as text"),
     case_export},
    {{"davy case close", "--reason TEXT [OPTION…] ID",
      N_("Closes a case and keeps why. Further findings of it open a new case that names this one. A case that was only cleaned cannot be closed: "
         "whoever was in may have left what nobody found."),
      CLOSE_OPTIONS, "  davy case close 12 --reason 'redeployed from sha256:77ab…'\n", take},
     N_("close a case, with the reason"),
     case_close},
    {{"davy case note", "[OPTION…] ID TEXT…", N_("Adds a note to a case."), NOTE_OPTIONS, "  davy case note 12 isolated at 14:20, snapshot taken\n", take},
     N_("add a note"),
     case_note},
    {{"davy case ingest", "[OPTION…]",
      N_("Keeps findings, the lines of davy watch --format json on standard input, as cases. davy watch --store does it by itself."), INGEST_OPTIONS,
      "  davy case ingest --store ./cases.db < findings.json\n", take},
     N_("keep findings from standard input"),
     case_ingest},
};

static int take_format(struct case_options *o, const struct cmd_option *option, const char *value)
{
    const bool has_html = strstr(option->help, "html") != NULL;
    o->format = !strcmp(value, "text") ? CASE_TEXT : !strcmp(value, "json") ? CASE_JSON : has_html && !strcmp(value, "html") ? CASE_HTML : -1;
    if (o->format >= 0)
        return 0;
    cmd_error("davy case", "`%s` is no value for --format; it takes %s", value, has_html ? _("text, json or html") : _("text or json"));
    return -EINVAL;
}

static int take(void *ctx, const struct cmd_option *option, const char *value)
{
    struct case_options *o = ctx;
    struct str name = str_from(option->name);
    if (str_is(name, "store")) {
        o->store = value;
    } else if (str_is(name, "output")) {
        o->output = value;
    } else if (str_is(name, "reason")) {
        o->reason = value;
    } else if (str_is(name, "root")) {
        o->root = value;
    } else if (str_is(name, "all")) {
        o->all = true;
    } else if (str_is(name, "machines")) {
        o->machines = true;
    } else if (str_is(name, "for-watch")) {
        o->for_watch = true;
    } else if (str_is(name, "format")) {
        return take_format(o, option, value);
    } else if (str_is(name, "most") && (!str_to_u64(str_from(value), &o->most) || !o->most || o->most > CASE_CASES_MAX)) {
        cmd_error("davy case list", "--most takes a number from 1 to %d", CASE_CASES_MAX);
        return -EINVAL;
    }
    return 0;
}

const char *case_store_of(const struct case_options *o)
{
    const char *from_user = getenv("DAVY_STORE");
    return o->store ? o->store : from_user && *from_user ? from_user : "/var/lib/davy/davy.db";
}

int case_open(const struct case_options *o, const char *program, enum case_store_mode mode, struct case_store **ret)
{
    struct error err = ERROR_NULL;
    if (case_store_open(case_store_of(o), mode, ret, &err) >= 0)
        return 0;
    cmd_error(program, "%s", err.text);
    return EXIT_CANNOT;
}

int64_t case_number(const char *program, const char *text)
{
    uint64_t n = 0;
    if (str_to_u64(str_from(text), &n) && n && n <= INT64_MAX)
        return (int64_t)n;
    cmd_error(program, "`%s` is no number of a case; `davy case list` tells them", text);
    return 0;
}

static void help(FILE *out)
{
    (void)fputs(_("Usage: davy case COMMAND [OPTION…] …\n\nFindings of one intrusion as one story: what davy watch --store kept.\n\nCommands:\n"),
                out);
    for (size_t i = 0; i < ARRAY_SIZE(COMMANDS); i++)
        (void)fprintf(out, "  %-8s %s\n", COMMANDS[i].program.name + strlen("davy case "), _(COMMANDS[i].line));
    (void)fputs(_("\nExamples:\n"
                  "  sudo davy watch --store /var/lib/davy/davy.db\n"
                  "  sudo davy case list\n"
                  "  sudo davy case show 12\n"
                  "\n`davy case COMMAND --help` says more; so does davy-case(1).\n"),
                out);
}

int main(int argc, char **argv)
{
    struct case_options options = {.format = -1, .most = 100, .now_ns = (uint64_t)time(NULL) * 1'000'000'000U};
    int code;
    const int at = cmd_choose(&(struct cmd_commands){"davy case", COMMANDS, ARRAY_SIZE(COMMANDS), sizeof(*COMMANDS), help}, argc, argv, &code);
    if (at < 0)
        return code;
    int first = cmd_parse(&COMMANDS[at].program, argc - 1, argv + 1, &options);
    return first < 0 ? EXIT_USAGE : COMMANDS[at].run(&options, argv + 1 + first, (size_t)(argc - 1 - first));
}
