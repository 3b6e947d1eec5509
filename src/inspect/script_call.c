// SPDX-License-Identifier: Apache-2.0
/*
 * Programs in other languages than the shell's: the commands that they hand to a shell, as far as those stand
 * there as text, and whether they run what they decode or fetch. No language is parsed: a call is its name, a
 * parenthesis or blank, and string literals behind it, within a few lines.
 */
#include <ctype.h>

#include "inspect/script_native.h"
#include "inspect/script_tools.h"

enum {
    CALL_BYTES_MAX = 4096,        /* of the arguments of one call */
    NEAR_BYTES = 256,             /* from a call that runs code to what decodes or fetches that code */
    CALLS_MAX = 1024,             /* of one file; generated code has more, and always the same */
    COMMANDS_BYTES_MAX = 1 << 20, /* of all commands of one file: each is read as shell text */
};

/* Names that run a command, and the languages (as sh_interpreter() names them) where they do. */
static const struct call {
    struct str name;
    const char *languages;
} COMMANDS[] = {
    {{"os.system", 9}, "python pypy"},
    {{"os.popen", 8}, "python pypy"},
    {{"subprocess.", 11}, "python pypy"},
    {{"getoutput", 9}, "python pypy"},
    {{"Popen", 5}, "python pypy"},
    {{"check_call", 10}, "python pypy"},
    {{"check_output", 12}, "python pypy"},
    {{"system", 6}, "perl php ruby awk gawk mawk nawk r Rscript vim"},
    {{"systemlist", 10}, "vim"},
    {{"job_start", 9}, "vim"},
    {{"jobstart", 8}, "vim"},
    {{"system2", 7}, "r Rscript"},
    {{"System.cmd", 10}, "elixir"},
    {{"exec.Command", 12}, "go"},
    {{"Deno.Command", 12}, "node deno"},
    {{"Deno.run", 8}, "node deno"},
    {{"Bun.spawn", 9}, "node bun"},
    {{"Bun.spawnSync", 13}, "node bun"},
    {{"$`", 2}, "node bun deno"},
    {{"get_ipython().system", 20}, "python"},
    {{"PROGRAM", 7}, "sql"},
    {{"program", 7}, "sql"},
    {{"sys_exec", 8}, "sql"},
    {{"sys_eval", 8}, "sql"},
    {{"xp_cmdshell", 11}, "sql"},
    {{"exec", 4}, "perl php ruby node"},
    {{"execSync", 8}, "node"},
    {{"spawn", 5}, "node ruby"},
    {{"shell_exec", 10}, "php"},
    {{"passthru", 8}, "php"},
    {{"popen", 5}, "php ruby"},
    {{"os.execute", 10}, "lua"},
    {{"io.popen", 8}, "lua"},
    {{"Command::new", 12}, "rust"},
    {{"commandLine", 11}, "groovy"},
    {{"getRuntime().exec", 17}, "groovy java"},
    {{"ProcessBuilder", 14}, "groovy java"},
    {{"sh", 2}, "groovy"},
    {{"run_command", 11}, "meson"},
    {{"`", 1}, "ruby perl php"},
};

/* Names that run their argument as code; a NULL language is any. */
static const struct call RUNNERS[] = {{{"eval", 4}, NULL}, {{"exec", 4}, NULL}, {{"new Function", 12}, NULL}, {{"assert", 6}, "php"},
                                      {{"load", 4}, "lua"}, {{"loadstring", 10}, "lua"}};
static const struct str DECODERS[] = {
    {"b64decode", 9}, {"base64_decode", 13}, {"decode_base64", 13}, {"decode64", 8},      {"atob(", 5},
    {"'base64'", 8},  {"\"base64\"", 8},     {"gzinflate", 9},      {"gzuncompress", 12}, {"decompress(", 11},
    {"unhexlify", 9}, {"fromhex", 7},        {"hex2bin", 7},        {"str_rot13", 9},     {"unescape(", 9},
    {"codecs.decode(", 14}, {"join(chr(", 9}, {"map(chr", 7},        {"[::-1]", 6},
    {"fromCharCode(", 13}, {"marshal.loads(", 14}, {"b85decode", 9},     {"a85decode", 9},
};
static const struct str FETCHERS[] = {
    {"urlopen(", 8},     {"requests.get(", 13}, {"file_get_contents(", 18},
    {"LWP::Simple", 11}, {"Net::HTTP.get", 13}, {"http.get(", 9},
    {"URI.open(", 9},    {"get(\"http", 9},     {"get('http", 9},
    {"http.request(", 13}, {"fetch(", 6},
};

static bool is_name(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '$';
}

/* Reads one string literal at `at`, escapes of quotes and of the line's end taken away; false when there is
 * none. */
static bool literal(struct str t, size_t *at, struct strbuf *out)
{
    size_t i = *at;
    while (i < t.n && i < *at + 2 && strchr("bBrRuUfF", t.p[i]) && i + 1 < t.n && !is_name(t.p[i + 1]))
        i++;
    if (i >= t.n || (t.p[i] != '"' && t.p[i] != '\'' && t.p[i] != '`'))
        return false;
    char quote = t.p[i++];
    if (i + 1 < t.n && t.p[i] == quote && t.p[i + 1] == quote) { /* three of them: up to the next three */
        char three[] = {quote, quote, quote};
        ptrdiff_t end = str_find(t, str_n(three, 3), i + 2);
        strbuf_add(out, str_sub(t, i + 2, end < 0 ? t.n : (size_t)end));
        *at = end < 0 ? t.n : (size_t)end + 3;
        return end >= 0;
    }
    for (; i < t.n && t.p[i] != quote; i++) {
        bool is_escape = t.p[i] == '\\' && i + 1 < t.n;
        i += is_escape;
        strbuf_addc(out, is_escape && t.p[i] == 'n' ? '\n' : t.p[i]);
    }
    *at = i + 1;
    return i < t.n;
}

/* `…`, unless the line is a comment: prose has code between such marks. */
static bool in_backticks(struct str t, size_t at, struct str *ret)
{
    const char *nl = memrchr(t.p, '\n', at);
    struct str line = str_trim(str_sub(t, nl ? (size_t)(nl - t.p) + 1 : 0, at));
    struct str rest = str_sub(t, at + 1, at + 1 + CALL_BYTES_MAX);
    const char *end = rest.n ? memchr(rest.p, '`', rest.n) : NULL;
    if (!end || str_starts(line, STR("#")) || str_starts(line, STR("*")) || str_starts(line, STR("//")) || memchr(rest.p, '\n', (size_t)(end - rest.p)))
        return false;
    *ret = str_n(rest.p, (size_t)(end - rest.p));
    return ret->n > 0;
}

/* Rust adds arguments one by one: Command::new("sh").arg("-c").args(["…"]); the end of such a joint, 0 when there is none. */
static size_t joint(struct str t, size_t at)
{
    size_t i = at + 1;
    while (i < t.n && isspace((unsigned char)t.p[i]))
        i++;
    struct str s = str_sub(t, i, i + 8);
    size_t n = str_starts(s, STR(".arg(")) ? 5 : str_starts(s, STR(".args(")) ? 6 : 0;
    if (!n)
        return 0;
    for (i += n; i < t.n && strchr("&[", t.p[i]);)
        i++;
    return i;
}

void script_add_word(struct strbuf *b, struct str word)
{
    bool plain = word.n;
    for (size_t i = 0; i < word.n; i++)
        plain &= !strchr(" \t\n|;&<>()'\"`$\\*?", word.p[i]) && word.p[i];
    if (b->n)
        strbuf_addc(b, ' ');
    if (plain) {
        strbuf_add(b, word);
        return;
    }
    strbuf_addc(b, '\'');
    for (size_t i = 0; i < word.n; i++)
        if (word.p[i] == '\'')
            strbuf_adds(b, "'\\''");
        else
            strbuf_addc(b, word.p[i]);
    strbuf_addc(b, '\'');
}

/* What stands before a call's first literal and only says how it is given: script: "…", listOf("…"), new String[] {"…"}. */
static size_t skip_frame(struct str t)
{
    static const char NAMES[] = "listOf arrayOf mutableListOf new String script args cmd";
    size_t i = 0;
    while (i < t.n) {
        size_t from = i;
        while (i < t.n && is_name(t.p[i]))
            i++;
        if (i > from && !sh_in(str_sub(t, from, i), NAMES))
            return from;
        if (i == from && !strchr(" \t\r\n([{]=:", t.p[i]))
            return i;
        i += i == from;
    }
    return i;
}

/*
 * The literals of a call's arguments as one command line: one literal is the line, several are its words, a list ("[...]") or
 * separate arguments. Literals joined by "+" are one. The rest of the arguments ends at the first thing that is no literal.
 */
static void look_at_arguments(struct str t, const struct content *c, size_t place, struct strbuf *b,
                              struct facts *facts)
{
    _cleanup_(strbuf_done) struct strbuf word = {}, first = {};
    t = str_sub(t, 0, CALL_BYTES_MAX);
    t = str_sub(t, skip_frame(t), t.n);
    strbuf_clear(b);
    size_t words = 0;
    bool has_word = false;
    for (size_t i = 0; i <= t.n;) {
        bool joins = false, ends = i == t.n;
        for (; i < t.n && strchr(" \t\r\n,([+", t.p[i]); i++) {
            joins |= t.p[i] == '+';
            ends |= t.p[i] == ',';
        }
        for (size_t next; i < t.n && (t.p[i] == ')' || t.p[i] == ']') && ((next = joint(t, i)) || t.p[i] == ']');) {
            ends |= next > 0;
            i = next ? next : i + 1;
        }
        size_t before = word.n;
        if (has_word && !ends && !joins)
            strbuf_addc(&word, ' ');
        struct str read = str_sub(strbuf_str(&word), 0, before);
        if (ends)
            i += skip_frame(str_sub(t, i, t.n)); /* cmd, { args: ["…"] } */
        if (has_word && ends) {
            if (!words++)
                strbuf_add(&first, read);
            script_add_word(b, read);
            strbuf_clear(&word);
            has_word = false;
            before = 0;
        }
        if (!literal(t, &i, &word)) {
            word.n = before;
            break;
        }
        has_word = true;
    }
    if (has_word && !words++)
        strbuf_add(&first, strbuf_str(&word));
    if (has_word)
        script_add_word(b, strbuf_str(&word));
    if (words == 1) { /* the whole line, as it is */
        strbuf_clear(b);
        strbuf_add(b, strbuf_str(&first));
    }
    if (b->n)
        script_look_command(strbuf_str(b), c, place, facts);
}

static bool any_of(struct str t, const struct str *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (str_find(t, list[i], 0) >= 0)
            return true;
    return false;
}

/* require('child_process').exec(…): patterns and databases have an exec() too. */
static bool is_of_shell(struct str t, size_t dot)
{
    enum { BEFORE = 24 };
    return str_has(str_sub(t, dot > BEFORE ? dot - BEFORE : 0, dot), STR("child_process"));
}

/* Calls `name(` or `name "…"`, by whole names ("exec" is not in "execute"); *at moves on. */
static bool next_call(struct str t, struct str name, size_t *at, size_t *ret_behind)
{
    for (ptrdiff_t f; (f = str_find(t, name, *at)) >= 0;) {
        size_t from = (size_t)f, i = from + name.n;
        *at = i;
        if (name.p[0] == '`') {
            *ret_behind = from;
            return true;
        }
        if (from && (is_name(t.p[from - 1]) || (t.p[from - 1] == '.' && str_is(name, "exec") && !is_of_shell(t, from))))
            continue;
        if (name.p[name.n - 1] == '.')
            while (i < t.n && is_name(t.p[i]))
                i++;
        bool is_template = str_is(name, "$`"); /* $`command`, as shells within JavaScript have it */
        if (i < t.n && (t.p[i] == '(' || t.p[i] == ' ' || is_template)) {
            *ret_behind = is_template ? i - 1 : i;
            return true;
        }
    }
    return false;
}

/* The part of a statement that decides what a call gets. */
static struct str statement(struct str t, size_t from)
{
    t = str_sub(t, from, from + NEAR_BYTES);
    const char *end = memchr(t.p, ';', t.n), *nl = memchr(t.p, '\n', t.n);
    if (nl && (!end || nl < end))
        end = nl;
    return end ? str_n(t.p, (size_t)(end - t.p)) : t;
}

/* A decoder by its whole name, and not in a list of words: editors have the names of all functions. */
static bool decodes(struct str statement)
{
    for (size_t k = 0; k < ARRAY_SIZE(DECODERS); k++) {
        const struct str name = DECODERS[k];
        struct str t = statement;
        for (ptrdiff_t at; (at = str_find(t, name, 0)) >= 0;) {
            t = str_sub(t, (size_t)at + name.n, t.n);
            const char next = t.n ? t.p[0] : 0, second = t.n > 1 ? t.p[1] : 0;
            if (!is_name(name.p[name.n - 1]) || (!is_name(next) && (next != ' ' || (second && strchr("\"'$@(", second)))))
                return true;
        }
    }
    return false;
}

/* The statement that gave the variable its value which the call gets first: r = requests.get(…); exec(r.text) */
static struct str assigned(struct str t, size_t behind)
{
    size_t from = behind + (behind < t.n && t.p[behind] == '('), to = from;
    while (to < t.n && is_name(t.p[to]))
        to++;
    struct str name = str_sub(t, from, to), before = str_sub(t, behind > CALL_BYTES_MAX ? behind - CALL_BYTES_MAX : 0, behind), found = {};
    for (ptrdiff_t at = 0; name.n && (at = str_find(before, name, (size_t)at)) >= 0; at += (ptrdiff_t)name.n) {
        size_t i = (size_t)at + name.n;
        while (i < before.n && before.p[i] == ' ')
            i++;
        if ((!at || !is_name(before.p[at - 1])) && i + 1 < before.n && before.p[i] == '=' && before.p[i + 1] != '=')
            found = statement(before, i);
    }
    return found;
}

/*
 * The statement with a blank for each long text in it: bundles give whole modules to eval() as they are, and what these decode is another
 * matter.
 */
static struct str without_texts(struct str s, struct strbuf *room)
{
    enum { LONG = 64 };
    strbuf_clear(room);
    for (size_t i = 0; i < s.n; i++) {
        const char c = s.p[i];
        size_t end = i + 1;
        if (c == '"' || c == '\'' || c == '`')
            while (end < s.n && s.p[end] != c)
                end += s.p[end] == '\\' ? 2 : 1;
        if (end > i + LONG) {
            strbuf_addc(room, ' ');
            i = end;
        } else {
            strbuf_addc(room, c);
        }
    }
    return strbuf_str(room);
}

static void look_at_runner(struct str t, size_t behind, struct facts *facts)
{
    _cleanup_(strbuf_done) struct strbuf room = {};
    struct str s = statement(t, behind);
    bool is_packer = str_starts(s, STR("(function(p,a,c,k,e,")); /* which minifiers are, too: what comes out is looked at */
    if (!is_packer && decodes(without_texts(s, &room)))
        facts_bool(facts, F_SCRIPT_DECODE_RUN, true);
    if (!any_of(s, FETCHERS, ARRAY_SIZE(FETCHERS))) {
        s = assigned(t, behind);
        if (!any_of(s, FETCHERS, ARRAY_SIZE(FETCHERS)))
            return;
    }
    for (ptrdiff_t at = str_find(s, STR("http"), 0); at >= 0;) {
        size_t end = (size_t)at;
        while (end < s.n && !strchr("\"'`) \t", s.p[end]))
            end++;
        struct str url = str_sub(s, (size_t)at, end);
        if (sh_is_url(url)) {
            facts_bool(facts, F_SCRIPT_DOWNLOAD_RUN, true);
            facts_add(facts, F_SCRIPT_DOWNLOADS, url);
            return;
        }
        at = str_find(s, STR("http"), end);
    }
}

/* fetch("http…").then(r => r.text()).then(eval), and what was fetched in a variable that is run: the URL, then what runs text. */
static void look_at_fetch(struct str t, size_t behind, struct facts *facts)
{
    static const struct str RUNS[] = {STR("eval("), STR("(eval)"), STR("Function("), STR("runInThisContext("), STR("(exec)")};
    struct str s = str_sub(t, behind, behind + NEAR_BYTES);
    ptrdiff_t at = str_find(str_sub(s, 0, 8), STR("http"), 0);
    if (at < 0 || !any_of(s, RUNS, ARRAY_SIZE(RUNS)))
        return;
    size_t end = (size_t)at;
    while (end < s.n && !strchr("\"'`) \t", s.p[end]))
        end++;
    struct str url = str_sub(s, (size_t)at, end);
    if (!sh_is_url(url))
        return;
    facts_bool(facts, F_SCRIPT_DOWNLOAD_RUN, true);
    (void)facts_add(facts, F_SCRIPT_DOWNLOADS, url);
}

/* Tcl and expect: what stands behind exec or spawn on the line is a command. */
static void look_at_tcl(struct str t, const struct content *c, struct facts *facts)
{
    struct str rest = t, line;
    for (unsigned n = 0; n < CALLS_MAX && str_split(&rest, '\n', &line);) {
        struct str s = str_trim(line);
        ptrdiff_t at = str_starts(s, STR("exec ")) || str_starts(s, STR("spawn ")) ? 0 : str_find(s, STR("[exec "), 0);
        if (at < 0)
            continue;
        const char *blank = memchr(s.p + at, ' ', s.n - (size_t)at);
        struct str command = str_sub(s, (size_t)(blank - s.p) + 1, s.n);
        if (at && command.n && command.p[command.n - 1] == ']')
            command.n--;
        script_look_command(command, c, (size_t)(s.p - t.p), facts);
        n++;
    }
}

/* What stands behind the name of a command of PowerShell: its first argument that looks like a URL. */
static bool url_behind(struct str t, size_t at, struct str *ret)
{
    struct str s = str_sub(t, at, at + NEAR_BYTES);
    const char *nl = memchr(s.p, '\n', s.n);
    s = nl ? str_n(s.p, (size_t)(nl - s.p)) : s;
    ptrdiff_t found = str_find_nocase(s, STR("http"), 0);
    size_t end = found < 0 ? 0 : (size_t)found;
    while (found >= 0 && end < s.n && !strchr("\"'`) \t;|", s.p[end]))
        end++;
    *ret = found < 0 ? STR_NULL : str_sub(s, (size_t)found, end);
    return ret->n && sh_is_url(*ret);
}

/* PowerShell: what is fetched and invoked, or kept in a file that is started. */
static void look_at_powershell(struct str t, struct facts *facts)
{
    static const struct str FETCH[] = {STR("DownloadString("), STR("DownloadData("), STR("DownloadFile("), STR("Invoke-WebRequest "),
                                       STR("Invoke-RestMethod "), STR("iwr "), STR("irm "), STR("Start-BitsTransfer ")};
    static const struct str RUN[] = {STR("iex "), STR("iex("), STR("Invoke-Expression"), STR("| iex"), STR("|iex"), STR("Start-Process "), STR("& /"), STR("& ./"), STR("& $")};
    bool runs = false;
    for (size_t i = 0; i < ARRAY_SIZE(RUN); i++)
        runs |= str_find_nocase(t, RUN[i], 0) >= 0;
    unsigned n = 0;
    for (size_t i = 0; i < ARRAY_SIZE(FETCH); i++)
        for (ptrdiff_t at = 0; n < CALLS_MAX && (at = str_find_nocase(t, FETCH[i], (size_t)at)) >= 0; n++) {
            struct str url;
            bool is_word = !at || !is_name(t.p[at - 1]);
            at += (ptrdiff_t)FETCH[i].n;
            if (!is_word || !url_behind(t, (size_t)at, &url))
                continue;
            (void)facts_add(facts, F_SCRIPT_DOWNLOADS, url);
            if (runs)
                facts_bool(facts, F_SCRIPT_DOWNLOAD_RUN, true);
        }
}

void script_look_calls(struct str text, struct str interpreter, const struct content *c, struct facts *facts)
{
    if (sh_in(interpreter, "powershell pwsh"))
        look_at_powershell(text, facts);
    if (sh_in(interpreter, "tclsh expect wish"))
        look_at_tcl(text, c, facts);
    _cleanup_(strbuf_done) struct strbuf b = {};
    unsigned calls = 0;
    size_t bytes = 0;
    size_t behind;
    for (size_t k = 0; k < ARRAY_SIZE(COMMANDS); k++) {
        if (!sh_in(interpreter, COMMANDS[k].languages))
            continue;
        for (size_t at = 0; calls < CALLS_MAX && bytes < COMMANDS_BYTES_MAX &&
                            next_call(text, COMMANDS[k].name, &at, &behind);
             calls++) {
            struct str command;
            if (COMMANDS[k].name.p[0] == '`') { /* `behind` is the opening mark; the closing one is passed by */
                if (in_backticks(text, behind, &command)) {
                    script_look_command(command, c, behind, facts);
                    bytes += command.n;
                    at = behind + command.n + 2;
                }
                continue;
            }
            look_at_arguments(str_sub(text, behind, text.n), c, behind, &b, facts);
            bytes += b.n;
        }
    }
    for (size_t k = 0; k < ARRAY_SIZE(RUNNERS); k++) {
        if (RUNNERS[k].languages && !sh_in(interpreter, RUNNERS[k].languages))
            continue;
        for (size_t at = 0; calls < CALLS_MAX && next_call(text, RUNNERS[k].name, &at, &behind); calls++)
            look_at_runner(text, behind, facts);
    }
    for (size_t at = 0; sh_in(interpreter, "node deno bun") && calls < CALLS_MAX &&
                        (next_call(text, STR("fetch"), &at, &behind));
         calls++)
        look_at_fetch(text, behind, facts);
    for (size_t at = 0; sh_in(interpreter, "node deno bun") && calls < CALLS_MAX && next_call(text, STR("axios.get"), &at, &behind); calls++)
        look_at_fetch(text, behind, facts);
    script_look_natively(text, interpreter, c, facts);
}
