// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What a rule file may ask of us. Rules come from strangers too: every bound is far above what the largest
 * known rule sets need (Falco's own three files: 230 kB, 607 items, 248 checks in the largest condition) and
 * keeps the work of loading within seconds and a few hundred MB.
 */
enum {
    RULE_FILE_BYTES = 16 << 20,
    RULE_YAML_DEPTH = 64,                /* nested sequences and maps */
    RULE_YAML_NODES = 1 << 20,           /* of a file, each alias counted as what it stands for */
    RULE_YAML_BYTES = 64 << 20,          /* text of those nodes */
    RULE_ITEMS = 100'000,                /* lists, macros and rules together */
    RULE_TEXT_BYTES = 1 << 20,           /* a condition or output as written, appends included */
    RULE_TEXT_PARTS = 1000,              /* such a text and what was appended to it */
    RULE_EXPANDED_BYTES = 4 << 20,       /* a condition after its lists were put in */
    RULE_ALL_EXPANDED_BYTES = 256 << 20, /* all conditions of a rule set, lists put in */
    RULE_LIST_ITEMS = 200'000,           /* items of a list after earlier lists were spliced in */
    RULE_ALL_LIST_ITEMS = 2'000'000,
    RULE_DEPTH = 1000,        /* nested expressions, macros counted as what they stand for; Falco's figure */
    RULE_NODES = 50'000,      /* nodes of a condition's tree after macros were put in */
    RULE_ALL_NODES = 500'000, /* of all conditions together */
    RULE_EXCEPTIONS = 10'000, /* of a rule */
    RULE_SUGGESTIONS = 50,    /* "did you mean" for unknown macros, in one rule set; for fields: problems that may stand before */
    RULE_SHOWN_BYTES = 4096,  /* of a source line, to be shown with a problem */
    RULE_ARGS = 64,           /* arguments of a transformer */
};
