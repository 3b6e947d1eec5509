// SPDX-License-Identifier: Apache-2.0
/* Looks at processes and at this machine: what runs, what starts, what persists. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "base/intl.h"
#include "base/map.h"
#include "base/stop.h"
#include "base/vec.h"
#include "cmd/scan.h"
#include "inspect/scan_facts.h"
#include "source/proc/proc.h"

enum {
    STARTED_HOMES_MAX = 10000,
    RECORDS_MAX = 16384, /* packages whose files are compared */
    PROGRAMS_MAX = 4096, /* distinct programs whose facts are kept for the processes that run them */
};

/* Where things start or persist, beside what home folders and running processes add. */
static const char *const PLACES[] = {
    "/etc", "/var/spool/cron", "/var/spool/at", "/var/spool/anacron", "/usr/lib/systemd/system", "/lib/systemd/system",
    "/usr/lib/systemd/user", "/usr/local/lib/systemd", "/run/systemd/system", "/usr/local/bin", "/usr/local/sbin",
    "/usr/lib/udev/rules.d", "/tmp", "/var/tmp", "/dev/shm", "/var/www", "/srv/www", "/srv/http",
    "/usr/share/nginx/html", "/usr/local/apache2/htdocs", "/opt/lampp/htdocs",
};
/* Databases of packages, read when a list of software is asked for. */
static const char *const DATABASES[] = {
    "/var/lib/dpkg/status", "/lib/apk/db/installed", "/usr/lib/os-release", "/usr/lib/python3", "/usr/lib/node_modules",
    "/usr/local/lib/python3", "/usr/local/lib/node_modules", "/var/lib/rpm", "/usr/lib/sysimage/rpm",
};
/* Databases that programs are compared with, beside those of add_records(). */
static const char *const RECORDS[] = {"/var/lib/dpkg/diversions", "/lib/apk/db/installed", "/usr/lib/apk/db/installed"};
/* Programs that are replaced so that they do not show what runs, or let somebody in; and modules of PAM. Where they are links, what they name is met by its own path. */
static const char *const COMPARED[] = {
    "awk", "bash", "cat", "chattr", "crontab", "curl", "dash", "dmesg", "dpkg", "find", "grep", "htop", "id", "ifconfig", "ip", "kill", "killall", "last",
    "lastlog", "login", "ls", "lsattr", "lsmod", "lsof", "mount", "netstat", "passwd", "pgrep", "pidof", "pkill", "ps", "pstree", "scp", "ss", "ssh", "stat",
    "su", "sudo", "sysctl", "systemctl", "top", "uptime", "vmstat", "w", "wget", "who",
};
static const char *const FOLDERS_OF_PROGRAMS[] = {"/bin", "/usr/bin", "/sbin", "/usr/sbin"};
static const char *const FOLDERS_OF_MODULES[] = {
    "/lib/security", "/lib64/security", "/usr/lib/security", "/usr/lib64/security", "/lib/x86_64-linux-gnu/security", "/usr/lib/x86_64-linux-gnu/security",
    "/lib/aarch64-linux-gnu/security", "/usr/lib/aarch64-linux-gnu/security",
};
static const char DPKG_INFO[] = "/var/lib/dpkg/info";
/* In each home folder. */
static const char *const HOME_PLACES[] = {
    ".ssh", ".bashrc", ".bash_profile", ".bash_login", ".bash_logout", ".profile", ".zshrc", ".zprofile", ".zshenv",
    ".config/systemd", ".config/autostart", ".config/fish", ".local/share/systemd", ".cache", ".aws", ".docker/config.json",
    ".kube/config", ".npmrc", ".netrc", ".pypirc", ".git-credentials",
};
static const char *const NEVER[] = {"/proc", "/sys", NULL};

/* Program files, each looked at once however many processes run it. */
struct programs {
    struct arena arena;
    struct map by_identity; /* → struct facts */
};

static uint64_t nanoseconds(struct timespec t)
{
    return (uint64_t)t.tv_sec * 1'000'000'000U + (uint64_t)t.tv_nsec;
}

/* Looks at the program behind fd as a file event of its own, and keeps its facts. */
static int look_at_program(struct scan *s, int fd, const struct stat *st, struct str path, struct facts *f)
{
    struct error err = ERROR_NULL;
    uint64_t bytes = 0;
    int error = 0;
    facts_reset(f, EVENT_FILE, s->report.started_ns);
    scan_facts_path(f, path);
    facts_str(f, F_FILE_ORIGIN, STR("process"));
    facts_str(f, F_FILE_TYPE, STR("regular"));
    scan_facts_inode(f, &(struct image_entry){
                            .type = ENTRY_REGULAR,
                            .size = (uint64_t)st->st_size,
                            .mode = st->st_mode,
                            .uid = st->st_uid,
                            .gid = st->st_gid,
                            .mtime_ns = nanoseconds(st->st_mtim),
                            .ctime_ns = nanoseconds(st->st_ctim),
                        });
    int r = workers_file(s->workers, fd, f, &bytes, &error, &err);
    if (r < 0)
        return r;
    if (error)
        report_unread(s->target, path, str_from(error_words(error)));
    s->target->counts.bytes += bytes;
    s->target->counts.files++;
    scan_judge(s, f);
    return 0;
}

/* Adds what is known of the process's program to its facts. */
static int add_program(struct scan *s, struct proc_source *ps, struct programs *programs)
{
    _cleanup_close_ int fd = -1;
    struct stat st;
    const int opened = proc_source_open_exe(ps, &fd);
    if (opened < 0)
        report_unread(s->target, arena_printf(&s->facts.arena, "/proc/%lld/exe", (long long)facts_get(&s->facts, F_PROC_PID)->i), str_from(error_words(opened)));
    if (opened || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return 0;
    struct str identity = arena_printf(&s->facts.arena, "%llx:%llx:%llx:%llx", (unsigned long long)st.st_dev,
                                       (unsigned long long)st.st_ino, (unsigned long long)st.st_size,
                                       (unsigned long long)st.st_ctim.tv_sec);
    struct map_entry *known = map_get(&programs->by_identity, identity);
    if (!known) {
        if (programs->by_identity.n >= PROGRAMS_MAX)
            return 0;
        struct facts *program = arena_new(&programs->arena, struct facts);
        facts_init(program);
        known = map_put(&programs->by_identity, arena_str(&programs->arena, identity), NULL);
        known->ptr = program;
        int r = look_at_program(s, fd, &st, facts_get_str(&s->facts, F_PROC_EXEPATH), program);
        if (r < 0)
            return r;
    }
    facts_merge(&s->facts, known->ptr);
    return 0;
}

static void programs_done(struct programs *p)
{
    for (size_t i = 0; i < p->by_identity.n; i++)
        facts_done(p->by_identity.v[i].ptr);
    map_done(&p->by_identity);
    arena_done(&p->arena);
}

/*
 * What the command line says (pools, addresses, hosts), and its secrets taken out before anything is shown. The parent's
 * is looked at beside, since what it says is not said of this process.
 */
static int look_at_command_lines(struct scan *s, struct facts *parent)
{
    struct str exe = facts_get_str(&s->facts, F_PROC_EXE), args = facts_get_str(&s->facts, F_PROC_ARGS);
    struct str text = arena_printf(&s->facts.arena, "%.*s %.*s", STR_ARG(exe), STR_ARG(args));
    struct error err = ERROR_NULL;
    int r = workers_text(s->workers, text, &s->facts, &err);
    if (r < 0 || !facts_has(&s->facts, F_PROC_PCMDLINE))
        return r;
    facts_reset(parent, EVENT_PROCESS, s->report.started_ns);
    facts_str(parent, F_PROC_PCMDLINE, facts_get_str(&s->facts, F_PROC_PCMDLINE));
    facts_str(parent, F_PROC_PEXE, facts_get_str(&s->facts, F_PROC_PEXE));
    text = arena_printf(&parent->arena, "%.*s %.*s", STR_ARG(facts_get_str(parent, F_PROC_PEXE)),
                        STR_ARG(facts_get_str(parent, F_PROC_PCMDLINE)));
    r = workers_text(s->workers, text, parent, &err);
    facts_str(&s->facts, F_PROC_PCMDLINE, facts_get_str(parent, F_PROC_PCMDLINE));
    facts_str(&s->facts, F_PROC_PEXE, facts_get_str(parent, F_PROC_PEXE));
    return r;
}

int scan_processes(struct scan *s, struct proc_source *ps)
{
    _cleanup_(programs_done) struct programs programs = {};
    _cleanup_(facts_done) struct facts parent = {};
    facts_init(&parent);
    size_t all = proc_source_count(ps), done = 0;
    while (proc_source_next(ps, &s->facts) == 0) {
        s->target->counts.processes++;
        char verb[64];
        (void)snprintf(verb, sizeof(verb), _("process %zu of %zu,"), ++done, all);
        progress_at(&s->progress, verb, s->target->counts.bytes, 0, s->target->counts.files,
                    facts_get_str(&s->facts, F_PROC_NAME).p);
        int r = stop_signal() ? -EINTR : add_program(s, ps, &programs);
        if (r >= 0 && !facts_get(&s->facts, F_PROC_IS_KTHREAD)->b)
            r = look_at_command_lines(s, &parent);
        listed_peers(s->intel, &s->facts);
        if (r < 0)
            return r;
        scan_judge(s, &s->facts);
    }
    return 0;
}

static void add_path(struct scan *s, struct paths *paths, const char *path)
{
    vec_add(paths, arena_str(&s->arena, str_from(path)).p);
}

/* What dpkg recorded of each package: of its folder nothing else is read. */
static void add_records(struct scan *s, struct paths *only)
{
    DIR *dir = opendir(DPKG_INFO);
    for (size_t n = 0; dir && n < RECORDS_MAX;) {
        const struct dirent *d = readdir(dir);
        if (!d)
            break;
        if (!str_ends(str_from(d->d_name), STR(".md5sums")))
            continue;
        vec_add(only, arena_printf(&s->arena, "%s/%s", DPKG_INFO, d->d_name).p);
        n++;
    }
    if (dir)
        (void)closedir(dir);
    for (size_t i = 0; i < ARRAY_SIZE(RECORDS); i++)
        add_path(s, only, RECORDS[i]);
}

/* Whether it is a folder under its own name: one that is reached by a link (/bin, /lib) is another one's. */
static bool is_folder_itself(const char *path)
{
    char real[PATH_MAX];
    return realpath(path, real) && !strcmp(real, path);
}

static void add_compared(struct scan *s, struct paths *only)
{
    for (size_t k = 0; k < ARRAY_SIZE(FOLDERS_OF_PROGRAMS); k++) {
        const bool is_itself = is_folder_itself(FOLDERS_OF_PROGRAMS[k]);
        for (size_t i = 0; is_itself && i < ARRAY_SIZE(COMPARED); i++)
            vec_add(only, arena_printf(&s->arena, "%s/%s", FOLDERS_OF_PROGRAMS[k], COMPARED[i]).p);
    }
    for (size_t i = 0; i < ARRAY_SIZE(FOLDERS_OF_MODULES); i++)
        if (is_folder_itself(FOLDERS_OF_MODULES[i]))
            add_path(s, only, FOLDERS_OF_MODULES[i]);
}

static void add_places(struct scan *s, struct paths *only)
{
    for (size_t i = 0; i < sizeof(PLACES) / sizeof(PLACES[0]); i++)
        add_path(s, only, PLACES[i]);
    for (size_t i = 0; i < ARRAY_SIZE(DATABASES) && outputs_want_list(&s->options->outputs); i++)
        add_path(s, only, DATABASES[i]);
    add_records(s, only);
    add_compared(s, only);
    struct map homes = {};
    setpwent();
    for (struct passwd *p; (p = getpwent());) {
        struct str home = str_from(p->pw_dir);
        bool fresh = false;
        if (home.n > 1 && home.p[0] == '/' && homes.n < STARTED_HOMES_MAX)
            (void)map_put(&homes, arena_str(&s->arena, home), &fresh);
        for (size_t i = 0; fresh && i < sizeof(HOME_PLACES) / sizeof(HOME_PLACES[0]); i++)
            vec_add(only, arena_printf(&s->arena, "%.*s/%s", STR_ARG(home), HOME_PLACES[i]).p);
    }
    endpwent();
    map_done(&homes);
}

static bool below(struct str path, struct str folder)
{
    return str_starts(path, folder) && (path.n == folder.n || path.p[folder.n] == '/');
}

static bool covered(const struct paths *places, struct str path)
{
    for (size_t i = 0; i < places->n; i++)
        if (below(path, str_from(places->v[i])))
            return true;
    return false;
}

/* Walks some places of this machine (NULL: all of it); missing ones are no news. */
static int walk_places(struct scan *s, struct paths *only, bool accounts)
{
    struct error err = ERROR_NULL;
    struct worker_job job = {
        .target = "/", .origin = "host", .machine = s->machine, .image.skip = NEVER, .no_accounts = !accounts};
    if (only) {
        if (!only->n)
            return 0;
        vec_add(only, NULL);
        only->n--;
        job.image.only = only->v;
    }
    int r = scan_walk(s, &job, &err);
    if (r > 0)
        report_unread(s->target, STR("/"), str_from(err.text));
    return r < 0 ? r : 0;
}

/* The programs that units, cron lines and the like start, as far as the first walk did not meet them. */
static int walk_started(struct scan *s, const struct paths *seen)
{
    struct paths more = {};
    struct map once = {};
    for (size_t i = 0; i < s->started.n; i++) {
        char real[PATH_MAX];
        struct stat st;
        if (!realpath(s->started.v[i], real) || stat(real, &st) < 0 || !S_ISREG(st.st_mode))
            continue;
        bool fresh = false;
        if (!covered(seen, str_from(real)))
            (void)map_put(&once, arena_str(&s->arena, str_from(real)), &fresh);
        if (fresh)
            add_path(s, &more, real);
    }
    s->follow_started = false;
    int r = walk_places(s, &more, false);
    map_done(&once);
    vec_done(&more);
    return r;
}

static int walk_host(struct scan *s)
{
    if (s->options->full)
        return walk_places(s, NULL, true);
    struct paths only = {};
    add_places(s, &only);
    s->follow_started = true;
    int r = walk_places(s, &only, true);
    if (!r)
        r = walk_started(s, &only);
    vec_done(&only);
    vec_done(&s->started);
    return r;
}

void scan_set_own_machine(struct scan *s)
{
    struct utsname u;
    s->machine = uname(&u) ? NULL : arena_str(&s->arena, str_from(u.machine)).p;
    inspector_set_machine(s->inspector, s->machine);
}

int scan_host(struct scan *s)
{
    struct error err = ERROR_NULL;
    _cleanup_(proc_source_freep) struct proc_source *ps = NULL;
    scan_target_begin(s, "/", "host");
    s->is_host = true;
    scan_set_own_machine(s);
    int r = proc_source_new(&(struct proc_options){}, &ps, &err);
    if (r < 0) {
        report_unread(s->target, STR(N_("processes")), str_from(err.text));
        r = 0;
    } else {
        r = scan_processes(s, ps);
    }
    if (!r)
        r = walk_host(s);
    if (!r && ps) {
        proc_source_host(ps, &s->facts);
        scan_judge(s, &s->facts);
    }
    s->is_host = false;
    if (!s->options->full)
        report_skipped(s->target, STR(N_("files that nothing starts")), STR(N_("--full looks at every file")));
    scan_target_end(s);
    return r;
}

int scan_process(struct scan *s, const char *target, int64_t pid)
{
    struct error err = ERROR_NULL;
    _cleanup_(proc_source_freep) struct proc_source *ps = NULL;
    scan_target_begin(s, target, "process");
    scan_set_own_machine(s);
    int r = pid ? proc_source_new(&(struct proc_options){.pid = pid}, &ps, &err)
                : error_set(&err, -EINVAL, "pid: takes the number of a process, such as pid:4121");
    if (r < 0) {
        report_failure(s->target, str_from(err.text));
        r = 0;
    } else {
        r = scan_processes(s, ps);
    }
    scan_target_end(s);
    return r;
}
