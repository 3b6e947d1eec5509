// SPDX-License-Identifier: Apache-2.0
#include "inspect/yara_define.h"

#include <errno.h>
#include <stdlib.h>

enum { NAME_BYTES_MAX = 128 }; /* YARA's own limit of an identifier */

enum type {
    TYPE_INTEGER,
    TYPE_FLOAT,
    TYPE_BOOLEAN,
    TYPE_STRING,
};

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The name in front of the first '='; empty when there is none that YARA takes. */
static struct str name_of(const char *text)
{
    struct str rest = str_from(text), name;
    if (!memchr(rest.p, '=', rest.n) || !str_split(&rest, '=', &name) || !name.n || name.n > NAME_BYTES_MAX || !is_letter(name.p[0]))
        return STR_NULL;
    for (size_t i = 1; i < name.n; i++)
        if (!is_letter(name.p[i]) && !is_digit(name.p[i]))
            return STR_NULL;
    return name;
}

static enum type type_of(const char *value)
{
    size_t digits = 0, points = 0;
    if (!strcmp(value, "true") || !strcmp(value, "false"))
        return TYPE_BOOLEAN;
    for (const char *p = value + (*value == '-'); *p; p++)
        if (is_digit(*p))
            digits++;
        else if (*p == '.')
            points++;
        else
            return TYPE_STRING;
    return !digits || points > 1 || value[*value == '-'] == '.' ? TYPE_STRING : points ? TYPE_FLOAT : TYPE_INTEGER;
}

int yara_defines_check(const char *const *texts, struct error *err)
{
    for (const char *const *p = texts; p && *p; p++) {
        struct str name = name_of(*p);
        if (!name.n)
            return error_set(err, -EINVAL, "`%s` declares no variable of YARA rules: write NAME=VALUE, with a name of letters, digits and _", *p);
        errno = 0;
        if (type_of(*p + name.n + 1) == TYPE_INTEGER && (strtoll(*p + name.n + 1, NULL, 10), errno == ERANGE))
            return error_set(err, -EINVAL, "`%s`: integers of YARA rules have 64 bits", *p);
    }
    return 0;
}

static int declare(YR_COMPILER *c, const char *name, const char *value)
{
    switch (type_of(value)) {
    case TYPE_INTEGER:
        return yr_compiler_define_integer_variable(c, name, strtoll(value, NULL, 10));
    case TYPE_FLOAT:
        return yr_compiler_define_float_variable(c, name, strtod(value, NULL));
    case TYPE_BOOLEAN:
        return yr_compiler_define_boolean_variable(c, name, !strcmp(value, "true"));
    default:
        return yr_compiler_define_string_variable(c, name, value);
    }
}

int yara_defines_declare(const char *const *texts, YR_COMPILER *compiler, struct error *err)
{
    for (const char *const *p = texts; p && *p; p++) {
        char name[NAME_BYTES_MAX + 1];
        struct str s = name_of(*p);
        memcpy(name, s.p, s.n);
        name[s.n] = 0;
        int r = declare(compiler, name, *p + s.n + 1);
        if (r == ERROR_DUPLICATED_EXTERNAL_VARIABLE)
            return error_set(err, -EINVAL, "the variable %s of YARA rules is declared twice; name it once", name);
        if (r != ERROR_SUCCESS)
            return error_set(err, -ENOMEM, "not enough memory for the YARA rules");
    }
    return 0;
}

bool yara_defines_have(const char *const *texts, struct str name)
{
    for (const char *const *p = texts; p && *p; p++)
        if (str_eq(name_of(*p), name))
            return true;
    return false;
}
