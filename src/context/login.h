// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * A line of a login log as a record of the stream (RECORD_LOGIN): which parameter of it is what. Whoever follows such logs writes it
 * (source/login); an event of the type `auth` tells of it by the same fields as the reader of logs does.
 */
#include "base/str.h"

enum login_param {
    LOGIN_ACTION, LOGIN_USER, LOGIN_TARGET, LOGIN_OUTCOME, LOGIN_METHOD, LOGIN_REASON, LOGIN_COMMAND, LOGIN_TTY, LOGIN_KEY,
    LOGIN_HOST, LOGIN_PROGRAM, LOGIN_MESSAGE, LOGIN_FILE,
    LOGIN_TEXTS, /* the rest are numbers */
    LOGIN_UNKNOWN_USER = LOGIN_TEXTS, LOGIN_PID,
};
