// SPDX-License-Identifier: Apache-2.0
/* Tasks of Visual Studio Code, containers for development, notebooks of Jupyter. */
#include <jansson.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/strbuf.h"
#include "inspect/json_lax.h"
#include "inspect/project.h"
#include "inspect/script.h"

enum {
    DEPTH_MAX = 8,      /* objects within a task: windows, linux, osx; tasks of a workspace */
    CELLS_MAX = 4096,   /* of a notebook */
    ARGUMENTS_MAX = 64, /* of a task */
};

static struct str text_of(const json_t *v)
{
    return json_is_string(v) ? str_n(json_string_value(v), json_string_length(v)) : STR_NULL;
}

/* Where the text stands in the file, by its beginning: what is behind may be written with escapes. */
static size_t place_of(const struct project *p, struct str text)
{
    size_t n = 0;
    while (n < text.n && n < 32 && text.p[n] != '"' && text.p[n] != '\\' && (unsigned char)text.p[n] >= ' ')
        n++;
    ptrdiff_t at = n >= 4 ? str_find(p->c->data, str_sub(text, 0, n), 0) : -1;
    return at < 0 ? 0 : (size_t)at;
}

/* A word of a task: a text, or an object that says how it is quoted. */
static struct str word_of(const json_t *v)
{
    return text_of(json_is_object(v) ? json_object_get(v, "value") : v);
}

/* "command" as it is written, with "args" as words behind it. */
static void look_task(struct project *p, const json_t *task, bool opens, unsigned depth)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    const char *key, *when = p->when;
    json_t *v;
    const json_t *args = json_object_get(task, "args");
    struct str command = word_of(json_object_get(task, "command"));
    opens |= str_is(text_of(json_object_get(json_object_get(task, "runOptions"), "runOn")), "folderOpen");
    strbuf_add(&b, command);
    for (size_t i = 0; command.n && i < json_array_size(args) && i < ARGUMENTS_MAX; i++)
        script_add_word(&b, word_of(json_array_get(args, i)));
    const json_t *shows = json_object_get(task, "presentation");
    if (opens && command.n && json_is_true(json_object_get(task, "hide")) && str_is(text_of(json_object_get(shows, "reveal")), "never"))
        facts_bool(p->facts, F_PROJECT_HIDES, true);
    p->when = opens ? "opens" : when;
    project_command(p, strbuf_str(&b), place_of(p, command));
    json_object_foreach((json_t *)task, key, v)
    {
        if (json_is_object(v) && depth < DEPTH_MAX)
            look_task(p, v, opens, depth + 1);
        for (size_t i = 0; i < json_array_size(v) && depth < DEPTH_MAX; i++)
            if (json_is_object(json_array_get(v, i)))
                look_task(p, json_array_get(v, i), opens, depth + 1);
    }
    p->when = when;
}

/* A command for the shell, a list of words, or an object of several such. */
static void look_step(struct project *p, const json_t *v, unsigned depth)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    const char *key;
    json_t *one;
    if (json_is_string(v))
        project_command(p, text_of(v), place_of(p, text_of(v)));
    for (size_t i = 0; i < json_array_size(v) && i < ARGUMENTS_MAX; i++)
        script_add_word(&b, text_of(json_array_get(v, i)));
    if (b.n)
        project_command(p, strbuf_str(&b), place_of(p, text_of(json_array_get(v, json_array_size(v) - 1))));
    if (depth < 1)
        json_object_foreach((json_t *)v, key, one) look_step(p, one, depth + 1);
}

static void look_container(struct project *p, const json_t *root)
{
    static const char *const STEPS[] = {"onCreateCommand", "updateContentCommand", "postCreateCommand", "postStartCommand", "postAttachCommand"};
    for (size_t i = 0; i < ARRAY_SIZE(STEPS); i++)
        look_step(p, json_object_get(root, STEPS[i]), 0);
    p->when = "opens"; /* on the machine itself, outside of the container */
    look_step(p, json_object_get(root, "initializeCommand"), 0);
}

/* A cell of code: lines that begin with "!" are for the shell, a cell that begins with "%%bash" is as a whole, the rest is Python. */
static void look_cell(struct project *p, struct str source)
{
    static const char *const SHELLS[] = {"%%bash", "%%sh", "%%script bash", "%%script sh", "%%!"};
    _cleanup_(strbuf_done) struct strbuf program = {};
    struct str line, rest = source;
    for (size_t i = 0; i < ARRAY_SIZE(SHELLS); i++)
        if (str_starts(source, str_from(SHELLS[i]))) {
            (void)str_split(&rest, '\n', &line);
            project_command(p, rest, place_of(p, rest));
            return;
        }
    while (str_split(&rest, '\n', &line)) {
        struct str t = str_trim(line);
        if (t.n > 1 && (t.p[0] == '!' || str_starts(t, STR("%sx ")) || str_starts(t, STR("%system ")))) {
            while (t.n && t.p[0] != ' ' && t.p[0] != '!')
                t = str_sub(t, 1, t.n);
            while (t.n && t.p[0] == '!')
                t = str_sub(t, 1, t.n);
            project_command(p, t, place_of(p, t));
        } else {
            strbuf_add(&program, line);
            strbuf_addc(&program, '\n');
        }
    }
    if (p->bytes + program.n <= PROJECT_BYTES_MAX) {
        p->bytes += program.n;
        script_look_calls(strbuf_str(&program), STR("python"), p->c, p->facts);
    }
}

static void look_notebook(struct project *p, const json_t *root)
{
    const json_t *cells = json_object_get(root, "cells");
    for (size_t i = 0; i < json_array_size(cells) && i < CELLS_MAX; i++) {
        _cleanup_(strbuf_done) struct strbuf b = {};
        const json_t *cell = json_array_get(cells, i), *source = json_object_get(cell, "source");
        if (!str_is(text_of(json_object_get(cell, "cell_type")), "code"))
            continue;
        strbuf_add(&b, text_of(source));
        for (size_t k = 0; k < json_array_size(source); k++)
            strbuf_add(&b, text_of(json_array_get(source, k)));
        look_cell(p, strbuf_str(&b));
    }
}

void project_read_json(struct project *p)
{
    _cleanup_(strbuf_done) struct strbuf text = {};
    _cleanup_(json_decrefp) json_t *root = NULL;
    struct error err = ERROR_NULL;
    strbuf_add(&text, p->c->data);
    bool is_notebook = !strcmp(p->tool, "jupyter");
    if (!is_notebook)
        json_make_strict(text.p, text.n);
    size_t bom = str_starts(strbuf_str(&text), STR("\xef\xbb\xbf")) ? 3 : 0;
    if (json_parse(str_sub(strbuf_str(&text), bom, text.n), &root, &err) < 0 || !json_is_object(root))
        return;
    if (is_notebook)
        look_notebook(p, root);
    else if (!strcmp(p->tool, "devcontainer"))
        look_container(p, root);
    else
        look_task(p, root, false, 0);
}
