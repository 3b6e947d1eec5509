// SPDX-License-Identifier: Apache-2.0
#include <ctype.h>

#include "inspect/script_parse.h"
#include "inspect/script_value.h"

/* Closing marks that are looked ahead for; each remembers where the next one stands, so that text is searched
 * once. */
enum mark { MARK_BRACKETS, MARK_PARENTHESES, MARK_BRACE, MARK_PATTERN, MARK__N };

/* The text that is being read, and the word that is being built. */
struct reader {
    struct sh *sh;
    struct str t;
    size_t i;
    struct sh_pipeline p;
    uint32_t word_from, redirect_from; /* of the command that is being read */
    struct sh_result *result;
    size_t line_end, body_end; /* of the line with the last here document, and of that document */
    size_t next[MARK__N];      /* offset of the next mark, valid while not behind i; 0 = not searched yet */
    unsigned cases;            /* depth of case … esac */
    bool expects_pattern;      /* of a case */
};

struct word {
    struct strbuf text;
    struct sh_word w;
    bool is_plain; /* nothing quoted or substituted so far: the part before '=' may be a name */
    bool at_seam;  /* what comes next is written otherwise than what stands before it */
};

static bool is_name_byte(char c, bool first)
{
    return isalpha((unsigned char)c) || c == '_' || (!first && isdigit((unsigned char)c));
}

static char at(const struct reader *r, size_t k)
{
    return r->i + k < r->t.n ? r->t.p[r->i + k] : 0;
}

static bool is_meta(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ';' || c == '&' || c == '|' || c == '<' ||
           c == '>' || c == '(' || c == ')';
}

/* A seam counts where it parts letters: cu'r'l, c\url, $a$b. */
static void join_at(struct word *w, char next)
{
    w->at_seam = false;
    if (w->text.n && isalpha((unsigned char)w->text.p[w->text.n - 1]) && isalpha((unsigned char)next) && w->w.seams < UINT8_MAX)
        w->w.seams++;
}

static void add(struct word *w, struct str s)
{
    if (w->at_seam && s.n)
        join_at(w, s.p[0]);
    if (w->text.n < SH_WORD_MAX)
        strbuf_add(&w->text, str_sub(s, 0, SH_WORD_MAX - w->text.n));
}

/* Text that was put in: what stands before and behind it is written otherwise. */
static void add_put(struct word *w, struct str s)
{
    w->at_seam = true;
    add(w, s);
    w->at_seam = true;
}

static void addc(struct word *w, char c)
{
    if (!c)
        return;
    if (w->at_seam)
        join_at(w, c);
    if (w->text.n < SH_WORD_MAX)
        strbuf_addc(&w->text, c);
}

/* Offset of the next such mark at or after `from` and within `within` bytes; 0 when there is none. */
static size_t next_mark(struct reader *r, enum mark m, size_t from, size_t within)
{
    static const struct str MARKS[MARK__N] = {{"]]", 2}, {"))", 2}, {"}", 1}, {")", 1}};
    if (!r->next[m] || r->next[m] < from) {
        ptrdiff_t found = str_find(r->t, MARKS[m], from);
        r->next[m] = found >= 0 ? (size_t)found : r->t.n;
    }
    return r->next[m] < r->t.n && r->next[m] - from <= within ? r->next[m] : 0;
}

static size_t place(const struct reader *r, size_t i)
{
    return r->sh->depth ? r->sh->at : r->sh->base + i;
}

/* One token of the shape: what stays equal between variants that differ in names, addresses and numbers. */
static void shape_word(struct sh *s, const struct sh_word *w, bool is_command)
{
    struct str t = w->text;
    s->n_tokens++;
    bool has_digit = false, is_path = false;
    for (size_t i = 0; i < t.n; i++) {
        has_digit |= isdigit((unsigned char)t.p[i]) != 0;
        is_path |= t.p[i] == '/';
    }
    if (w->assign)
        strbuf_adds(&s->shape, "A ");
    else if (str_has(t, STR("://")))
        strbuf_adds(&s->shape, "U ");
    else if (w->is_quoted || w->is_dynamic || w->is_list)
        strbuf_adds(&s->shape, "S ");
    else if (is_command && !is_path) {
        strbuf_add(&s->shape, t);
        strbuf_addc(&s->shape, ' ');
    } else if (is_path)
        strbuf_adds(&s->shape, "P ");
    else if (has_digit && t.n && t.p[0] != '-')
        strbuf_adds(&s->shape, "N ");
    else if (t.n && t.p[0] == '-') {
        strbuf_add(&s->shape, t);
        strbuf_addc(&s->shape, ' ');
    } else
        strbuf_adds(&s->shape, "W ");
}

static void shape_mark(struct reader *r, const char *mark)
{
    if (r->sh->depth)
        return;
    strbuf_adds(&r->sh->shape, mark);
    strbuf_addc(&r->sh->shape, ' ');
}

/* Ends the word and adds it to the command. */
static void end_word(struct reader *r, struct word *w)
{
    struct sh *s = r->sh;
    w->w.end = place(r, r->i);
    if (!w->text.n && w->w.is_dynamic)
        add(w, STR("$@"));
    if ((w->text.n || w->w.is_quoted) && r->p.words.n < SH_WORDS_MAX) {
        w->w.text = arena_str(&s->scratch, strbuf_str(&w->text));
        if (!s->depth)
            shape_word(s, &w->w, r->p.words.n == r->word_from);
        vec_add(&r->p.words, w->w);
    }
    strbuf_clear(&w->text);
    w->w = (struct sh_word){.at = w->w.end};
    w->is_plain = true;
    w->at_seam = false;
}

static void substitute(struct reader *r, struct word *w, struct str inner)
{
    struct sh_result sub = {};
    sh_nested(r->sh, inner, place(r, r->i), &sub);
    sh_join(&w->w.origin, &sub.origin);
    if (sub.constant.n) {
        add_put(w, sub.constant);
    } else {
        w->w.is_dynamic = true;
        add(w, STR("$(…)"));
    }
    w->is_plain = false;
}

/*
 * The offset of the ')' that closes what was opened before `from`; the end when nothing does, so that it is searched once. Between
 * double quotes only "$(" opens, and what is within it has quotes of its own.
 */
static size_t closing(struct str t, size_t from)
{
    enum { LEVELS_MAX = 64 };
    bool quoted[LEVELS_MAX] = {}; /* of what is open: whether double quotes are */
    size_t level = 0, beyond = 0; /* deeper ones are counted alone */
    for (size_t i = from; i < t.n; i++) {
        char c = t.p[i], before = i > from ? t.p[i - 1] : ' ';
        bool *in_quotes = &quoted[level];
        if (c == '\\') {
            i++;
        } else if (c == '"') {
            *in_quotes = !*in_quotes;
        } else if (c == '(' && (!*in_quotes || before == '$')) {
            if (level + 1 < LEVELS_MAX)
                quoted[++level] = false;
            else
                beyond++;
        } else if (*in_quotes) {
            continue;
        } else if (c == '\'') {
            const char *q = memchr(t.p + i + 1, '\'', t.n - i - 1);
            if (!q)
                return t.n;
            i = (size_t)(q - t.p);
        } else if (c == '#' && (before == '\n' || before == '\t' || (before == ' ' && i > from))) {
            const char *nl = memchr(t.p + i, '\n', t.n - i);
            if (!nl)
                return t.n;
            i = (size_t)(nl - t.p) - 1;
        } else if (c == ')') {
            if (!level && !beyond)
                return i;
            if (beyond)
                beyond--;
            else
                level--;
        }
    }
    return t.n;
}

static void put_variable(struct reader *r, struct word *w, struct str name, struct str otherwise,
                         bool in_quotes)
{
    struct sh *s = r->sh;
    w->is_plain = false;
    if (str_is(name, "IFS") && !in_quotes) {
        end_word(r, w);
        return;
    }
    struct map_entry *e = map_get(&s->variables, name);
    struct sh_variable *v = e ? e->ptr : NULL;
    if (v)
        sh_join(&w->w.origin, &v->origin);
    if (v && !str_has(v->text, STR("$(")) && s->expansion + v->text.n <= SH_EXPANSION_MAX) {
        s->expansion += v->text.n;
        w->w.is_dynamic |= v->is_dynamic;
        w->w.is_list |= v->is_list;
        add_put(w, v->text);
    } else if (!v && otherwise.n) {
        add(w, otherwise);
    } else {
        w->w.is_dynamic = true;
        addc(w, '$');
        add(w, name);
    }
}

/* ${name…} with an operation on what the variable holds; false when that is not known. */
static bool put_shaped(struct reader *r, struct word *w, struct str name, struct str operation)
{
    struct sh *s = r->sh;
    const struct map_entry *e = map_get(&s->variables, name);
    const struct sh_variable *v = e ? e->ptr : NULL;
    if (!v || v->is_dynamic || s->expansion + v->text.n > SH_EXPANSION_MAX)
        return false;
    struct strbuf b = {};
    bool known = sh_value(v->text, operation, v->is_list, &b);
    s->expansion += v->text.n + b.n;
    if (known) {
        sh_join(&w->w.origin, &v->origin);
        w->is_plain = false;
        add_put(w, strbuf_str(&b));
    }
    strbuf_done(&b);
    return known;
}

/* ${…}: a name, or a name with ":-" and what stands for it when it is not set, or a part of what it holds; other forms depend on
 * the machine. */
static void braces(struct reader *r, struct word *w, bool in_quotes)
{
    size_t end = next_mark(r, MARK_BRACE, r->i + 2, 1024);
    if (!end) {
        addc(w, '$');
        r->i++;
        return;
    }
    struct str t = str_sub(r->t, r->i + 2, end);
    r->i = end + 1;
    size_t n = 0;
    while (n < t.n && is_name_byte(t.p[n], n == 0))
        n++;
    struct str name = str_sub(t, 0, n), rest = str_sub(t, n, t.n), otherwise = STR_NULL;
    if (str_starts(rest, STR(":-")) || str_starts(rest, STR(":=")))
        otherwise = str_sub(rest, 2, rest.n);
    else if (n && rest.n && put_shaped(r, w, name, rest))
        return;
    else if (rest.n && !str_starts(rest, STR("["))) {
        w->w.is_dynamic = true;
        name = n ? name : STR("?");
        addc(w, '$');
        add(w, name);
        return;
    }
    if (n)
        put_variable(r, w, name, str_has(otherwise, STR("$")) ? STR_NULL : otherwise, in_quotes);
}

static int hex(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* A letter that is written as a number. */
static void spelled(struct word *w, int c)
{
    w->w.spelled += isalnum(c & 0xff) && w->w.spelled < UINT8_MAX;
    addc(w, (char)c);
}

/* $'…' with its escapes. */
static void ansi_quote(struct reader *r, struct word *w)
{
    w->w.is_quoted = true;
    w->at_seam = true;
    for (r->i += 2; r->i < r->t.n && r->t.p[r->i] != '\''; r->i++) {
        char c = r->t.p[r->i];
        if (c != '\\') {
            addc(w, c);
            continue;
        }
        c = at(r, 1);
        r->i++;
        if (c == 'x' && hex(at(r, 1)) >= 0) {
            int v = hex(at(r, 1));
            r->i++;
            if (hex(at(r, 1)) >= 0) {
                v = v * 16 + hex(at(r, 1));
                r->i++;
            }
            spelled(w, v);
        } else if (c >= '0' && c <= '7') {
            int v = 0;
            for (int k = 0; k < 3 && at(r, 0) >= '0' && at(r, 0) <= '7'; k++, r->i++)
                v = v * 8 + (at(r, 0) - '0');
            r->i--;
            spelled(w, v);
        } else if ((c == 'u' || c == 'U') && hex(at(r, 1)) >= 0) {
            int v = 0;
            for (int k = c == 'u' ? 4 : 8; k && hex(at(r, 1)) >= 0; k--, r->i++)
                v = (v << 4 | hex(at(r, 1))) & 0xffffff;
            spelled(w, v < 0x80 ? v : '?'); /* other letters name no tool */
        } else {
            addc(w, c == 'n' ? '\n' : c == 't' ? '\t' : c);
        }
    }
    if (r->i < r->t.n)
        r->i++;
    w->at_seam = true;
}

static void dollar(struct reader *r, struct word *w, bool in_quotes)
{
    char c = at(r, 1);
    if (c == '(' && at(r, 2) == '(') {
        size_t end = next_mark(r, MARK_PARENTHESES, r->i + 3, 1024);
        if (end) {
            r->i = end + 2;
            w->w.is_dynamic = true;
            add(w, STR("$(…)"));
            return;
        }
    }
    if (c == '(') {
        size_t end = closing(r->t, r->i + 2);
        struct str inner = str_sub(r->t, r->i + 2, end);
        substitute(r, w, inner);
        r->i = end < r->t.n ? end + 1 : end;
    } else if (c == '{') {
        braces(r, w, in_quotes);
    } else if (c == '\'' && !in_quotes) {
        ansi_quote(r, w);
        w->is_plain = false;
    } else if (is_name_byte(c, true)) {
        size_t n = 1;
        while (is_name_byte(at(r, n), false))
            n++;
        struct str name = str_sub(r->t, r->i + 1, r->i + n);
        r->i += n;
        put_variable(r, w, name, STR_NULL, in_quotes);
    } else if (c == '@' || c == '*' || isdigit((unsigned char)c)) {
        /* Arguments: empty in most scripts, and put inside names to break them up (cu$@rl). */
        w->is_plain = false;
        w->at_seam = true;
        w->w.is_dynamic |= !w->text.n;
        r->i += 2;
    } else {
        w->w.is_dynamic |= c == '?' || c == '$' || c == '!' || c == '#';
        addc(w, '$');
        r->i++;
    }
}

static void backtick(struct reader *r, struct word *w)
{
    size_t end = r->i + 1;
    bool escaped = false;
    while (end < r->t.n && r->t.p[end] != '`') {
        if (r->t.p[end] == '\\') {
            escaped = true;
            end++;
        }
        end++;
    }
    if (end > r->t.n)
        end = r->t.n;
    struct str inner = str_sub(r->t, r->i + 1, end);
    if (escaped) {
        struct strbuf b = {};
        for (size_t i = 0; i < inner.n; i++) {
            if (inner.p[i] == '\\' && i + 1 < inner.n && strchr("`$\\", inner.p[i + 1]))
                i++;
            strbuf_addc(&b, inner.p[i]);
        }
        inner = arena_str(&r->sh->scratch, strbuf_str(&b));
        strbuf_done(&b);
    }
    substitute(r, w, inner);
    r->i = end < r->t.n ? end + 1 : end;
}

static void double_quote(struct reader *r, struct word *w)
{
    w->w.is_quoted = true;
    w->at_seam = true;
    r->i++;
    while (r->i < r->t.n && r->t.p[r->i] != '"') {
        char c = r->t.p[r->i];
        if (c == '\\') {
            char next = at(r, 1);
            if (next == '\n') {
                r->i += 2;
                continue;
            }
            if (!strchr("$`\"\\", next))
                addc(w, '\\');
            addc(w, next);
            r->i += 2;
        } else if (c == '$') {
            dollar(r, w, true);
        } else if (c == '`') {
            backtick(r, w);
        } else {
            addc(w, c);
            r->i++;
        }
    }
    r->i = r->i < r->t.n ? r->i + 1 : r->t.n;
    w->at_seam = true;
}

static bool is_identifier(const struct strbuf *b)
{
    size_t n = b->n && b->p[b->n - 1] == '+' ? b->n - 1 : b->n;
    for (size_t i = 0; i < n; i++)
        if (!is_name_byte(b->p[i], i == 0))
            return false;
    return n > 0;
}

/* NAME=( … ): the elements become one list value. */
static void array(struct reader *r, struct word *w)
{
    size_t end = closing(r->t, r->i + 1);
    struct str inner = str_sub(r->t, r->i + 1, end), word;
    bool any = false;
    while (str_split(&inner, '\n', &word)) {
        struct str piece;
        while (str_split(&word, ' ', &piece)) {
            piece = str_trim(piece);
            if (piece.n >= 2 && (piece.p[0] == '"' || piece.p[0] == '\''))
                piece = str_sub(piece, 1, piece.n - 1);
            if (!piece.n)
                continue;
            if (any)
                addc(w, ' ');
            add(w, piece);
            any = true;
        }
    }
    w->w.is_list = true;
    r->i = end < r->t.n ? end + 1 : end;
}

static void read_word(struct reader *r)
{
    struct word w = {.w.at = place(r, r->i), .is_plain = true};
    bool process = (at(r, 0) == '<' || at(r, 0) == '>') && at(r, 1) == '(';
    if (process) {
        size_t end = closing(r->t, r->i + 2);
        struct str inner = str_sub(r->t, r->i + 2, end);
        substitute(r, &w, inner);
        w.w.is_process = true;
        r->i = end < r->t.n ? end + 1 : end;
    }
    while (r->i < r->t.n) {
        char c = r->t.p[r->i];
        if (c == '(' && w.w.assign && w.text.n == w.w.assign) {
            array(r, &w);
            break;
        }
        if (is_meta(c))
            break;
        if (c == '\\') {
            if (at(r, 1) == '\r' && at(r, 2) == '\n') {
                r->i += 3;
                continue;
            }
            w.at_seam = at(r, 1) != '\n';
            if (w.at_seam)
                addc(&w, at(r, 1));
            r->i += 2;
            w.is_plain = false;
        } else if (c == '\'') {
            const char *end = memchr(r->t.p + r->i + 1, '\'', r->t.n - r->i - 1);
            size_t stop = end ? (size_t)(end - r->t.p) : r->t.n;
            w.at_seam = true;
            add(&w, str_sub(r->t, r->i + 1, stop));
            w.at_seam = true;
            w.w.is_quoted = true;
            w.is_plain = false;
            r->i = end ? stop + 1 : stop;
        } else if (c == '"') {
            double_quote(r, &w);
            w.is_plain = false;
        } else if (c == '$') {
            dollar(r, &w, false);
        } else if (c == '`') {
            backtick(r, &w);
        } else {
            if (c == '=' && w.is_plain && !w.w.assign && is_identifier(&w.text))
                w.w.assign = w.text.n + 1;
            addc(&w, c);
            r->i++;
        }
    }
    if (r->i > r->t.n)
        r->i = r->t.n;
    end_word(r, &w);
    strbuf_done(&w.text);
}

static void end_command(struct reader *r)
{
    uint32_t n = (uint32_t)r->p.words.n - r->word_from, m = (uint32_t)r->p.redirects.n - r->redirect_from;
    if (n || m)
        vec_add(&r->p.commands, (struct sh_command){r->word_from, n, r->redirect_from, m});
    r->word_from = (uint32_t)r->p.words.n;
    r->redirect_from = (uint32_t)r->p.redirects.n;
}

static void end_pipeline(struct reader *r)
{
    end_command(r);
    if (r->p.commands.n)
        sh_look(r->sh, &r->p, r->result);
    vec_clear(&r->p.words);
    vec_clear(&r->p.redirects);
    vec_clear(&r->p.commands);
    r->word_from = r->redirect_from = 0;
    if (!r->sh->depth)
        arena_reset(&r->sh->scratch);
}

/*
 * Takes the body of a here document, which begins on the next line, or where the body of the one before on
 * this line ended. The reader jumps over it when it comes to that line's end.
 */
static struct str take_body(struct reader *r, struct str delimiter)
{
    if (r->line_end < r->i || !r->body_end) {
        const char *nl = memchr(r->t.p + r->i, '\n', r->t.n - r->i);
        r->line_end = nl ? (size_t)(nl - r->t.p) : r->t.n;
        r->body_end = nl ? r->line_end + 1 : r->t.n;
    }
    size_t from = r->body_end, end = from;
    while (r->body_end < r->t.n) {
        const char *nl = memchr(r->t.p + r->body_end, '\n', r->t.n - r->body_end);
        size_t stop = nl ? (size_t)(nl - r->t.p) : r->t.n;
        struct str line = str_trim(str_sub(r->t, r->body_end, stop));
        end = r->body_end;
        r->body_end = nl ? stop + 1 : stop;
        if (str_eq(line, delimiter))
            break;
        end = r->body_end;
    }
    shape_mark(r, "H");
    return str_sub(r->t, from, end);
}

static void skip_blanks(struct reader *r)
{
    while (r->i < r->t.n) {
        char c = r->t.p[r->i];
        if (c == ' ' || c == '\t' || c == '\r' || !c)
            r->i++;
        else if (c == '\\' && at(r, 1) == '\n')
            r->i += 2;
        else
            return;
    }
}

static void read_redirect(struct reader *r)
{
    struct sh_redirect redirect = {.op = at(r, 0) == '>' || at(r, 0) == '&' ? SH_WRITE : SH_READ};
    /* A number right before it names the descriptor and is no argument. */
    size_t digits = r->i;
    while (digits && isdigit((unsigned char)r->t.p[digits - 1]))
        digits--;
    if (digits < r->i && (!digits || is_meta(r->t.p[digits - 1])) && r->p.words.n > r->word_from)
        r->p.words.n--;
    if (at(r, 0) == '<' && at(r, 1) == '<' && at(r, 2) == '<') {
        redirect.op = SH_HERE_STRING;
        r->i += 3;
    } else if (at(r, 0) == '<' && at(r, 1) == '<') {
        redirect.op = SH_HERE_DOC;
        r->i += at(r, 2) == '-' ? 3 : 2;
    } else {
        if (at(r, 0) == '<' && at(r, 1) == '>')
            redirect.op = SH_WRITE;
        while (r->i < r->t.n && strchr("<>&|", r->t.p[r->i]) && r->t.p[r->i])
            r->i++;
    }
    shape_mark(r, redirect.op == SH_WRITE ? ">" : "<");
    skip_blanks(r);
    if (r->i >= r->t.n || (is_meta(r->t.p[r->i]) && !(at(r, 0) == '<' && at(r, 1) == '(')))
        return;
    size_t n = r->p.words.n;
    read_word(r);
    if (r->p.words.n == n)
        return;
    redirect.target = r->p.words.v[n];
    if (redirect.op == SH_HERE_DOC)
        redirect.body = take_body(r, redirect.target.text);
    r->p.words.n = n; /* what $IFS split off behind it is lost with it */
    vec_add(&r->p.redirects, redirect);
}

/* The patterns of a case, up to ')'. */
static void skip_pattern(struct reader *r)
{
    r->expects_pattern = false;
    while (r->i < r->t.n && (isspace((unsigned char)r->t.p[r->i]) || r->t.p[r->i] == ';'))
        r->i++;
    if (at(r, 0) == '#') {
        const char *nl = memchr(r->t.p + r->i, '\n', r->t.n - r->i);
        r->i = nl ? (size_t)(nl - r->t.p) : r->t.n;
        r->expects_pattern = nl;
        return;
    }
    if (str_starts(str_sub(r->t, r->i, r->i + 4), STR("esac"))) {
        r->cases--;
        r->i += 4;
        return;
    }
    size_t end = next_mark(r, MARK_PATTERN, r->i, 1024);
    if (end && !memchr(r->t.p + r->i, '\n', end - r->i))
        r->i = end + 1;
}

static bool is_word(const struct reader *r, size_t i, const char *text)
{
    return i < r->p.words.n && !r->p.words.v[i].is_quoted && str_is(r->p.words.v[i].text, text);
}

static void after_word(struct reader *r)
{
    size_t n = r->p.words.n, first = r->word_from;
    if (n == first + 3 && is_word(r, first, "case") && is_word(r, n - 1, "in")) {
        end_pipeline(r);
        r->cases++;
        r->expects_pattern = true;
    } else if (n == first + 1 && is_word(r, first, "esac")) {
        r->cases -= r->cases > 0;
    } else if (n == first + 1 && is_word(r, first, "[[")) {
        size_t end = next_mark(r, MARK_BRACKETS, r->i, 4096);
        r->i = end ? end + 2 : r->i;
    }
}

static void open_parenthesis(struct reader *r)
{
    size_t n = r->p.words.n;
    r->i++;
    if (n == r->word_from)
        r->sh->group = (struct sh_origin){};
    if (n == r->word_from + 1) { /* name() */
        size_t i = r->i;
        while (i < r->t.n && (r->t.p[i] == ' ' || r->t.p[i] == '\t'))
            i++;
        if (i < r->t.n && r->t.p[i] == ')' && r->sh->functions.n < SH_VARS_MAX) {
            map_put(&r->sh->functions, arena_str(&r->sh->keep, r->p.words.v[n - 1].text), NULL);
            r->p.words.n--;
            r->i = i + 1;
            return;
        }
    }
    if (at(r, 0) == '(') { /* (( arithmetic )) */
        size_t end = next_mark(r, MARK_PARENTHESES, r->i, 1024);
        r->i = end ? end + 2 : r->i;
    }
}

static void step(struct reader *r)
{
    if (r->expects_pattern) {
        skip_pattern(r);
        return;
    }
    skip_blanks(r);
    if (r->i >= r->t.n)
        return;
    char c = at(r, 0), next = at(r, 1);
    if (c == '#') {
        const char *nl = memchr(r->t.p + r->i, '\n', r->t.n - r->i);
        r->i = nl ? (size_t)(nl - r->t.p) : r->t.n;
    } else if (c == '\n') {
        if (r->body_end > r->i && r->i >= r->line_end)
            r->i = r->body_end;
        else
            r->i++;
        end_pipeline(r);
    } else if (c == ';') {
        bool case_end = next == ';';
        r->i += case_end ? 2 : 1;
        shape_mark(r, ";");
        end_pipeline(r);
        r->expects_pattern = case_end && r->cases;
    } else if (c == '&' && next == '>') {
        read_redirect(r);
    } else if (c == '&' || (c == '|' && next == '|')) {
        r->i += next == c ? 2 : 1;
        shape_mark(r, next == c ? "&&" : "&");
        end_pipeline(r);
    } else if (c == '|') {
        r->i += next == '&' ? 2 : 1;
        shape_mark(r, "|");
        end_command(r);
    } else if (c == '(') {
        open_parenthesis(r);
    } else if (c == ')') {
        r->i++;
        end_pipeline(r);
        skip_blanks(r);
        if (at(r, 0) == '|' && at(r, 1) != '|')
            r->sh->carried = r->sh->group;
    } else if ((c == '<' || c == '>') && next != '(') {
        read_redirect(r);
    } else {
        read_word(r);
        after_word(r);
    }
}

void sh_parse(struct sh *s, struct str text, struct sh_result *ret)
{
    struct reader r = {.sh = s, .t = text, .result = ret};
    while (r.i < r.t.n)
        step(&r);
    end_pipeline(&r);
    vec_done(&r.p.words);
    vec_done(&r.p.redirects);
    vec_done(&r.p.commands);
}

void sh_nested(struct sh *s, struct str text, size_t where, struct sh_result *ret)
{
    if (s->depth >= SH_DEPTH_MAX || !text.n || text.n > s->nested_max - s->nested)
        return;
    s->nested += text.n;
    if (!s->depth)
        s->at = where;
    s->depth++;
    sh_parse(s, text, ret);
    s->depth--;
}

/* NAME+=value: pieces of a text, or another element of a list. What is too long, or not known, stays what it was at first. */
static void append(struct sh *s, struct str name, struct str value, const struct sh_word *w)
{
    const struct map_entry *e = map_get(&s->variables, name);
    struct sh_variable *v = e ? e->ptr : NULL;
    size_t n = v ? v->text.n + value.n + 1 : 0;
    if (!v || n > SH_TEXT_MAX || s->expansion + n > SH_EXPANSION_MAX)
        return;
    s->expansion += n;
    v->text = arena_printf(&s->keep, "%.*s%s%.*s", STR_ARG(v->text), w->is_list && v->text.n ? " " : "", STR_ARG(value));
    v->is_dynamic |= w->is_dynamic;
    v->is_list |= w->is_list;
    sh_join(&v->origin, &w->origin);
}

void sh_assign(struct sh *s, struct str name, struct str value, const struct sh_word *w)
{
    if (name.n && name.p[name.n - 1] == '+') {
        append(s, str_sub(name, 0, name.n - 1), value, w);
        return;
    }
    struct map_entry *e = map_get(&s->variables, name);
    if (!e && s->variables.n >= SH_VARS_MAX)
        return;
    if (!e) {
        e = map_put(&s->variables, arena_str(&s->keep, name), NULL);
        e->ptr = arena_new(&s->keep, struct sh_variable);
    }
    struct sh_variable *v = e->ptr;
    *v = (struct sh_variable){.is_dynamic = w->is_dynamic, .is_list = w->is_list, .origin = w->origin};
    if (s->expansion + value.n <= SH_EXPANSION_MAX) {
        s->expansion += value.n;
        v->text = arena_str(&s->keep, value);
    } else {
        v->text = STR("$(…)");
    }
}

void sh_done(struct sh *s)
{
    arena_done(&s->keep);
    arena_done(&s->scratch);
    map_done(&s->variables);
    map_done(&s->functions);
    map_done(&s->renamed);
    map_done(&s->lockers);
    map_done(&s->killed);
    vec_done(&s->patterns);
    vec_done(&s->downloaded);
    vec_done(&s->unfolded);
    vec_done(&s->locks_pending);
    strbuf_done(&s->shape);
}
