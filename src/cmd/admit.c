// SPDX-License-Identifier: Apache-2.0
/* davy admit: a webhook that tells a Kubernetes API server which images the feed lists, before they run. */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <time.h>

#include "base/confine_watch.h"
#include "base/file.h"
#include "base/intl.h"
#include "cmd/admit.h"

static const struct cmd_option OPTIONS[] = {
    {"cert", 0, "FILE", N_("certificate of this server with its chain, PEM; read again when it changes")},
    {"key", 0, "FILE", N_("its private key, PEM")},
    {"client-ca", 0, "FILE", N_("answer reviews and counters only to clients with a certificate of these authorities, PEM; read again when it changes")},
    {"client-name", 0, "NAME", N_("which must also bear this name")},
    {"listen", 0, "ADDRESS:PORT", N_("where to listen (0.0.0.0:8443); port 0 is any, and is told")},
    {"feed", 0, "FILE", N_("the feed, instead of the default (DAVY_FEED, or one for each user); read again when it changes")},
    {"enforce", 0, NULL, N_("deny what the choices below say; without it nothing is denied, and what would be is a warning")},
    {"listed", 0, "CHOICE", N_("an image that the feed lists: deny (the default), warn or allow")},
    {"unpinned", 0, "CHOICE", N_("an image without a digest, which may be another one tomorrow: allow (the default), warn or deny")},
    {"trouble", 0, "CHOICE", N_("what cannot be understood: warn (the default), allow or deny")},
    {"user", 0, "NAME", N_("become this user before the first request is read; only root can")},
    {"quiet", 'q', NULL, N_("tell nothing of single reviews")},
    {"help", 'h', NULL, N_("this text")},
    {"version", 'V', NULL, N_("the version")},
    {},
};

static int take(void *ctx, const struct cmd_option *option, const char *value);

static const struct cmd_program PROGRAM = {
    .name = "davy admit",
    .usage = "[OPTION…] --cert FILE --key FILE",
    .summary = N_("Answers a Kubernetes API server over HTTPS whether an object may be admitted: it warns of, or denies, pods and "
                  "whatever makes pods, when an image in them is listed as malicious or unwanted in the feed of this machine. It runs "
                  "nothing and asks nobody."),
    .options = OPTIONS,
    .examples = N_("  davy admit --cert tls.crt --key tls.key                a dry run\n"
                   "  davy admit --cert tls.crt --key tls.key --enforce --unpinned warn\n"),
    .take = take,
};

static int refuse(const char *option, const char *value, const char *takes)
{
    cmd_error(PROGRAM.name, "`%s` is no value for --%s; it takes %s", value, option, takes);
    return -EINVAL;
}

static int take_choice(const char *option, const char *value, enum admit_choice *ret)
{
    static const char *const WORDS[] = {[ADMIT_ALLOW] = "allow", [ADMIT_WARN] = "warn", [ADMIT_DENY] = "deny"};
    for (size_t i = 0; i < ARRAY_SIZE(WORDS); i++)
        if (!strcmp(value, WORDS[i])) {
            *ret = (enum admit_choice)i;
            return 0;
        }
    return refuse(option, value, _("allow, warn or deny"));
}

static int take_listen(struct admit_options *o, const char *value)
{
    const char *colon = strrchr(value, ':');
    struct str address = colon ? str_n(value, (size_t)(colon - value)) : STR_NULL;
    uint64_t port;
    if (address.n > 2 && address.p[0] == '[' && address.p[address.n - 1] == ']')
        address = str_sub(address, 1, address.n - 1);
    if (!colon || !address.n || address.n >= sizeof(o->address) || !str_to_u64(str_from(colon + 1), &port) || port > UINT16_MAX)
        return refuse("listen", value, _("an address and a port, such as 127.0.0.1:8443 or [::]:8443"));
    (void)snprintf(o->address, sizeof(o->address), "%.*s", STR_ARG(address));
    o->port = (unsigned)port;
    return 0;
}

static int take(void *ctx, const struct cmd_option *option, const char *value)
{
    struct admit_options *o = ctx;
    struct str name = str_from(option->name);
    if (str_is(name, "cert"))
        o->certificate = value;
    else if (str_is(name, "key"))
        o->key = value;
    else if (str_is(name, "client-ca"))
        o->client_ca = value;
    else if (str_is(name, "client-name"))
        o->client_name = value;
    else if (str_is(name, "feed"))
        o->feed = value;
    else if (str_is(name, "user"))
        o->user = value;
    else if (str_is(name, "enforce"))
        o->policy.enforce = true;
    else if (str_is(name, "quiet"))
        o->quiet = true;
    else if (str_is(name, "listen"))
        return take_listen(o, value);
    else if (str_is(name, "listed"))
        return take_choice("listed", value, &o->policy.listed);
    else if (str_is(name, "unpinned"))
        return take_choice("unpinned", value, &o->policy.unpinned);
    else if (str_is(name, "trouble"))
        return take_choice("trouble", value, &o->policy.trouble);
    return 0;
}

/* ---- what changes while it runs ---- */

/* A file as it was when it was last read. */
struct mark {
    dev_t dev;
    ino_t ino;
    off_t size;
    struct timespec mtime;
};

static struct mark mark_of(const char *path)
{
    struct stat st;
    if (stat(path, &st) < 0)
        return (struct mark){};
    return (struct mark){.dev = st.st_dev, .ino = st.st_ino, .size = st.st_size, .mtime = st.st_mtim};
}

static bool mark_eq(const struct mark *a, const struct mark *b)
{
    return a->dev == b->dev && a->ino == b->ino && a->size == b->size && a->mtime.tv_sec == b->mtime.tv_sec && a->mtime.tv_nsec == b->mtime.tv_nsec;
}

struct running {
    struct admit *x;
    struct web_server *server;
    struct web_server *leaving; /* the one before it, with connections still open */
    uint64_t leaving_until_s;
    const char *feed, *journal; /* the file and what SQLite keeps beside it */
    struct mark feed_mark, journal_mark, certificate_mark, key_mark, client_mark;
    int listen_fd;
};

static uint64_t now_s(void)
{
    return (uint64_t)time(NULL);
}

/* The new feed takes the old one's place when it is whole; until then, and when it cannot be read, the old one answers. */
static int load_feed(struct running *g, struct error *err)
{
    struct admit_feed feed = {};
    g->feed_mark = mark_of(g->feed);
    g->journal_mark = mark_of(g->journal);
    int r = admit_feed_load(g->feed, now_s(), &feed, err);
    g->x->is_feed_broken = r < 0;
    if (r < 0) {
        admit_feed_done(&feed);
        return r;
    }
    (void)pthread_rwlock_wrlock(&g->x->lock);
    struct admit_feed old = g->x->feed;
    g->x->feed = feed;
    (void)pthread_rwlock_unlock(&g->x->lock);
    admit_feed_done(&old);
    return 0;
}

static int start(struct running *g, struct error *err)
{
    _cleanup_(strbuf_done) struct strbuf certificate = {}, key = {}, client = {};
    struct web_server *server = NULL;
    const struct admit_options *o = g->x->o;
    g->certificate_mark = mark_of(o->certificate);
    g->key_mark = mark_of(o->key);
    g->client_mark = mark_of(o->client_ca ? o->client_ca : "");
    int r = file_read(o->certificate, WEB_PEM_MAX, &certificate, err);
    if (!r)
        r = file_read(o->key, WEB_PEM_MAX, &key, err);
    if (!r && o->client_ca)
        r = file_read(o->client_ca, WEB_PEM_MAX, &client, err);
    const struct web_options w = {.listen_fd = g->listen_fd, .certificate = strbuf_str(&certificate).p, .key = strbuf_str(&key).p,
                                  .client_ca = o->client_ca ? strbuf_str(&client).p : NULL, .client_name = o->client_name, .answer = admit_answer,
                                  .ctx = g->x};
    if (!r)
        r = web_start(&w, &server, err);
    if (r < 0)
        return r;
    web_leave(g->server); /* the new one answers already */
    (void)web_stop(g->leaving);
    g->leaving = g->server;
    g->leaving_until_s = now_s() + 2 * WEB_TIMEOUT_S;
    g->server = server;
    return 0;
}

static void look_at_feed(struct running *g, bool asked)
{
    struct error err = ERROR_NULL;
    const struct mark feed = mark_of(g->feed), journal = mark_of(g->journal);
    if (!asked && mark_eq(&feed, &g->feed_mark) && mark_eq(&journal, &g->journal_mark))
        return;
    if (load_feed(g, &err) < 0) {
        g->x->reload_errors++;
        cmd_error(PROGRAM.name, "%s; the feed that was read before goes on answering", err.text);
    } else {
        g->x->reloads++;
    }
}

static void look_at_certificate(struct running *g, bool asked)
{
    struct error err = ERROR_NULL;
    const struct mark certificate = mark_of(g->x->o->certificate), key = mark_of(g->x->o->key), client = mark_of(g->x->o->client_ca ? g->x->o->client_ca : "");
    if (!asked && mark_eq(&certificate, &g->certificate_mark) && mark_eq(&key, &g->key_mark) && mark_eq(&client, &g->client_mark))
        return;
    if (start(g, &err) < 0)
        cmd_error(PROGRAM.name, "%s; the certificate that was read before goes on", err.text);
}

static void loop(struct running *g, const sigset_t *signals)
{
    const struct timespec look = {.tv_sec = ADMIT_LOOK_MS / 1000, .tv_nsec = ADMIT_LOOK_MS % 1000 * 1'000'000};
    for (;;) {
        int signal = sigtimedwait(signals, NULL, &look);
        if (signal == SIGTERM || signal == SIGINT)
            return;
        look_at_feed(g, signal == SIGHUP);
        look_at_certificate(g, signal == SIGHUP);
        if (g->leaving && (web_is_empty(g->leaving) || now_s() > g->leaving_until_s))
            g->leaving = web_stop(g->leaving);
    }
}

/* ---- the beginning ---- */

static int become(const char *user)
{
    const struct passwd *p = user ? getpwnam(user) : NULL;
    if (!user)
        return 0;
    if (!p) {
        cmd_error(PROGRAM.name, "there is no user `%s`", user);
        return EXIT_CANNOT;
    }
    if (setgroups(0, NULL) < 0 || setgid(p->pw_gid) < 0 || setuid(p->pw_uid) < 0) {
        cmd_error(PROGRAM.name, "cannot become %s: %s", user, error_words(errno));
        return EXIT_CANNOT;
    }
    return 0;
}

static int serve(struct running *g)
{
    struct error err = ERROR_NULL;
    const struct admit_options *o = g->x->o;
    const struct confine_watch_options walls = {.serves = true};
    sigset_t signals;
    (void)signal(SIGPIPE, SIG_IGN);
    (void)sigemptyset(&signals);
    for (const int *s = (const int[]){SIGTERM, SIGINT, SIGHUP, 0}; *s; s++)
        (void)sigaddset(&signals, *s);
    (void)sigprocmask(SIG_BLOCK, &signals, NULL);
    int code = become(o->user);
    if (code)
        return code;
    if (confine_watch(&walls, &err) < 0 || load_feed(g, &err) < 0 || start(g, &err) < 0) {
        cmd_error(PROGRAM.name, "%s", err.text);
        return EXIT_CANNOT;
    }
    (void)fprintf(stderr, _("%s: listening on %s port %u, %zu entries, %s\n"), PROGRAM.name, o->address, web_port(g->listen_fd),
                  g->x->feed.entries.n, o->policy.enforce ? _("enforcing") : _("a dry run"));
    loop(g, &signals);
    g->leaving = web_stop(g->leaving);
    g->server = web_stop(g->server);
    return EXIT_NOTHING;
}

static int admit(const struct admit_options *o)
{
    _cleanup_(arena_done) struct arena a = {};
    _cleanup_close_ int fd = -1;
    struct error err = ERROR_NULL;
    struct admit x = {.o = o, .lock = PTHREAD_RWLOCK_INITIALIZER};
    const char *feed = cmd_feed_path(o->feed);
    if (!*feed) {
        cmd_error(PROGRAM.name, "there is no place for the feed without HOME; name one with --feed or DAVY_FEED");
        return EXIT_CANNOT;
    }
    if (web_listen(o->address, o->port, &fd, &err) < 0) {
        cmd_error(PROGRAM.name, "%s", err.text);
        return EXIT_CANNOT;
    }
    struct running g = {.x = &x, .listen_fd = fd, .feed = feed, .journal = arena_printf(&a, "%s-wal", feed).p};
    int code = serve(&g);
    admit_feed_done(&x.feed);
    return code;
}

int main(int argc, char **argv)
{
    struct admit_options o = {.address = "0.0.0.0", .port = 8443, .policy = {.listed = ADMIT_DENY, .unpinned = ADMIT_ALLOW, .trouble = ADMIT_WARN}};
    cmd_language();
    int first = cmd_parse(&PROGRAM, argc, argv, &o);
    if (first < 0)
        return EXIT_USAGE;
    if (first < argc) {
        cmd_error(PROGRAM.name, "takes no operand, and was given `%s`", argv[first]);
        return EXIT_USAGE;
    }
    if (!o.certificate || !o.key) {
        cmd_error(PROGRAM.name, "name the server's certificate with --cert and its key with --key; API servers speak HTTPS alone");
        return EXIT_USAGE;
    }
    if (o.client_name && !o.client_ca) {
        cmd_error(PROGRAM.name, "--client-name is a name in a certificate of --client-ca; give both");
        return EXIT_USAGE;
    }
    return admit(&o);
}
