// SPDX-License-Identifier: Apache-2.0
/* davy scan: tells what is in an image, folder, file, process or this machine. */
#include <errno.h>
#include <fcntl.h>

#include "base/intl.h"
#include "base/stop.h"
#include "base/text.h"
#include "base/vec.h"
#include "cmd/common.h"
#include "cmd/scan.h"
#include "cmd/scan_list.h"
#include "cmd/scan_stream.h"

static const struct cmd_option OPTIONS[] = {
    {"format", 'f', "FORMAT[=FILE]", N_("text (the default), json, sarif, html, cyclonedx, spdx or openmetrics, described in "
                                     "davy-report(5); may be repeated for several reports of one scan, each to its FILE")},
    {"output", 'o', "FILE", N_("write the report to FILE instead of standard output")},
    {"fail-on", 0, "SEVERITY", N_("exit with 1 when a finding is at least this severe: critical, high, medium (the default), "
                               "low or none; Falco's priorities (error, warning, notice, …) are understood too")},
    {"full", 0, NULL, N_("on this machine: every file, not only what runs, starts or persists")},
    {"name", 0, "REFERENCE", N_("the name of the image, such as acme/tools:latest, when the archive does not tell")},
    {"platform", 0, "OS/ARCH", N_("which image of several, such as linux/arm64; this machine's is the default")},
    {"all-platforms", 0, NULL, N_("every image of an index in a registry, each as a target of its own")},
    {"auth", 0, "FILE", N_("logins for registries instead of those that docker and podman keep")},
    {"ca", 0, "FILE", N_("certificates of authorities to trust for registries, beside the system's (SSL_CERT_FILE does the same)")},
    {"keep", 0, "FOLDER", N_("keep what is fetched in FOLDER, as an OCI layout or image.tar")},
    {"policy", 0, "FILE", N_("what the owner authorises (/etc/davy/policy.yaml when it is there)")},
    {"rules", 'r', "PATH", N_("rule file or folder instead of the shipped ones; may be repeated")},
    {"yara", 0, "PATH", N_("YARA rules, file or folder, beside the shipped ones; may be repeated")},
    {"yara-define", 0, "NAME=VALUE", N_("an external variable that YARA rules ask for, as yara -d declares it; may be repeated")},
    {"secrets", 0, "FILE", N_("rules for secrets in gitleaks' format beside the shipped ones; may be repeated")},
    {"jobs", 'j', "N", N_("workers that look at content at the same time (one per processor)")},
    {"stall", 0, "SECONDS", N_("give up a file that takes so much processor time without progress (180); ten times as long when "
                            "nothing is computed")},
    {"no-cache", 0, NULL, N_("read every layer, also those known from an earlier scan under the same rules for content, and "
                          "keep nothing for later ones")},
    {"unconfined", 0, NULL, N_("look at content in this process, without workers and their confinement: for debuggers and "
                            "profilers, and only at what you trust")},
    {"decode-depth", 0, "N", N_("decoding passes over text in the search for secrets, 0 to 16 (5, as gitleaks)")},
    {"hashes", 0, "PATH", N_("digests of files that are known: ClamAV's .hdb, .hsb, .fp and their like, sha256sum's output, CSV "
                             "or JSON lines; file or folder; may be repeated")},
    {"leaked", 0, "PATH", N_("hashes of leaked keys and passwords (SHA-256, SHA-1, fingerprints of ssh-keygen), one a line; file or folder; may be "
                             "repeated")},
    {"list", 0, "CATEGORY=FILE", N_("host names and addresses that mean something, such as mining=nocoin.txt: one a line, hosts "
                                    "file, block list, zone, netset, MISP's JSON; may be repeated")},
    {"lists", 0, "DIR", N_("a folder of such lists, each NAME.CATEGORY.txt, or named by its lists.toml; may be repeated")},
    {"no-shipped-lists", 0, NULL, N_("leave the shipped lists of names and addresses out")},
    {"feed", 0, "FILE", N_("the feed of verdicts (davy feed), instead of the default one, which is read when it is there")},
    {"no-feed", 0, NULL, N_("read no feed")},
    {"colour", 0, "WHEN", N_("auto (the default), always or never")},
    {"from", 0, "FILE", N_("take targets from FILE as well (-: standard input), one a line, # before remarks; TARGET<tab>OS/ARCH chooses a "
                         "platform; may be repeated")},
    {"quiet", 'q', NULL, N_("no progress")},
    {"stream", 0, NULL, N_("take targets from standard input, one a line, and write the report of each as one line of JSON as soon as it "
                        "is done; TARGET<tab>OS/ARCH chooses a platform")},
    {"verbose", 'v', NULL, N_("every finding and everything that could not be read; warnings of rule files")},
    {"help", 'h', NULL, N_("this text")},
    {"version", 'V', NULL, N_("the version")},
    {},
};

static int take(void *ctx, const struct cmd_option *option, const char *value);

static const struct cmd_program PROGRAM = {
    .name = "davy scan",
    .usage = "[OPTION…] TARGET…",
    .summary = N_("Tells what is in each TARGET and whether it is against its owner's intent: an image (docker archive, OCI "
                  "layout or archive, or a reference to one in a registry), a folder with a root file system, a file, a running "
                  "process (pid:N) or container (container:ID), this machine (/), or standard input (-). docker:REF, podman:REF and "
                  "containerd:REF are images of this machine's own stores."),
    .options = OPTIONS,
    .examples = N_("  davy scan /                            this machine: what runs and persists\n"
                "  davy scan --fail-on high image.tar     refuse an image in CI\n"
                "  davy scan pid:4121                     one process and its program\n"
                "  davy scan ghcr.io/acme/tools:1.2       an image in a registry\n"
                "  docker save acme/tools | davy scan -   an image, without a file of it\n"
                "  davy scan -f json -o report.json dir   a folder, as JSON\n"
                "  davy scan --from images.txt -f html=all.html\n"
                "                                         many images, one report\n"
                "  davy scan -f text -f sarif=a.sarif -f html=a.html image.tar\n"
                "                                         one scan, three reports\n"),
    .take = take,
};

static int take(void *ctx, const struct cmd_option *option, const char *value)
{
    const int r = scan_take(PROGRAM.name, ctx, option->name, value);
    return r < 0 ? r : 0;
}

static int scan_target(struct scan *s, const char *target)
{
    struct error err = ERROR_NULL;
    enum source_kind kind;
    struct str rest;
    uint64_t pid;
    if (source_tell(target, &kind, &rest, &err) < 0) {
        scan_target_begin(s, target, "file");
        report_failure(s->target, str_from(err.text));
        scan_target_end(s);
        return 0;
    }
    if (kind == SOURCE_PROCESS)
        return scan_process(s, target, str_to_u64(rest, &pid) && pid <= INT32_MAX ? (int64_t)pid : 0);
    if (kind == SOURCE_CONTAINER)
        return scan_container(s, target, rest);
    if (kind != SOURCE_PATH)
        return scan_fetched(s, target, kind, rest);
    target = rest.p; /* to its end */
    char *real = realpath(target, NULL);
    bool root = real && !strcmp(real, "/");
    free(real);
    return root ? scan_host(s) : scan_image(s, target);
}

static void add_findings(struct strbuf *b, const struct report_target *t)
{
    size_t n = t->findings ? findings_count(t->findings) : 0;
    enum severity worst = SEVERITY__N;
    for (size_t i = 0; i < n; i++) {
        const struct finding *f = findings_get(t->findings, i);
        if (f->kind != FINDING_CONTEXT && !f->authorised && severity_of(f->rule->priority) < worst)
            worst = severity_of(f->rule->priority);
    }
    if (worst < SEVERITY__N)
        strbuf_printf(b, intl_plural("%zu finding, the worst %s", "%zu findings, the worst %s", n), n, _(severity_name(worst)));
    else
        strbuf_adds(b, _("nothing found"));
}

/* Half a report would be taken for a whole one: there is none, and how far it came is said. */
static int say_stopped(const struct scan *s, size_t targets)
{
    const struct report *r = &s->report;
    const struct report_target *last = r->targets.n ? r->targets.v[r->targets.n - 1] : NULL;
    struct strbuf b = {}, files = {}, size = {};
    cmd_error(PROGRAM.name, "stopped by %s before it was done; no report was written, since it would not be whole", stop_name(stop_signal()));
    if (last) {
        text_add_count(&files, last->counts.files);
        text_add_size(&size, last->counts.bytes);
        add_findings(&b, last);
        cmd_error(PROGRAM.name, "of %.*s until then: %s files, %s; %s", STR_ARG(last->name), files.p, size.p, b.p);
    }
    if (targets > 1)
        cmd_error(PROGRAM.name, "targets that were done: %zu of %zu", r->targets.n ? r->targets.n - 1 : 0, targets);
    strbuf_done(&b);
    strbuf_done(&files);
    strbuf_done(&size);
    return EXIT_CANNOT;
}

/* One target of several, with the platform that its line names. */
static int scan_entry(struct scan *s, const struct scan_list_entry *e)
{
    const struct scan_options *all = s->options;
    struct scan_options own = *all;
    if (e->platform) {
        own.platform = e->platform;
        own.all_platforms = false;
        s->options = &own;
    }
    const int r = scan_target(s, e->target);
    s->options = all;
    return r;
}

static int scan_all(struct scan *s, const struct scan_list *list)
{
    int r = 0;
    for (size_t i = 0; !r && i < list->entries.n; i++) {
        progress_series(&s->progress, i + 1, list->entries.n);
        r = stop_signal() ? -EINTR : scan_entry(s, &list->entries.v[i]);
    }
    progress_series_end(&s->progress);
    return r;
}

/* Those of the command line first. */
static int list_targets(struct scan_list *list, const struct scan_options *o, char **v, size_t n)
{
    struct error err = ERROR_NULL;
    bool takes_input = false;
    for (size_t i = 0; i < n; i++) {
        scan_list_add(list, v[i]);
        takes_input |= !strcmp(v[i], "-");
    }
    for (size_t i = 0; i < o->from.n; i++) {
        if (!strcmp(o->from.v[i], "-") && takes_input) {
            cmd_error(PROGRAM.name, "standard input is read once: as a target, or as a list of them");
            return -EINVAL;
        }
        takes_input |= !strcmp(o->from.v[i], "-");
        if (scan_list_read(list, o->from.v[i], &err) < 0) {
            cmd_error(PROGRAM.name, "%s", err.text);
            return -EINVAL;
        }
    }
    return 0;
}

static int run(int argc, char **argv)
{
    _cleanup_(scan_options_done) struct scan_options options = {.program = PROGRAM.name, .colour = "auto", .fail_on = PRIORITY_WARNING};
    int first = cmd_parse(&PROGRAM, argc, argv, &options);
    if (first < 0)
        return EXIT_USAGE;
    if (options.stream && (first < argc || options.from.n || options.outputs.list.n || options.outputs.path || options.keep)) {
        cmd_error(PROGRAM.name, "--stream takes its targets from standard input and writes JSON to standard output: it goes with no TARGET, --from, --format, "
                                "--output or --keep");
        return EXIT_USAGE;
    }
    for (int i = first; i < argc; i++)
        if (!*argv[i]) {
            cmd_error(PROGRAM.name, "one of the targets is empty; is a variable of the command line not set?");
            return EXIT_USAGE;
        }
    if (first == argc && !options.stream && !options.from.n) {
        cmd_error(PROGRAM.name, "say what to scan: an image, a folder, a file, pid:N, container:ID, - for standard input, or / for this machine");
        return EXIT_USAGE;
    }

    if (options.platform && options.all_platforms) {
        cmd_error(PROGRAM.name, "--platform and --all-platforms exclude each other");
        return EXIT_USAGE;
    }
    _cleanup_(scan_list_done) struct scan_list list = {};
    if (list_targets(&list, &options, argv + first, (size_t)(argc - first)) < 0)
        return EXIT_USAGE;
    if (options.keep && list.entries.n > 1) {
        cmd_error(PROGRAM.name, "--keep takes one target: a second one would replace the first in the folder");
        return EXIT_USAGE;
    }

    struct error err = ERROR_NULL;
    if (outputs_settle(&options.outputs, &err) < 0) {
        cmd_error(PROGRAM.name, "%s", err.text);
        return EXIT_USAGE;
    }
    _cleanup_(scan_unload) struct scan scan = {.options = &options};
    if (scan_load(&scan) < 0)
        return EXIT_CANNOT;
    if (outputs_open(&options.outputs, &err) < 0) {
        cmd_error(PROGRAM.name, "%s", err.text);
        return EXIT_CANNOT;
    }
    int r = 0;
    stop_listen();
    intl_pause(!outputs_for_people(&options.outputs)); /* workers inherit it */
    if (options.stream) {
        intl_pause(true);
        r = scan_stream(&scan, scan_target);
        intl_pause(false);
        if (r < 0 && !stop_signal())
            cmd_error(PROGRAM.name, "stopped early: %s", error_words(r));
        return r < 0 ? EXIT_CANNOT : EXIT_NOTHING;
    }
    r = scan_all(&scan, &list);
    intl_pause(false);
    if (r < 0 && stop_signal())
        return say_stopped(&scan, list.entries.n);
    report_judge(&scan.report);
    if (r < 0)
        cmd_error(PROGRAM.name, "stopped early: %s", error_words(r));
    const struct scan_look look = {.colour = options.colour, .verbose = options.verbose};
    int written = outputs_write(&options.outputs, &look, &scan.report, &err);
    if (written < 0)
        cmd_error(PROGRAM.name, "%s", err.text);
    if (written < 0 || r < 0)
        return EXIT_CANNOT;
    return report_exit_code(&scan.report, options.fail_on);
}

int main(int argc, char **argv)
{
    cmd_language();
    const int code = run(argc, argv);
    if (stop_signal() && code == EXIT_CANNOT) /* all is cleared away */
        cmd_end_by(stop_signal());
    return code;
}
