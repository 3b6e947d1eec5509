// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * What starts, stays or serves: the places by path (persist.def), and the commands that files in those places
 * make somebody run. Paths are cleaned and absolute, as file.path gives them.
 */
#include "inspect/analyzer.h"

enum persist_kind {
    PERSIST_CRON,
    PERSIST_AT,
    PERSIST_SYSTEMD, /* told apart into unit and timer by the name */
    PERSIST_INIT_SCRIPT,
    PERSIST_RC_LOCAL,
    PERSIST_SHELL_PROFILE,
    PERSIST_LD_PRELOAD,
    PERSIST_SSH_KEYS,
    PERSIST_SUDOERS,
    PERSIST_ACCOUNTS,
    PERSIST_UDEV,
    PERSIST_XDG_AUTOSTART,
    PERSIST_PAM,
    PERSIST_MOTD,
    PERSIST_DBUS,
    PERSIST_INETD,
    PERSIST_ENVIRONMENT, /* of what the system starts */
    PERSIST_SYSTEM_HOOK, /* run when the network, the kernel or the machine changes its state */
    PERSIST_WEB_ROOT,
    PERSIST_TEMP,
};

/* How commands stand in the file. */
enum persist_format {
    FORMAT_NONE,
    FORMAT_SHELL, /* a shell script: the whole is its command */
    FORMAT_CRONTAB,
    FORMAT_CRONTAB_WITH_USER,
    FORMAT_ANACRONTAB,
    FORMAT_UNIT,
    FORMAT_INITTAB,
    FORMAT_UDEV_RULES,
    FORMAT_DESKTOP,
    FORMAT_PAM_RULES,
    FORMAT_INETD,
    FORMAT_XINETD,
    FORMAT_PRELOAD,
    FORMAT_KEYS,
    FORMAT_SUDO,
};

struct persist_place {
    enum persist_kind kind;
    enum persist_format format;
    struct str user; /* points into the path or to a constant; empty where the place does not say */
};
/* The place a path lies in; false when it is none. */
bool persist_place(struct str path, struct persist_place *ret);
/* The word that persist.kind gives. */
const char *persist_kind_name(enum persist_kind kind, struct str path);

/* One command as it stands in a file. */
struct persist_command {
    struct str command; /* points into the text */
    struct str user;    /* where the line says; else empty */
};
/*
 * Takes the next command off *text; false at the end. FORMAT_SHELL, PRELOAD, KEYS and SUDO have no commands
 * of this kind, and those of XINETD stand on two lines: persist_service_next().
 */
bool persist_command_next(enum persist_format format, struct str *text, struct persist_command *ret);
/* A service of xinetd that is not disabled. */
struct persist_service {
    struct str server, arguments, user; /* each points into the text; empty where the service does not say */
};
/* Takes the next one off *text; false at the end. */
bool persist_service_next(struct str *text, struct persist_service *ret);
/* Takes the next line of PAM's rules off *text, without the service that lines of pam.conf begin with; false at the end. */
bool persist_pam_next(struct str *text, bool has_service, struct str *ret);
