// SPDX-License-Identifier: Apache-2.0
/* davy hunt: what is in the images of whole registries. */
#include <errno.h>
#include <signal.h>
#include <sys/stat.h>

#include "base/stop.h"
#include "cmd/hunt.h"
#include "cmd/hunt_detonate.h"

static void set_signals(void)
{
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    stop_listen();
    (void)sigaction(SIGPIPE, &ignore, NULL); /* a scanner that died is found by reading */
}

static int check_targets(const struct hunt_options *o)
{
    struct error err = ERROR_NULL;
    struct arena a = {};
    struct hunt_target t;
    int r = 0;
    for (size_t i = 0; !r && i < o->operands.n; i++)
        r = hunt_target_parse(str_from(o->operands.v[i]), &a, &t, &err);
    if (!r && o->list && access(o->list, R_OK) < 0)
        r = error_errno(&err, -errno, "cannot read %s", o->list);
    arena_done(&a);
    if (r < 0)
        cmd_error(HUNT, "%s", err.text);
    return !r ? EXIT_NOTHING : r == -EINVAL ? EXIT_USAGE : EXIT_CANNOT;
}

static int check_queue(const struct hunt_options *o)
{
    if (o->worker && (!o->queue || hunt_walks(o))) {
        cmd_error(HUNT, "--worker takes its jobs from --queue and names no registry");
        return -EINVAL;
    }
    if (o->queue && !hunt_store_is_server(hunt_store_of(o))) {
        cmd_error(HUNT, "--queue needs a store that every worker reaches: --store postgres://HOST/DATABASE");
        return -EINVAL;
    }
    if (o->until_empty && !o->worker) {
        cmd_error(HUNT, "--until-empty is for a --worker");
        return -EINVAL;
    }
    return 0;
}

static int check(struct hunt_options *o)
{
    struct arena a = {};
    struct stat st;
    if (o->platform && o->all_platforms) {
        cmd_error(HUNT, "--platform and --all-platforms exclude each other");
        return EXIT_USAGE;
    }
    const int code = check_targets(o);
    if (code || check_queue(o) < 0)
        return code ? code : EXIT_USAGE;
    if (!o->worker && !hunt_walks(o) && !hunt_store_is_server(hunt_store_of(o)) && stat(hunt_store_of(o), &st) < 0) {
        cmd_error(HUNT, "say what to hunt: a registry, a part of one, repositories or images, or --list FILE");
        return EXIT_USAGE;
    }
    /* with a queue workers run images, and this asks for it */
    const bool runs_images = o->detonate != DETONATE_NEVER && (o->worker || !o->queue), has_program = !runs_images || hunt_detonate_program(&a);
    arena_done(&a);
    if (runs_images && geteuid())
        cmd_error(HUNT, "--detonate runs images in davy detonate's jail, which only root can build; run it as root, or leave the option out");
    else if (!has_program)
        cmd_error(HUNT, "--detonate needs the program davy-detonate beside davy-hunt, and it is not there; install it, or leave the option out");
    return has_program && !(runs_images && geteuid()) ? 0 : EXIT_CANNOT;
}

static int hunt(struct hunt_options *o)
{
    int code = check(o);
    if (code)
        return code;
    bool has_feed = false;
    for (size_t i = 0; i < o->scan.n; i++)
        has_feed |= !strcmp(o->scan.v[i], "--feed");
    if (!has_feed)
        vec_add(&o->scan, "--no-feed");
    vec_add(&o->scan, "--jobs");
    vec_add(&o->scan, "1"); /* images side by side, not the files of one */
    set_signals();
    if (o->worker)
        return hunt_worker(o);
    code = o->queue ? hunt_with_queue(o) : hunt_alone(o);
    if (code == EXIT_CANNOT)
        return code;
    const int reported = hunt_report(o);
    return reported || code != HUNT_PARTLY ? reported : EXIT_CANNOT;
}

static void options_done(struct hunt_options *o)
{
    vec_done(&o->operands);
    vec_done(&o->scan);
    vec_done(&o->tags);
}

int main(int argc, char **argv)
{
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    _cleanup_(options_done) struct hunt_options options = {.jobs = processors < 1 ? 1 : processors > 64 ? 64 : (unsigned)processors,
                                                           .tries = HUNT_TRIES,
                                                           .wait_seconds = HUNT_WAIT_SECONDS,
                                                           .image_seconds = HUNT_IMAGE_SECONDS,
                                                           .top = 10};
    cmd_language();
    const bool is_report = argc > 1 && !strcmp(argv[1], "report");
    const int first = cmd_parse(is_report ? &HUNT_REPORT : &HUNT_PROGRAM, argc - is_report, argv + is_report, &options);
    if (first < 0)
        return EXIT_USAGE;
    for (int i = first + is_report; i < argc; i++)
        vec_add(&options.operands, argv[i]);
    if (!is_report) {
        const int code = hunt(&options);
        if (code == EXIT_CANNOT && stop_signal()) { /* the store has all that was done */
            options_done(&options);
            cmd_end_by(stop_signal());
        }
        return code;
    }
    if (options.operands.n) {
        cmd_error(HUNT_REPORT.name, "takes no operand; --image names an image");
        return EXIT_USAGE;
    }
    return hunt_report(&options);
}
