// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A tolerant reader of shell text: words with quotes removed and constants put in, commands, pipelines,
 * redirections, here documents. It knows enough of the grammar to see what commands get as arguments, takes
 * anything for a script without failing, and never runs in more than linear time: substitutions are nested to
 * a limit and expanded within a budget.
 */
#include "base/map.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "inspect/script.h"

enum {
    SH_DEPTH_MAX = 12,   /* $( ) and eval within each other */
    SH_WORD_MAX = 4096,  /* bytes of a word after substitution */
    SH_WORDS_MAX = 8192, /* words of one pipeline */
    SH_VARS_MAX = 4096,
    SH_EXPANSION_MAX = 8 << 20, /* bytes put in for variables, per script */
    SH_NESTED_TIMES = 16,       /* bytes parsed in all, in lengths of the script */
    SH_TEXT_MAX = 64 << 10,     /* bytes of what one command prints */
    SH_UNFOLDED_MAX = 64,       /* texts that were folded up and run */
    SH_UNFOLDED_BYTES_MAX = 1 << 20,
};

/* What the commands in a substitution do; a word, and the variable that it is assigned to, carry it on. */
struct sh_origin {
    bool downloads, decodes;
    struct str how; /* in which ways its text was folded up: "rev>base64"; empty for plain text */
    uint32_t pattern_from, pattern_to; /* in sh.patterns: process names that ps, pgrep and grep looked for */
};

struct sh_word {
    struct str text; /* quotes removed, constants put in; lives until the pipeline is done */
    size_t at, end;  /* in the script, of the outermost text for nested ones */
    size_t assign;   /* offset behind '=' when the word is NAME=value */
    bool is_quoted;  /* some part was quoted */
    bool is_dynamic; /* some part depends on the machine */
    bool is_list;    /* the value of a loop variable or array: words separated by blanks */
    bool is_process; /* <( … ): the text is what that file holds */
    uint8_t seams;   /* places within a run of letters where a quote, a variable or a backslash stood */
    uint8_t spelled; /* letters that were written as numbers */
    struct sh_origin origin;
};

struct sh_redirect {
    enum { SH_READ, SH_WRITE, SH_HERE_STRING, SH_HERE_DOC } op;
    struct sh_word target;
    struct str body; /* of a here document */
};

struct sh_command {
    uint32_t word, n_words;
    uint32_t redirect, n_redirects;
};

struct sh_pipeline {
    VEC(struct sh_word) words;
    VEC(struct sh_redirect) redirects;
    VEC(struct sh_command) commands;
};

struct sh_variable {
    struct str text;
    bool is_dynamic, is_list;
    struct sh_origin origin;
};

/* Text that was run and came out of folded text. */
struct sh_unfolded {
    struct str how, text;
};

struct sh_lock {
    struct str tool, path;
    size_t at, end;
};

/* The state of one script. */
struct sh {
    struct arena keep, scratch; /* for the script; for one pipeline */
    struct map variables;       /* name to struct sh_variable */
    struct map functions;       /* names defined in the script */
    struct map renamed;         /* base name to the base name of the tool that was moved or copied there */
    VEC(struct str) patterns;
    VEC(struct str) downloaded; /* paths that downloads were written to */
    VEC(struct sh_unfolded) unfolded;
    size_t unfolded_bytes;
    struct map killed;          /* names, as far as they were counted */
    struct map lockers; /* names of tools that were seen to set inode flags with an unmistakable +i or +a */
    VEC(struct sh_lock)
    locks_pending; /* what -i and -a of other tools would clear, if they turn out to be such a tool */
    struct sh_origin group;   /* of what the innermost ( ), { } or loop did so far */
    struct sh_origin carried; /* of a group whose output goes into the pipeline that follows */
    struct sh_origin loop;    /* of the pipeline that feeds the innermost `while read` */
    struct strbuf shape;      /* normalised tokens */
    size_t n_tokens;
    size_t expansion, nested; /* bytes spent of the budgets */
    size_t nested_max;
    unsigned depth;
    size_t at; /* place of the outermost command while nested text is read */
    const struct content *content;
    size_t base; /* offset of the script in the content's data */
    struct facts *facts;
};

/* What a text gave as a whole. */
struct sh_result {
    struct sh_origin origin;
    struct str constant; /* output, where it is the same on every machine: echo, which */
};

/* Reads the text and calls sh_look() for every pipeline. */
void sh_parse(struct sh *s, struct str text, struct sh_result *ret);
/* Reads text that stands inside another (a substitution, eval, sh -c), within the limits; `where` is its
 * place for notes. */
void sh_nested(struct sh *s, struct str text, size_t where, struct sh_result *ret);
/* Looks at one pipeline; adds to *ret what it does. (script_look.c) */
void sh_look(struct sh *s, struct sh_pipeline *p, struct sh_result *ret);
/* Assigns `NAME=value` words. (script_parse.c) */
void sh_assign(struct sh *s, struct str name, struct str value, const struct sh_word *word);
/* What can be told only when the whole script was read. (script_look.c) */
void sh_finish(struct sh *s);
void sh_done(struct sh *s);
static inline void sh_join(struct sh_origin *a, const struct sh_origin *b)
{
    a->downloads |= b->downloads;
    a->decodes |= b->decodes;
    if (b->how.n)
        a->how = b->how;
    if (b->pattern_to > b->pattern_from) {
        a->pattern_from = b->pattern_from;
        a->pattern_to = b->pattern_to;
    }
}
