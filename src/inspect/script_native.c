// SPDX-License-Identifier: Apache-2.0
#include "inspect/script_native.h"

#include <ctype.h>

#include "base/cleanup.h"
#include "inspect/script_tools.h"

enum {
    TEXT_MAX = 1 << 20,
    NEAR_BYTES = 800,   /* from a list to what kills its names, from a walk to what is done with each file */
    LIST_MIN = 3,       /* names that make a list of processes */
    LIST_MAX = 256,     /* of its names that are taken */
    LISTS_MAX = 128,    /* in one file */
    KILLS_MAX = 64,     /* places in one file where something is killed */
    CALLS_MAX = 512,    /* of each function */
    PATH_MAX_BYTES = 256,
    NAME_MIN = 2,
    NAME_MAX_BYTES = 48, /* of a process */
};

struct native {
    struct str t;
    const struct content *c;
    struct facts *facts;
    bool is_perl;
};

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* Whether a whole word begins at `at`. */
static bool begins_word(struct str t, size_t at)
{
    return !at || !is_word(t.p[at - 1]);
}

/* A text in quotes at *at (f"…", r'…' too) without a line break in it; *at moves behind it. */
static bool take_text(struct str t, size_t *at, struct str *ret)
{
    size_t i = *at;
    if (i + 1 < t.n && strchr("bBrRuUfF", t.p[i]) && strchr("\"'", t.p[i + 1]))
        i++;
    if (i >= t.n || (t.p[i] != '"' && t.p[i] != '\''))
        return false;
    const char quote = t.p[i];
    for (size_t from = ++i; i < t.n && t.p[i] != '\n'; i++)
        if (t.p[i] == quote) {
            *ret = str_sub(t, from, i);
            *at = i + 1;
            return true;
        }
    return false;
}

static struct str line_of(struct str t, size_t at)
{
    const char *before = at ? memrchr(t.p, '\n', at) : NULL, *end = memchr(t.p + at, '\n', t.n - at);
    size_t from = before ? (size_t)(before - t.p) + 1 : 0;
    return str_sub(t, from, end ? (size_t)(end - t.p) : t.n);
}

static void see(struct native *n, enum field_id field, struct str value, size_t at)
{
    at = at < n->c->data.n ? at : 0; /* a command within another language's text */
    inspection_see(n->facts, field, value, n->c, at, at + value.n < n->c->data.n ? at + value.n : n->c->data.n);
}

/* --- lists of processes --- */

struct list {
    size_t from, end;
    struct str name; /* of the variable that holds it */
    struct str v[LIST_MAX];
    size_t n;
};

static bool is_process_name(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!is_word(s.p[i]) && !strchr(".-@:+/[]", s.p[i]))
            return false;
    return s.n >= NAME_MIN && s.n <= NAME_MAX_BYTES && s.p[0] != '-' && s.p[0] != '.' && !str_has(s, STR("://"));
}

/* The identifier in front of "=" or "in" before the list. */
static struct str name_before(struct str t, size_t at)
{
    while (at && strchr(" \t=(", t.p[at - 1]))
        at--;
    size_t end = at;
    while (at && is_word(t.p[at - 1]))
        at--;
    return str_sub(t, at, end);
}

/* ["a", "b", …], ("a", "b", …), {"a", "b", …}: texts with commas, comments and line ends between. False: it is another list. */
static bool read_texts(struct str t, size_t at, struct list *l)
{
    size_t i = at;
    l->n = 0;
    while (i < t.n) {
        if (t.p[i] == '#') {
            const char *nl = memchr(t.p + i, '\n', t.n - i);
            i = nl ? (size_t)(nl - t.p) + 1 : t.n;
            continue;
        }
        struct str text;
        if (strchr(", \t\r\n", t.p[i])) {
            i++;
            continue;
        }
        if (!take_text(t, &i, &text))
            break;
        if (!is_process_name(text))
            return false;
        if (l->n < LIST_MAX)
            l->v[l->n++] = text;
    }
    l->end = i;
    return l->n >= LIST_MIN && i < t.n && strchr("])}", t.p[i]);
}

/* qw(a b c) of Perl, with any kind of bracket. */
static bool read_words(struct str t, size_t at, struct list *l)
{
    const char open = t.p[at], close = open == '(' ? ')' : open == '[' ? ']' : open == '{' ? '}' : open == '<' ? '>' : open;
    const char *end = memchr(t.p + at + 1, close, t.n - at - 1);
    l->n = 0;
    if (!end)
        return false;
    l->end = (size_t)(end - t.p);
    for (size_t i = at + 1; i < l->end;) {
        size_t from = i;
        while (i < l->end && !isspace((unsigned char)t.p[i]))
            i++;
        struct str word = str_sub(t, from, i++);
        if (word.n && !is_process_name(word))
            return false;
        if (word.n && l->n < LIST_MAX)
            l->v[l->n++] = word;
    }
    return l->n >= LIST_MIN;
}

/* Places where a process is killed that something names, not only a child of the program's own. */
static size_t find_kills(struct native *n, size_t *ret)
{
    static const struct str PYTHON[] = {STR(".kill("), STR(".terminate("), STR("os.kill("), STR("os.killpg("), STR("pkill"), STR("killall")};
    static const struct str PERL[] = {STR("kill 9"), STR("kill -9"), STR("kill(9"), STR("kill 15"), STR("kill 'KILL'"), STR("kill \"KILL\""), STR("kill KILL"),
                                      STR("kill('KILL'"), STR("kill(\"KILL\""), STR("kill 'TERM'"), STR("kill TERM"), STR("pkill"), STR("killall")};
    const bool is_about_others = str_has(n->t, STR("process_iter(")) || str_has(n->t, STR("/proc")) || str_has(n->t, STR("pgrep")) ||
                                 str_has(n->t, STR("pidof")) || str_has(n->t, STR("ps aux")) || str_has(n->t, STR("ps -")) || str_has(n->t, STR("psutil.pids("));
    const struct str *list = n->is_perl ? PERL : PYTHON;
    size_t count = 0;
    for (size_t k = 0; k < (n->is_perl ? ARRAY_SIZE(PERL) : ARRAY_SIZE(PYTHON)); k++) {
        bool is_tool = str_is(list[k], "pkill") || str_is(list[k], "killall");
        if (!is_tool && !is_about_others)
            continue;
        for (ptrdiff_t at = 0; count < KILLS_MAX && (at = str_find(n->t, list[k], (size_t)at)) >= 0; at += (ptrdiff_t)list[k].n)
            if (list[k].p[0] == '.' || begins_word(n->t, (size_t)at))
                ret[count++] = (size_t)at;
    }
    return count;
}

static bool is_killed_behind(const size_t *kills, size_t n, size_t at)
{
    for (size_t i = 0; i < n; i++)
        if (kills[i] > at && kills[i] < at + NEAR_BYTES)
            return true;
    return false;
}

/* Whether what kills stands behind the list, or behind a place where its variable is named. */
static bool is_killed(struct native *n, const struct list *l, const size_t *kills, size_t n_kills)
{
    if (is_killed_behind(kills, n_kills, l->end))
        return true;
    unsigned calls = 0;
    for (ptrdiff_t at = (ptrdiff_t)l->end; l->name.n >= NAME_MIN && calls < CALLS_MAX && (at = str_find(n->t, l->name, (size_t)at)) >= 0; calls++) {
        size_t end = (size_t)at + l->name.n;
        if (begins_word(n->t, (size_t)at) && (end >= n->t.n || !is_word(n->t.p[end])) && is_killed_behind(kills, n_kills, (size_t)at))
            return true;
        at = (ptrdiff_t)end;
    }
    return false;
}

static void see_kills(struct native *n, const struct list *l)
{
    for (size_t i = 0; i < l->n; i++) {
        const size_t before = facts_get(n->facts, F_SCRIPT_KILLS)->list.n;
        see(n, F_SCRIPT_KILLS, l->v[i], (size_t)(l->v[i].p - n->t.p));
        if (facts_get(n->facts, F_SCRIPT_KILLS)->list.n > before)
            facts_count(n->facts, F_SCRIPT_KILLS_COUNT);
    }
}

static void look_lists(struct native *n)
{
    size_t kills[KILLS_MAX];
    const size_t n_kills = find_kills(n, kills);
    _cleanup_free_ struct list *l = n_kills ? xnew(struct list) : NULL;
    unsigned lists = 0;
    for (size_t i = 0; l && i + 1 < n->t.n && lists < LISTS_MAX; i++) {
        bool is_words = n->is_perl && n->t.p[i] == 'q' && n->t.p[i + 1] == 'w' && begins_word(n->t, i) && i + 2 < n->t.n && strchr("([{</", n->t.p[i + 2]);
        if (!is_words && !strchr("[({", n->t.p[i]))
            continue;
        l->name = name_before(n->t, i);
        if (str_is(l->name, "in")) /* for name in [ … ]: what follows is its loop */
            l->name = STR_NULL;
        if (is_words ? !read_words(n->t, i + 2, l) : !read_texts(n->t, i + 1, l))
            continue;
        lists++;
        if (is_killed(n, l, kills, n_kills))
            see_kills(n, l);
        i = l->end;
    }
}

/* --- files --- */

static bool is_path(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
            return false;
    return s.n && s.n <= PATH_MAX_BYTES && (s.p[0] == '/' || s.p[0] == '~');
}

/* What is written, near the place, is noise or zeros. */
static bool has_noise(struct str s)
{
    static const char *const NOISE[] = {"urandom", "token_bytes(", "randbytes(", "\\x00", "\\0", "bytearray(", "bytes(", "rand(", "/dev/zero", "chr(0)"};
    for (size_t i = 0; i < ARRAY_SIZE(NOISE); i++)
        if (str_has(s, str_from(NOISE[i])))
            return true;
    return false;
}

/* `at`: of the call, behind which it stands what is written. */
static void see_path(struct native *n, enum field_id field, struct str path, size_t at)
{
    /* As of a shell that writes zeros or noise over a whole disk: nothing that was on it is left. Other bytes may be an image that is flashed. */
    static const char *const DISKS[] = {"/dev/sd", "/dev/nvme", "/dev/vd", "/dev/xvd", "/dev/hd", "/dev/mmcblk"};
    if (!is_path(path))
        return;
    for (size_t i = 0; i < ARRAY_SIZE(DISKS); i++)
        if (str_starts(path, str_from(DISKS[i])) && has_noise(str_sub(n->t, at, at + NEAR_BYTES)))
            field = F_SCRIPT_REMOVES;
    see(n, field, path, (size_t)(path.p - n->t.p));
}

static char first_of(struct str t, size_t at)
{
    while (at < t.n && (t.p[at] == ' ' || t.p[at] == '\t'))
        at++;
    return at < t.n ? t.p[at] : 0;
}

/* A text that stands for itself between `from` and `end`: it is joined to nothing, and no argument of a function that does something else with it. */
static bool stands_alone(struct str t, size_t from, size_t end)
{
    const char next = first_of(t, end);
    while (from && strchr(" \t", t.p[from - 1]))
        from--;
    const char before = from ? t.p[from - 1] : 0;
    if ((next && strchr(".+%", next)) || (before && strchr(".+%~", before)))
        return false;
    if (before != '(')
        return true;
    size_t open = --from;
    while (from && strchr(" \t", t.p[from - 1]))
        from--;
    size_t to = from;
    while (from && (is_word(t.p[from - 1]) || t.p[from - 1] == '.' || t.p[from - 1] == '$' || t.p[from - 1] == ':'))
        from--;
    struct str name = str_sub(t, from, to);
    return to < open || !name.n || sh_in(name, "glob.glob glob.iglob glob iglob Path pathlib.Path in for foreach os.walk find finddepth") || name.p[0] == '$';
}

/* Every text of a line that is a path. */
static void see_paths_of(struct native *n, enum field_id field, struct str line, size_t at)
{
    struct str text;
    for (size_t i = 0; i < line.n;) {
        const size_t from = i;
        if (!take_text(line, &i, &text))
            i++;
        else if (stands_alone(line, from, i))
            see_path(n, field, text, at);
    }
}

/* What the last line in front of `at` says that gives the variable its value: name = "…", for name in …, foreach my $name (…). */
static void see_variable(struct native *n, enum field_id field, struct str name, size_t at)
{
    struct str before = str_sub(n->t, at > (size_t)4 * NEAR_BYTES ? at - (size_t)4 * NEAR_BYTES : 0, at), line = STR_NULL;
    for (ptrdiff_t f = 0; name.n && (f = str_find(before, name, (size_t)f)) >= 0;) {
        size_t from = (size_t)f, end = from + name.n, i = end;
        f = (ptrdiff_t)end;
        if (!begins_word(before, from) || (end < before.n && is_word(before.p[end])))
            continue;
        while (i < before.n && (before.p[i] == ' ' || before.p[i] == '\t'))
            i++;
        bool is_set = i < before.n && (before.p[i] == '=' || (n->is_perl && before.p[i] == '(') || str_starts(str_sub(before, i, i + 3), STR("in ")));
        if (is_set && !(i + 1 < before.n && before.p[i + 1] == '='))
            line = line_of(before, from);
    }
    see_paths_of(n, field, line, at);
}

/* The first argument at `at`: a text, or a variable. */
static void see_argument(struct native *n, enum field_id field, size_t at)
{
    struct str text;
    while (at < n->t.n && strchr(" (\t", n->t.p[at]))
        at++;
    if (take_text(n->t, &at, &text)) {
        const char next = first_of(n->t, at);
        if (!next || !strchr(".+%", next))
            see_path(n, field, text, at);
        return;
    }
    size_t from = at + (at < n->t.n && strchr("$@", n->t.p[at]) != NULL), end = from;
    while (end < n->t.n && is_word(n->t.p[end]))
        end++;
    see_variable(n, field, str_sub(n->t, from, end), from);
}

/* The next call of that whole name; *ret_behind is what stands behind it. */
static bool next_call(struct native *n, struct str name, size_t *at, size_t *ret_behind)
{
    for (ptrdiff_t f; (f = str_find(n->t, name, *at)) >= 0;) {
        *at = (size_t)f + name.n;
        bool is_method = f && n->t.p[f - 1] == '.';
        if (!begins_word(n->t, (size_t)f) || is_method || *at >= n->t.n || !strchr("( ", n->t.p[*at]))
            continue;
        *ret_behind = *at;
        return true;
    }
    return false;
}

/* The arguments up to the line's end. */
static struct str arguments(struct native *n, size_t behind)
{
    struct str s = str_sub(n->t, behind, behind + NEAR_BYTES);
    const char *nl = s.n ? memchr(s.p, '\n', s.n) : NULL;
    return nl ? str_n(s.p, (size_t)(nl - s.p)) : s;
}

/* open(path, "wb"): the mode is the text behind the first comma. */
static bool opens_to_write(struct str s)
{
    static const char *const MODES[] = {"\"w", "'w", "\"a", "'a", "\"r+", "'r+", "\"rb+", "'rb+", "\"x", "'x", "O_WRONLY", "O_RDWR"};
    const char *comma = s.n ? memchr(s.p, ',', s.n) : NULL, *close;
    struct str rest = comma ? str_n(comma, s.n - (size_t)(comma - s.p)) : STR_NULL;
    close = rest.n ? memchr(rest.p, ')', rest.n) : NULL;
    rest = close ? str_n(rest.p, (size_t)(close - rest.p)) : rest;
    for (size_t i = 0; i < ARRAY_SIZE(MODES); i++)
        if (str_has(rest, str_from(MODES[i])))
            return true;
    return false;
}

static void look_removals(struct native *n)
{
    static const struct str PYTHON[] = {STR("shutil.rmtree"), STR("rmtree"), STR("os.remove"), STR("os.unlink"), STR("os.removedirs")};
    static const struct str PERL[] = {STR("unlink"), STR("rmtree"), STR("remove_tree")};
    const struct str *list = n->is_perl ? PERL : PYTHON;
    for (size_t k = 0; k < (n->is_perl ? ARRAY_SIZE(PERL) : ARRAY_SIZE(PYTHON)); k++) {
        unsigned calls = 0;
        for (size_t at = 0, behind; calls < CALLS_MAX && next_call(n, list[k], &at, &behind); calls++)
            see_argument(n, F_SCRIPT_REMOVES, behind);
    }
}

static void look_writes_python(struct native *n)
{
    static const struct str OPEN[] = {STR("open"), STR("io.open"), STR("os.open")};
    for (size_t k = 0; k < ARRAY_SIZE(OPEN); k++) {
        unsigned calls = 0;
        for (size_t at = 0, behind; calls < CALLS_MAX && next_call(n, OPEN[k], &at, &behind); calls++)
            if (opens_to_write(arguments(n, behind)))
                see_argument(n, F_SCRIPT_WRITES, behind);
    }
}

/* open(F, ">", path), open(F, ">path"), open(F, "+<", path), sysopen(F, path, O_WRONLY) */
static void look_writes_perl(struct native *n)
{
    static const struct str OPEN[] = {STR("open"), STR("sysopen")};
    for (size_t k = 0; k < ARRAY_SIZE(OPEN); k++) {
        unsigned calls = 0;
        for (size_t at = 0, behind; calls < CALLS_MAX && next_call(n, OPEN[k], &at, &behind); calls++) {
            struct str s = arguments(n, behind), text;
            const char *comma = s.n ? memchr(s.p, ',', s.n) : NULL;
            size_t i = comma ? (size_t)(comma - s.p) + 1 : s.n;
            while (i < s.n && isspace((unsigned char)s.p[i]))
                i++;
            if (k == 1) {
                if (opens_to_write(str_sub(s, i, s.n)))
                    see_argument(n, F_SCRIPT_WRITES, behind + i);
                continue;
            }
            if (!take_text(s, &i, &text) || !text.n || !strchr("+>", text.p[0]))
                continue;
            size_t mode = 0;
            while (mode < text.n && strchr("+<> ", text.p[mode]))
                mode++;
            while (i < s.n && strchr(", \t", s.p[i]))
                i++;
            if (mode < text.n && text.p[mode] == '/')
                see_path(n, F_SCRIPT_WRITES, str_sub(text, mode, text.n), behind);
            else
                see_argument(n, F_SCRIPT_WRITES, behind + i);
        }
    }
}

/* Each file below a folder is removed or written over with noise or zeros. */
static bool ruins(struct str s, bool is_perl)
{
    bool removes = is_perl ? str_has(s, STR("unlink")) : str_has(s, STR("os.remove(")) || str_has(s, STR("os.unlink(")) || str_has(s, STR(".unlink(")) || str_has(s, STR("rmtree("));
    bool writes = str_has(s, STR("\"wb")) || str_has(s, STR("'wb")) || str_has(s, STR("'rb+")) || str_has(s, STR("\"rb+")) || str_has(s, STR("r+b")) || str_has(s, STR("'>'")) || str_has(s, STR("\">\""));
    return removes || (writes && has_noise(s));
}

static void look_walks(struct native *n)
{
    static const struct str PYTHON[] = {STR("os.walk"), STR("walk"), STR("glob.glob"), STR("glob.iglob")};
    static const struct str PERL[] = {STR("find"), STR("finddepth")};
    const struct str *list = n->is_perl ? PERL : PYTHON;
    for (size_t k = 0; k < (n->is_perl ? ARRAY_SIZE(PERL) : ARRAY_SIZE(PYTHON)); k++) {
        unsigned calls = 0;
        for (size_t at = 0, behind; calls < CALLS_MAX && next_call(n, list[k], &at, &behind); calls++) {
            struct str body = str_sub(n->t, behind, behind + NEAR_BYTES);
            if (!ruins(body, n->is_perl))
                continue;
            if (n->is_perl)
                see_paths_of(n, F_SCRIPT_REMOVES, body, behind);
            else
                see_argument(n, F_SCRIPT_REMOVES, behind);
        }
    }
}

void script_look_natively(struct str text, struct str interpreter, const struct content *c, struct facts *facts)
{
    struct native n = {str_sub(text, 0, TEXT_MAX), c, facts, str_is(interpreter, "perl")};
    if (!n.is_perl && !sh_in(interpreter, "python pypy"))
        return;
    look_lists(&n);
    look_removals(&n);
    if (n.is_perl)
        look_writes_perl(&n);
    else
        look_writes_python(&n);
    look_walks(&n);
}
