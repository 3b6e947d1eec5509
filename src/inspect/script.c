// SPDX-License-Identifier: Apache-2.0
/* The script analyzer: interpreter, and for shell text what its commands do. */
#include <ctype.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "inspect/script_tools.h"

enum {
    SCRIPT_BYTES_MAX = 8 << 20,  /* of shell text; larger files are archives with a script in front */
    SHAPE_TOKENS_MIN = 16,       /* shorter scripts are alike by chance */
    DECODED_BYTES_MAX = 1 << 20, /* decoded text taken for what the script runs */
    PROBE_BYTES = 64 << 10,      /* looked at to tell shell text without a first line that says so */
};

static void begin(struct sh *s, size_t bytes, const struct content *c, struct facts *facts)
{
    *s = (struct sh){.content = c, .facts = facts, .nested_max = bytes * SH_NESTED_TIMES + 65536};
}

static void show_unfolded(const struct content *c, struct sh *s)
{
    vec_each(u, &s->unfolded) inspection_unwrap(c->look, c, u->how.p, u->text);
}

void script_look_command(struct str command, const struct content *c, size_t at, struct facts *facts)
{
    struct sh s;
    struct sh_result r = {};
    command = str_sub(command, 0, SCRIPT_BYTES_MAX);
    begin(&s, command.n, c, facts);
    sh_nested(&s, command, at, &r); /* nested: its offsets are not those of the content */
    sh_finish(&s);
    show_unfolded(c, &s);
    sh_done(&s);
}

/* The program that the first line names: the last path component, env and its options skipped. */
static struct str shebang(struct str data)
{
    if (!str_starts(data, STR("#!")))
        return STR_NULL;
    struct str line = str_sub(data, 2, 512), word;
    const char *nl = line.n ? memchr(line.p, '\n', line.n) : NULL;
    line = str_trim(nl ? str_sub(line, 0, (size_t)(nl - line.p)) : line);
    while (str_split(&line, ' ', &word)) {
        struct str name = str_basename(str_trim(word));
        if (!name.n || name.p[0] == '-' || str_is(name, "env") || str_is(name, "busybox") || str_is(name, "with-contenv") ||
            memchr(name.p, '=', name.n))
            continue;
        return sh_interpreter(name);
    }
    return STR_NULL;
}

static struct str by_extension(struct str path)
{
    static const char *const ROWS[][2] = {
        {".sh", "sh"},    {".bash", "bash"}, {".zsh", "zsh"},   {".ksh", "ksh"},        {".py", "python"},
        {".pl", "perl"},  {".php", "php"},   {".rb", "ruby"},   {".js", "node"},        {".mjs", "node"},
        {".cjs", "node"}, {".lua", "lua"},   {".tcl", "tclsh"}, {".ps1", "powershell"},   {".phtml", "php"},
        {".gemspec", "ruby"}, {".awk", "awk"}, {".ts", "node"},   {".mts", "node"},       {".exp", "expect"},
        {".R", "r"},      {".exs", "elixir"}, {".go", "go"},    {".java", "java"}, {".sql", "sql"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(ROWS); i++)
        if (str_ends(path, str_from(ROWS[i][0])))
            return str_from(ROWS[i][1]);
    return STR_NULL;
}

/*
 * Shell text without a first line that says so: what was decoded, what profiles and hooks source. Prose also
 * begins lines with "for" or "test", so it takes two different words at the start of lines that only commands
 * are written with.
 */
static bool looks_like_shell(struct str data)
{
    static const char *const STARTS[] = {
        "rm -",    "chmod +", "chmod 7",    "chattr ",  "curl -",      "wget -",    "curl http", "wget http",
        "export ", "pkill ",  "killall ",   "crontab ", "nohup ",      "cd /",      "mkdir -",   "echo \"",
        "echo '",  "echo $",  "if [ ",      "if ! ",    "fi\n",        "done\n",    "esac\n",    "kill -",
        "ps aux",  "ps -ef",  "systemctl ", "service ", "setenforce ", "iptables ", "ulimit ",   "unset ",
        "exec ",   "bash -",  "sh -c",      "cat <<",   "cat >"};
    bool seen[ARRAY_SIZE(STARTS)] = {};
    unsigned n = 0;
    data = str_sub(data, 0, PROBE_BYTES);
    struct str line;
    while (str_split(&data, '\n', &line)) {
        size_t i = 0;
        while (i < line.n && (line.p[i] == ' ' || line.p[i] == '\t'))
            i++;
        line = str_n(line.p + i, line.n - i);
        for (size_t k = 0; line.n && k < ARRAY_SIZE(STARTS); k++) {
            if (*STARTS[k] != line.p[0])
                continue;
            struct str start = str_from(STARTS[k]);
            bool whole = start.p[start.n - 1] == '\n';
            if (whole)
                start.n--;
            if (!seen[k] && str_starts(line, start) && (!whole || str_trim(line).n == start.n)) {
                seen[k] = true;
                if (++n >= 2)
                    return true;
            }
        }
    }
    return false;
}

/* Files that hold shell lines within a language of their own: make, CI recipes, documentation. */
static bool is_other_language(struct str path)
{
    static const char *const ENDS[] = {".mk",  ".am",   ".in",   ".yml",   ".yaml", ".md",
                                       ".rst", ".html", ".spec", ".cmake", ".po",   ".tex",
                                       ".xml", ".toml", ".conf", ".c",     ".h",    ".txt"};
    for (size_t i = 0; i < ARRAY_SIZE(ENDS); i++)
        if (str_ends(path, str_from(ENDS[i])))
            return true;
    static const char *const NAMES[] = {"Makefile", "Dockerfile", "README",    "NEWS", "INSTALL",
                                        "HACKING",  "ChangeLog",  "changelog", "TODO", "copyright"};
    for (size_t i = 0; i < ARRAY_SIZE(NAMES); i++)
        if (str_starts(str_basename(path), str_from(NAMES[i])))
            return true;
    return str_has(path, STR("/man/"));
}

/* One line that fetches or decodes into a shell is enough: that is how droppers pass each other on. */
static bool is_one_liner(struct str data)
{
    data = str_trim(str_sub(data, 0, 4096));
    if (!data.n || memchr(data.p, '\n', data.n))
        return false;
    return str_has(data, STR("|sh")) || str_has(data, STR("| sh")) || str_has(data, STR("|bash")) ||
           str_has(data, STR("| bash")) || str_starts(data, STR("curl ")) || str_starts(data, STR("wget ")) ||
           str_starts(data, STR("bash -c")) || str_starts(data, STR("sh -c"));
}

/* The text in front of an archive or program that is packed behind a script. */
static struct str text_part(const struct content *c)
{
    struct str data = str_sub(c->data, 0, SCRIPT_BYTES_MAX);
    if (c->is_text)
        return data;
    for (size_t from = 0; from < data.n;) {
        const char *nl = memchr(data.p + from, '\n', data.n - from);
        size_t end = nl ? (size_t)(nl - data.p) : data.n, control = 0;
        for (size_t i = from; i < end; i++)
            control += ((unsigned char)data.p[i] < 0x20 && data.p[i] != '\t' && data.p[i] != '\r') ||
                       data.p[i] == 0x7f;
        if (control > 2)
            return str_sub(data, 0, from);
        from = end + 1;
    }
    return data;
}

void script_shape(struct str text, struct shape *ret)
{
    _cleanup_(facts_done) struct facts unused = {};
    struct sh s;
    struct sh_result r = {};
    facts_init(&unused);
    facts_reset(&unused, EVENT_FILE, 0);
    text = str_sub(text, 0, SCRIPT_BYTES_MAX);
    begin(&s, text.n, NULL, &unused);
    sh_parse(&s, text, &r);
    sh_finish(&s);
    shape_add(ret, strbuf_str(&s.shape));
    sh_done(&s);
}

/* How near the script is to others: its sketch, and the known shape that most of is in it. */
static void state_nearness(const struct shapes *known, struct str tokens, struct facts *facts)
{
    struct shape shape = {};
    struct shape_sketch sketch;
    char text[SHAPE_SKETCH * 8 + 1];
    double part;
    shape_add(&shape, tokens);
    shape_sketch(&shape, &sketch);
    shape_sketch_text(&sketch, text);
    if (sketch.n)
        facts_str(facts, F_SCRIPT_SHAPE_SKETCH, str_from(text));
    const struct known_shape *near = shapes_nearest(known, &shape, &part);
    if (near) {
        facts_str(facts, F_SCRIPT_SHAPE_LIKE, str_from(near->name));
        facts_double(facts, F_SCRIPT_SHAPE_PART, part);
    }
    shape_done(&shape);
}

static void state_shape(const struct sh *s, const struct shapes *known, struct facts *facts)
{
    uint8_t digest[SHA256_BYTES];
    if (s->n_tokens < SHAPE_TOKENS_MIN || facts_has(facts, F_SCRIPT_SHAPE))
        return;
    sha256_once(s->shape.p, s->shape.n, digest);
    facts_str(facts, F_SCRIPT_SHAPE, hex_encode(&facts->arena, digest, 16));
    state_nearness(known, strbuf_str(&s->shape), facts);
}

static bool wants(const struct content *c)
{
    return c->first && (c->kind == KIND_SCRIPT || (c->is_text && (c->kind == KIND_TEXT || c->kind == KIND_JAVASCRIPT ||
                                                                  (c->kind == KIND_HTML && (c->depth || str_is(by_extension(c->place), "php"))))));
}

static int look(void *state, struct inspection *in, const struct content *c, struct facts *facts)
{
    (void)in;
    struct str interpreter = shebang(c->data);
    if (!interpreter.n && str_starts(str_trim(str_sub(c->data, 0, 256)), STR("<?php")))
        interpreter = STR("php");
    struct str path = c->place;
    bool is_named = !c->depth; /* what was decoded has no name that could tell its language */
    if (!interpreter.n && is_named)
        interpreter = by_extension(path);
    bool is_claimed = c->language && !sh_is_shell(str_from(c->language)); /* whoever unwrapped it knows what it is */
    if (!interpreter.n && c->language && !is_claimed)
        interpreter = STR("sh");
    if (!interpreter.n && !is_claimed && c->kind == KIND_TEXT && (!is_named || !is_other_language(path)) &&
        (looks_like_shell(c->data) || is_one_liner(c->data)))
        interpreter = STR("sh");
    /* Decoded text that no language claims, in a script that runs what it decodes. */
    if (!interpreter.n && !is_claimed && c->depth && c->kind == KIND_TEXT && c->data.n <= DECODED_BYTES_MAX &&
        facts_get(facts, F_SCRIPT_DECODE_RUN)->type == VALUE_BOOL && facts_get(facts, F_SCRIPT_DECODE_RUN)->b)
        interpreter = STR("sh");
    if (interpreter.n && !facts_has(facts, F_SCRIPT_INTERPRETER) && interpreter.n <= 64)
        facts_str(facts, F_SCRIPT_INTERPRETER, interpreter);
    struct str text = text_part(c);
    /* What came out of a program is in its language, whatever else it may be. */
    struct str outer = !c->depth || shebang(c->data).n ? STR_NULL
                       : c->language && strcmp(c->language, "html") ? str_from(c->language)
                                                         : facts_get_str(facts, F_SCRIPT_INTERPRETER);
    bool is_code = outer.n && !sh_is_shell(outer);
    if (interpreter.n || is_code)
        script_look_calls(text, is_code ? outer : interpreter, c, facts);
    if (!sh_is_shell(interpreter))
        return 0;
    struct sh s;
    struct sh_result r = {};
    begin(&s, text.n, c, facts);
    sh_parse(&s, text, &r);
    sh_finish(&s);
    state_shape(&s, state, facts);
    show_unfolded(c, &s);
    sh_done(&s);
    return 0;
}

static void done(void *state)
{
    struct shapes *known = state;
    if (known)
        shapes_done(known);
    free(known);
}

static int init(const struct inspect_options *options, void **ret, struct error *err)
{
    struct shapes *known = xnew(struct shapes);
    int r = 0;
    for (const char *const *p = options->shape_paths; p && *p && r >= 0; p++)
        r = shapes_add_file(known, *p, err);
    if (r < 0) {
        done(known);
        return r;
    }
    *ret = known;
    return 0;
}

const struct analyzer analyzer_script = {.name = "script", .init = init, .done = done, .wants = wants, .look = look};
