// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What davy watch and davy replay share: the way of a record from its source to the sinks.
 *
 *     source ─▶ context ─▶ rules ─▶ book of alerts ─▶ sinks
 *        └────▶ capture
 *
 * One thread does all of it; each sink, the capture, and the loading of rules again have threads of their own and are never
 * waited for. A replay waits for its sinks, because it can: it loses no finding.
 */
#include "base/arena.h"
#include "base/clock.h"
#include "base/vec.h"
#include "cmd/common.h"
#include "cmd/rule_files.h"
#include "context/context.h"
#include "finding/alert_book.h"
#include "sink/live.h"
#include "source/capture/write.h"
#include "source/source.h"

struct watch_output {
    const struct live_format *format;
    const char *where;      /* NULL: standard output */
    struct live_sink *sink; /* once it is open */
    uint64_t told;          /* losses that were told */
};

struct watch_options {
    const char *program; /* "davy watch" */
    enum event_source source; /* of the rules that are wanted: SOURCE_SYSCALL, or SOURCE_LOG for those of every log */
    VEC(const char *) rules;
    struct sigma_files sigma;
    VEC(struct watch_output) outputs;
    const char *output; /* --output: of the first format without a place */
    const char *store;              /* NULL or "": cases are not kept */
    bool is_store_ready;            /* the writer has said so */
    bool is_store_default;          /* nobody asked for it: without it watching goes on */
    int store_lines, store_answer;  /* pipes to its writer, 0: none */
    void (*machine)(void *ctx, struct str name, uint64_t case_id, uint64_t first_ns); /* hears of machines of open cases; NULL: not asked for */
    void *machine_ctx;
    struct strbuf store_said;       /* by the writer, and no whole line yet */
    const char *colour, *ca, *headers, *hostname;
    bool quiet, verbose;
    bool is_past; /* events are of any day, not of now */
    bool sums_up; /* who chose no format gets one page at the end */
    enum rule_matching matching;
    enum priority least;
    uint64_t window_ns; /* of repeats, 0: none are folded */
    unsigned rate;
    bool show_secrets; /* in findings, as they were written */
    bool stats; /* at the end */
    unsigned stats_seconds;
    const char *capture; /* and of live watching */
    uint64_t capture_bytes;
    unsigned capture_files;
    uint64_t duration_ns;
    size_t buffer;
    bool plan;
    const char *state; /* file that keeps what correlations remember; NULL: none */
    int fail_on; /* of a replay: exit with 1 at this priority or worse; -1: never */
};

/* A rule set with what runs it. */
struct watch_rules {
    struct ruleset *rs;
    struct evaluator *evaluator;
    struct alert_book *book;
    struct correlator *correlator;
    uint64_t *matches; /* by rule->index */
    size_t n_enabled;
    uint64_t since_ns; /* of CLOCK_BOOTTIME, 0: always: records from then on are judged by it */
};

/* What a kind of source adds to the loop; every function may be NULL. */
struct watch_ops {
    /* Other rules are about to hold: asks the source for the records that they want. -errno with text: the old rules stay. */
    int (*filter)(void *ctx, const struct ruleset *rs, struct error *err);
    /*
     * In place of a source and its context, which are NULL then: judges what there is with watch_event(). 0; -ENODATA at the end; else as
     * source_ops.read().
     */
    int (*read)(void *ctx, struct error *err);
    /* A rule matched: what the event's source wants to make ready before a finding is made of it. */
    void (*matched)(void *ctx, const struct event *event);
    /* Before a record is taken: what should be known first goes through watch_record() now. */
    void (*ahead)(void *ctx, const struct record *r);
    /* Between two reads: answers that came beside the stream; each goes through watch_record(). */
    void (*between)(void *ctx);
    /* Fills what is known beside the source's stats. */
    void (*add_stats)(void *ctx, struct strbuf *b);
};

struct watch_reload;
struct watch {
    struct watch_options *options;
    const struct watch_ops *ops;
    void *ops_ctx;
    struct source *source;
    struct context *context;
    struct alert_book_options book;    /* of every rule set's */
    struct watch_rules *rules, *older; /* older: still judges records from before the change; else NULL */
    uint64_t change_end_ns;            /* of CLOCK_BOOTTIME: the change of filters was done */
    struct watch_reload *reload;       /* under way; else NULL */
    struct capture_writer *capture;
    uint64_t capture_told;
    struct watch_state {
        int folder;             /* of the file; 0: there is none */
        struct str name;        /* in the folder, borrowed from the options */
        uint64_t matches;       /* of the correlator when it was written last */
        uint64_t next_ns;       /* of CLOCK_MONOTONIC: when it is due again */
        bool is_said;           /* that it cannot be written */
    } state;
    struct watch_mark {         /* watch_mark.c */
        int folder;             /* the state's; while it stands */
        char name[256];         /* in it */
        char boot[64];          /* which start of the machine */
        uint64_t gap_ns;        /* of CLOCK_BOOTTIME: until then somebody watched who was ended without being told to; 0: nobody was */
        uint64_t next_ns;       /* of CLOCK_MONOTONIC: when it is due again */
        bool stands;
    } mark;
    uint64_t boot_ns; /* since the epoch, when CLOCK_BOOTTIME began, by the clock as it was when watching began; 0: events are of records of logs */
    bool is_replay, is_broken; /* is_broken: standard output is gone */
    int stopped_by;            /* the signal that ended watch_run(); 0: none did */
    const struct watch_rules *judging;      /* whose rules the event at hand is asked about */
    struct live_event *event;
    VEC(const struct rule *) fired; /* by the event at hand */
    bool is_resolved;
    enum priority worst;
    uint64_t alerts, begin_ns, last_ns, seen_then, seen_at_ns; /* last_ns: of the newest event, since the epoch */
    double seen_per_second;
    uint64_t dropped[RECORD_KIND_OTHER + 64]; /* records that are missing, by kind, as RECORD_DROPS tells; the last: of other kinds, or of unknown ones */
    struct strbuf text;
    struct arena shown; /* texts of the match at hand without secrets */
};

/* ---- watch_options.c ---- */

/* Options that both programs take, for their tables. */
#define WATCH_OPTIONS                                                                                                    \
    {"rules", 'r', "PATH", N_("rule file or folder instead of the shipped ones; may be repeated; Falco's files are taken as they are")}, \
    SIGMA_OPTIONS,                                                                                                       \
    {"format", 'f', "FORMAT[=WHERE]", N_("text, summary (one page at the end; the default of davy logs without --follow), html (the same for a browser), falco or json, to standard output, a file, syslog:, " \
                                      "syslog:udp://HOST:PORT, syslog:tcp://HOST:PORT or an https:// address; may be repeated")}, \
    {"output", 'o', "FILE", N_("the place of the first format that names none")},                                          \
    {"store", 0, "STORE", N_("keep findings as cases in this file, or in a database postgres://…, for davy case; '' for not at all")}, \
    {"priority", 0, "PRIORITY", N_("run only rules of this priority or a worse one: debug (the default), notice, warning, error, critical and the others")}, \
    {"matching", 0, "HOW", N_("all (the default): every rule that holds; first: the first one of each event, as Falco does")}, \
    {"repeats", 0, "SECONDS", N_("longest time for which equal findings are counted before they are told (60); 0: each is told by itself")}, \
    {"rate", 0, "N", N_("findings a second of one rule that are told one by one, ten times as many at once (100); 0: no bound")}, \
    {"state", 0, "FILE", N_("keep what correlations remember in FILE, and begin with what it holds")},                     \
    {"hostname", 0, "NAME", N_("the name of the machine in findings")},                                                   \
    {"show-secrets", 0, NULL, N_("show passwords and tokens in command lines and data as they were written, not as …")}, \
    {"ca", 0, "FILE", N_("certificates of authorities to trust for https, beside the system's")},                          \
    {"headers", 0, "FILE", N_("further headers for https, one a line, such as Authorization: Bearer …")},                  \
    {"stats", 0, NULL, N_("counters, and what each rule cost, on standard error at the end")},                             \
    {"stats-every", 0, "SECONDS", N_("the same every so many seconds")}
#define WATCH_LAST_OPTIONS                                                                        \
    {"colour", 0, "WHEN", N_("auto (the default), always or never")},                             \
    {"quiet", 'q', NULL, N_("nothing on standard error but mistakes and losses, and no status line")}, \
    {"verbose", 'v', NULL, N_("the whole output of each finding; warnings of rule files")},       \
    {"help", 'h', NULL, N_("this text")},                                                         \
    {"version", 'V', NULL, N_("the version")},                                                    \
    {}

void watch_options_init(struct watch_options *o, const char *program);
/* Takes an option of WATCH_OPTIONS: 0, -EINVAL after saying what is wrong; 1: it is none of them. */
int watch_options_take(struct watch_options *o, const struct cmd_option *option, const char *value);
/* A number from `least` to `most`; -EINVAL after saying so. */
int watch_number(const struct watch_options *o, const char *option, const char *value, uint64_t least, uint64_t most, uint64_t *ret);
/* "64M", "2G", "1000000": bytes. -EINVAL after saying so. */
int watch_size(const struct watch_options *o, const char *option, const char *value, uint64_t least, uint64_t most, uint64_t *ret);
void watch_options_done(struct watch_options *o);

/* ---- watch_outputs.c ---- */

/* Opens every sink. Exit code; 0: all are open. What is wrong is said. */
int watch_outputs_open(struct watch_options *o);
void watch_outputs_put(struct watch *w, const struct alert *a);
void watch_outputs_status(struct watch *w, const struct live_status *status);
/* Between two reads: cases are told, and what waited for them goes out. */
void watch_outputs_tick(struct watch *w);
/* What a page at the end says beside the findings. */
void watch_outputs_about(struct watch_options *o, const struct summary_about *about);
/* What was named, in few words: the first of them, and how many more. (watch_about.c) */
void watch_add_title(struct strbuf *b, const char *const *paths, size_t n);
/* The same as watch_outputs_about() of a source of events, while it is open: what was read, and what of it could not be. */
void watch_about(struct watch *w, const char *const *paths, size_t n, struct str unread);
void watch_outputs_reopen(struct watch *w);
/* Says what was lost since the last time, and notes whether standard output is gone. */
void watch_outputs_tell(struct watch *w);
/*
 * Lets all go out, and says what could not: EXIT_CANNOT when standard output or a file lacks something, else EXIT_NOTHING. Who is patient waits for
 * readers as long as they are there, until the word to stop; others for seconds.
 */
int watch_outputs_close(struct watch_options *o, bool is_patient);

/* ---- watch_store.c ---- */

/* Starts what keeps cases in o->store, and adds it to the outputs, which are open. Exit code; what is wrong is said. */
int watch_store_begin(struct watch_options *o);
/* Tells of each finding that was kept since the last time the case that it is in. Never waits. */
void watch_store_hear(struct watch_options *o, void (*told)(void *ctx, const struct live_case *c), void *ctx);
/* Waits until all is kept, and tells the same of the rest; after its sink was closed. `told` may be NULL. */
void watch_store_end(struct watch_options *o, void (*told)(void *ctx, const struct live_case *c), void *ctx);

/* ---- watch_rules.c ---- */

/* Loads and compiles what the options name; without a book. NULL after saying what is wrong. */
struct watch_rules *watch_rules_load(const struct watch_options *o);
/* NULL is fine. */
struct watch_rules *watch_rules_free(struct watch_rules *r);
/* Begins to load the rules again beside the loop; nothing when that is under way. */
void watch_reload_begin(struct watch *w);
/* Puts loaded rules in place when they are there, and lets old ones go that no record needs any more. */
void watch_reload_step(struct watch *w);
/* Ends one under way. */
void watch_reload_end(struct watch *w);

/* ---- watch_state.c ---- */

/*
 * Takes what --state holds into the correlator of the rules, and makes ready to write it. Exit code; what is wrong is said: a file that
 * is no state is left out and replaced, a folder that is not there ends it.
 */
int watch_state_open(struct watch *w);
/* Writes it when it is due and something changed; at once at the end. */
void watch_state_keep(struct watch *w, uint64_t now_ns);
void watch_state_close(struct watch *w);

/* ---- watch_loop.c ---- */

/* Signals that the loop answers: from here on. */
void watch_signals(void);
/* Whether standard error takes something now: a terminal that is stopped must not stop the loop. */
bool watch_can_say(void);
/* The signal that asked to stop; 0: none did. */
int watch_is_stopping(void);
/* For what has an end of its own and did not come to it: says so, and ends this process by the signal. */
void watch_end_stopped(const struct watch_options *o, int signal) __attribute__((__noreturn__));
/* Takes one record through context, rules and sinks, and into the capture. */
void watch_record(struct watch *w, const struct record *r);
/* Judges an event, and tells what comes of it. */
void watch_event(struct watch *w, const struct event *event);
/* Until the source ends, a signal says so, or the time is over. Exit code. */
int watch_run(struct watch *w);
/* Gives everything back that a watch holds but its source and options. */
void watch_done(struct watch *w);

/* ---- watch_stats.c ---- */

/* Counters and rules as text, on standard error. */
void watch_stats_print(struct watch *w);
/* What the line at the bottom of the terminal tells now. */
void watch_status(struct watch *w, struct live_status *ret);
