// SPDX-License-Identifier: Apache-2.0
// Pages and scripts that give a stranger a shell. Low weight: administration tools have the same shapes; where the file
// lies decides (rules/behaviour/signatures.yaml).

rule davy_webshell_php_request : webshell
{
    meta:
        description = "PHP that runs what a visitor sends"
        row = "33 50"
        source = "ATT&CK T1505.003"
    strings:
        $tag = "<?"
        $run = /(eval|assert|system|passthru|shell_exec|popen|proc_open)[ \t]{0,4}\([ \t]{0,4}(base64_decode[ \t]{0,4}\([ \t]{0,4}|stripslashes[ \t]{0,4}\([ \t]{0,4})?\$_(GET|POST|REQUEST|COOKIE|SERVER)[ \t]{0,4}\[/
    condition:
        filesize < 1MB and $tag and $run
}

rule davy_webshell_php_packed : webshell
{
    meta:
        description = "PHP that unpacks itself and runs the result"
        row = "14 33"
        source = "ATT&CK T1505.003"
    strings:
        $tag = "<?"
        $run = /eval[ \t]{0,4}\([ \t]{0,4}(gzinflate|gzuncompress|gzdecode|str_rot13|strrev|base64_decode|hex2bin)[ \t]{0,4}\([ \t]{0,4}(str_rot13[ \t]{0,4}\([ \t]{0,4})?(base64_decode|strrev|str_rot13|gzinflate)[ \t]{0,4}\(/
        $plain = /eval[ \t]{0,4}\([ \t]{0,4}["']?(base64_decode|hex2bin)[ \t]{0,4}\([ \t]{0,4}["'][A-Za-z0-9+\/]{64}/
    condition:
        filesize < 4MB and $tag and ($run or $plain)
}

rule davy_webshell_jsp : webshell
{
    meta:
        description = "JSP that runs a request parameter"
        row = "33"
        source = "ATT&CK T1505.003"
    strings:
        $tag = "<%"
        $run = "Runtime.getRuntime().exec("
        $from = "request.getParameter("
    condition:
        filesize < 256KB and all of them
}

rule davy_reverseshell_devtcp : reverseshell
{
    meta:
        description = "a shell whose input and output are a network connection"
        row = "33"
        source = "bash's manual on /dev/tcp"
    strings:
        $shell = /(bash|sh|zsh) -i[^\n]{0,24}[>&][ \t]{0,2}\/dev\/(tcp|udp)\/[A-Za-z0-9._$\{-]{1,64}\/[0-9$]/
    condition:
        filesize < 1MB and $shell
}

rule davy_reverseshell_python : reverseshell
{
    meta:
        description = "Python that puts a shell on a socket"
        row = "33"
        source = "Python's manual on os.dup2"
    strings:
        $connect = ".connect(("
        $dup = /os\.dup2\([^\n]{0,24}\.fileno\(\)[ \t]{0,2},[ \t]{0,2}([012]|[a-z]{1,8})\)/
        $shell = /(subprocess\.(call|Popen|run)|pty\.spawn|os\.execl?v?p?)\([^\n]{0,8}["'](\/bin\/)?(ba|z)?sh["']/
    condition:
        filesize < 1MB and all of them
}

rule davy_reverseshell_pipe : reverseshell
{
    meta:
        description = "a shell between two pipes of a program that speaks to the network"
        row = "33"
        source = "manuals of nc, ncat, openssl s_client, telnet, mkfifo"
    strings:
        $shell = /(\/bin\/)?(ba|da|z|k)?sh[ \t]{1,4}(-i[ \t]{0,4})?(2>[ \t]{0,2}&1|[|])?[ \t]{0,4}[|]?[ \t]{0,4}(nc|ncat|netcat|telnet|openssl[ \t]{1,4}s_client)[ \t]/
        $client = /(nc|ncat|netcat|telnet|openssl[ \t]{1,4}s_client)[ \t][^\n;]{4,120}[|][ \t]{0,4}(\/bin\/)?(ba|da|z|k)?sh([ \t]|$)/
        $pipe = /mkfifo[ \t]|mknod[ \t][^\n]{1,64}[ \t]p([ \t;&|\n]|$)/
        $twice = /telnet[ \t][^\n;|]{4,80}[|][ \t]{0,4}(\/bin\/)?(ba)?sh[ \t]{0,4}[|][ \t]{0,4}telnet[ \t]/
        $tls = /openssl[ \t]{1,4}s_client[ \t][^\n;]{4,120}[|][ \t]{0,4}(\/bin\/)?(ba|da|z|k)?sh([ \t]|$)/
    condition:
        filesize < 1MB and (($pipe and any of ($shell, $client)) or $twice or $tls)
}

rule davy_reverseshell_option : reverseshell
{
    meta:
        description = "a program of the network that is told to run a shell"
        row = "33"
        source = "manuals of nc, ncat and socat"
    strings:
        // Each has four bytes in a row that are seldom in other texts: "nc " alone is in "func " and "sync ", and libyara would look closer at each.
        // "sync --refresh" is none: the name is a whole word, and what is run does not stand within one.
        $first1 = /\bnc -([^\n|;]{0,100}-)?[a-z]{0,4}[ec]([ \t]{1,4}["']?(\/(usr\/)?bin\/)?|["'](\/(usr\/)?bin\/)?|\/(usr\/)?bin\/)(ba|da|z|k)?sh["'\t \n;&]/
        $first2 = /\bncat -([^\n|;]{0,100}-)?[a-z]{0,4}[ec]([ \t]{1,4}["']?(\/(usr\/)?bin\/)?|["'](\/(usr\/)?bin\/)?|\/(usr\/)?bin\/)(ba|da|z|k)?sh["'\t \n;&]/
        $first3 = /\bnetcat -([^\n|;]{0,100}-)?[a-z]{0,4}[ec]([ \t]{1,4}["']?(\/(usr\/)?bin\/)?|["'](\/(usr\/)?bin\/)?|\/(usr\/)?bin\/)(ba|da|z|k)?sh["'\t \n;&]/
        $first4 = /\btraditional -([^\n|;]{0,100}-)?[a-z]{0,4}[ec]([ \t]{1,4}["']?(\/(usr\/)?bin\/)?|["'](\/(usr\/)?bin\/)?|\/(usr\/)?bin\/)(ba|da|z|k)?sh["'\t \n;&]/
        $last1 = /\b(nc|ncat|netcat|traditional)[ \t][^\n|;]{0,100}-[a-z]{0,4}e \/bin\/(ba|da|z|k)?sh["'\t \n;&]/
        $last2 = /\b(nc|ncat|netcat|traditional)[ \t][^\n|;]{0,100}-[a-z]{0,4}e \/usr\/bin\/(ba|da|z|k)?sh["'\t \n;&]/
        $last3 = /\b(nc|ncat|netcat|traditional)[ \t][^\n|;]{0,100} -e sh["'\t \n;&]/
        $last4 = /\b(nc|ncat|netcat|traditional)[ \t][^\n|;]{0,100} -e bash["'\t \n;&]/
        $last5 = /\b(nc|ncat|netcat|traditional)[ \t][^\n|;]{0,100} -e[ \t]{0,4}["']\/(usr\/)?bin\/(ba|da|z|k)?sh["'\t \n;&]/
        $last6 = /\b(nc|ncat|netcat|traditional)[ \t][^\n|;]{0,100}-[a-z]{0,4}c \/bin\/(ba|da|z|k)?sh["'\t \n;&]/
        $last7 = /\b(nc|ncat|netcat|traditional)[ \t][^\n|;]{0,100}-[a-z]{0,4}c \/usr\/bin\/(ba|da|z|k)?sh["'\t \n;&]/
        $last8 = /\b(nc|ncat|netcat|traditional)[ \t][^\n|;]{0,100} -c sh["'\t \n;&]/
        $last9 = /\b(nc|ncat|netcat|traditional)[ \t][^\n|;]{0,100} -c bash["'\t \n;&]/
        $last10 = /\b(nc|ncat|netcat|traditional)[ \t][^\n|;]{0,100} -c[ \t]{0,4}["']\/(usr\/)?bin\/(ba|da|z|k)?sh["'\t \n;&]/
        $ncat = /ncat[ \t][^\n|;]{0,100}--(sh-)?exec[ =]["']?(\/(usr\/)?bin\/)?(ba|da|z|k)?sh/
        $socat1 = /socat[ \t][^\n;]{0,160}(tcp4?|tcp6|openssl|udp)(-connect)?:[^\n;, \t]{3,100}[^\n;]{0,80}[ \t]["']?(exec|system):["']?(\/(usr\/)?bin\/)?(ba|da|z|k)?sh/ nocase
        $socat2 = /socat[ \t][^\n;]{0,80}(exec|system):["']?(\/(usr\/)?bin\/)?(ba|da|z|k)?sh[^\n;]{0,100}[ \t](tcp4?|tcp6|openssl|udp)(-connect)?:/ nocase
    condition:
        filesize < 1MB and any of them
}

rule davy_reverseshell_loop : reverseshell
{
    meta:
        description = "lines that come over a descriptor of the network are run"
        row = "33"
        source = "bash's manual on /dev/tcp and gawk's on /inet"
    strings:
        $open = /exec[ \t]{1,4}\{?[a-z0-9]{1,8}\}?[ \t]{0,2}<>[ \t]{0,2}\/dev\/(tcp|udp)\//
        $run1 = /while[ \t]{1,4}read([ \t]{1,4}-r)?[ \t]{1,4}([a-zA-Z_]{1,16})[^\n]{0,16};[ \t]{0,4}do[ \t]{1,4}(eval[ \t]{1,4})?["']?\$[a-zA-Z_{]/
        $run2 = /(ba)?sh([ \t]{1,4}-i)?[ \t]{0,4}<[ \t]{0,2}&[ \t]{0,2}\$?\{?[a-z0-9]{1,8}/
        $awk = /["']\/inet\/(tcp|udp)\/0\/[^"'\n]{3,80}["']/
        $awk_run = /getline[^\n]{0,200}(cmd|c|line|l)[ \t]{0,2}[|]&?[ \t]{0,2}getline/
    condition:
        filesize < 1MB and (($open and any of ($run*)) or ($awk and $awk_run))
}

rule davy_reverseshell_perl : reverseshell
{
    meta:
        description = "Perl that puts a shell on a socket"
        row = "33"
        source = "Perl's manual on open and Socket"
    strings:
        $socket = /socket[ \t]{0,4}\([ \t]{0,4}\$?[A-Za-z]{1,16}[ \t]{0,2},[ \t]{0,4}(PF_INET|AF_INET|2)|IO::Socket::(INET|IP|SSL)/
        $in = /(open[ \t]{0,4}\(?[ \t]{0,4}STDIN[ \t]{0,4},[ \t]{0,4}["']<?>?&|STDIN[ \t]{0,4}->[ \t]{0,4}fdopen)/
        $out = /(open[ \t]{0,4}\(?[ \t]{0,4}STDOUT[ \t]{0,4},[ \t]{0,4}["']>&|\$~->fdopen|STDOUT[ \t]{0,4}->[ \t]{0,4}fdopen)/
        $shell = /(exec|system)[ \t]{0,4}\(?[ \t]{0,4}(\{[^}\n]{1,32}\})?[ \t]{0,2}["'](\/(usr\/)?bin\/)?(ba|da|z|k)?sh/
        $each = /system[ \t]{0,4}\(?[ \t]{0,4}\$_/
    condition:
        filesize < 1MB and $socket and (($in and $out and $shell) or ($in and $out and $each))
}

rule davy_reverseshell_node : reverseshell
{
    meta:
        description = "JavaScript that joins a shell's streams to a socket"
        row = "33"
        source = "Node's manual on net and child_process"
    strings:
        $shell = /spawn[ \t]{0,4}\([ \t]{0,4}["'](\/(usr\/)?bin\/)?(ba|da|z|k)?sh["']/
        $net = /require[ \t]{0,4}\([ \t]{0,4}["'](node:)?(net|tls)["']|from[ \t]{1,4}["'](node:)?(net|tls)["']/
        $in = /\.pipe[ \t]{0,4}\([ \t]{0,4}[A-Za-z_$][A-Za-z0-9_$]{0,32}\.stdin/
        $out = /\.stdout\.pipe[ \t]{0,4}\(/
    condition:
        filesize < 1MB and all of them
}

rule davy_reverseshell_other : reverseshell
{
    meta:
        description = "Ruby, PHP, Lua, Go or Python that gives a shell the descriptors of a socket, or runs what comes from one"
        row = "33"
        source = "manuals of the languages"
    strings:
        $ruby = /TCPSocket\.(new|open)/
        $ruby_run1 = /IO\.popen[ \t]{0,4}\([ \t]{0,4}[a-z_]{1,16}[ \t]{0,4},/
        $ruby_run2 = /(exec|spawn|system)[ \t]{0,4}\(?[ \t]{0,4}(sprintf\()?["'](\/bin\/)?(ba)?sh[ \t]{1,4}-i[ \t]{0,4}<&/
        $inherit = /["'](\/bin\/)?(ba|da|z|k)?sh[ \t]{1,4}-i[ \t]{0,4}<&[ \t]{0,2}[0-9][^"'\n]{0,24}>&[ \t]{0,2}[0-9]/
        $connects = /fsockopen[ \t]{0,4}\(|pfsockopen[ \t]{0,4}\(|socket\.tcp[ \t]{0,4}\(|socket_connect[ \t]{0,4}\(|stream_socket_client[ \t]{0,4}\(/
        $proc_open = /proc_open[ \t]{0,4}\([ \t]{0,4}["'](\/(usr\/)?bin\/)?(ba|da|z|k)?sh/
        $lua_run = /io\.popen[ \t]{0,4}\([ \t]{0,4}[a-z_]{1,16}[ \t]{0,4}[,)]/
        $lua_read = ":receive("
        $lua_socket = /require[ \t]{0,2}\(?["']socket["']/
        $go = /net\.Dial\([ \t]{0,4}"tcp4?"/
        $go_shell = /exec\.Command\([ \t]{0,4}"(\/(usr\/)?bin\/)?(ba|da|z|k)?sh"/
        $go_in = /\.Stdin[ \t]{0,2}=[ \t]{0,2}[a-z]{1,16}/
    condition:
        filesize < 1MB and (($ruby and any of ($ruby_run*)) or ($connects and (any of ($inherit, $proc_open) or ($lua_run and $lua_read))) or ($lua_socket and $lua_run and $lua_read)
        or all of ($go*))
}

rule davy_webshell_jsp_loader : webshell
{
    meta:
        description = "a page that makes a class out of what a visitor sends"
        row = "33"
        source = "ATT&CK T1505.003; Java's ClassLoader"
    strings:
        $tag = "<%"
        $loader = "ClassLoader"
        $define = "defineClass"
        $from1 = "getReader("
        $from2 = "getParameter("
        $from3 = "getInputStream("
        $decode1 = "Cipher.getInstance"
        $decode2 = "Base64"
        $decode3 = "BASE64Decoder"
    condition:
        filesize < 256KB and $tag and $loader and $define and any of ($from*) and any of ($decode*)
}

rule davy_webshell_php_nameless : webshell
{
    meta:
        description = "PHP that calls what a variable's variable names"
        row = "14 33"
        source = "PHP's manual on variable variables"
    strings:
        $tag = "<?"
        $call = /\$\{[^}\n]{1,40}\}[ \t]{0,4}[\[{][^\]}\n]{1,24}[\]}][ \t]{0,4}\([ \t]{0,4}@?\$\{[^}\n]{1,40}\}/
    condition:
        filesize < 1MB and $tag and $call
}

rule davy_servershell_python : servershell
{
    meta:
        description = "a web program in Python that runs what a visitor sends"
        row = "33"
        source = "manuals of Flask, Django and Python"
    strings:
        $run = /(os\.(popen|system)|subprocess\.(run|call|Popen|check_output|check_call|getoutput|getstatusoutput)|commands\.getoutput|[^A-Za-z0-9_.](eval|exec))[ \t]{0,4}\([^\n]{0,60}(flask\.)?request\.(args|form|values|json|data|get_data|get_json|query_string|headers|cookies|GET|POST|body|query|params)/
    condition:
        filesize < 1MB and $run
}

rule davy_servershell_cgi : servershell
{
    meta:
        description = "a CGI program that runs what a visitor sends"
        row = "33"
        source = "RFC 3875; manuals of sh and Perl's CGI"
    strings:
        $shell = /(eval|(ba|da)?sh[ \t]{1,4}-c)[ \t]{1,4}["']?[^\n]{0,40}\$\{?(QUERY_STRING|HTTP_[A-Z_]{2,24})/
        $perl = /(system|exec|qx|open)[ \t]{0,4}\(?[^\n;]{0,24}(CGI::)?(->)?param[ \t]{0,4}\(/
        $back = /`[^`\n]{0,40}(CGI::|->)param[ \t]{0,4}\([^`\n]{0,40}`/
    condition:
        uint16(0) == 0x2123 and filesize < 1MB and any of them
}

rule davy_servershell_node : servershell
{
    meta:
        description = "a web program in JavaScript that runs what a visitor sends"
        row = "33"
        source = "manuals of Node and Express"
    strings:
        $module = "child_process"
        $listens = /createServer|\.listen[ \t]{0,4}\(/
        $run = /[^A-Za-z0-9_](exec|execSync)[ \t]{0,4}\([ \t]{0,4}(String\(|decodeURI(Component)?\(|unescape\(|Buffer\.from\()?[ \t]{0,2}(req|request|q|r|ctx|ctx\.request)\.(url|query|body|params|headers)/
    condition:
        filesize < 1MB and all of them
}

rule davy_sends_credentials : theft
{
    meta:
        description = "a script that names files of credentials, or the role of a machine, and sends files"
        row = "28"
        source = "manuals of curl, wget and requests; where clouds' tools keep credentials"
    strings:
        $role = "meta-data/iam/security-credentials"
        $place1 = ".aws/credentials"
        $place2 = ".kube/config"
        $place3 = ".docker/config.json"
        $place4 = ".config/gcloud"
        $place5 = ".git-credentials"
        $place6 = ".azure/"
        $place7 = /\.ssh\/id_(rsa|ed25519|ecdsa)/
        $folders = /(tar|zip)[ \t][^\n]{0,100}\.aws[ \t\/][^\n]{0,60}\.(ssh|kube)/
        $send1 = /curl[ \t][^\n]{0,200}(-F|--form|--data-binary|--data|-d)[ \t=]{1,3}["']?([a-zA-Z_]{1,16}=)?@/
        $send2 = /curl[ \t][^\n]{0,160}(-T|--upload-file)[ \t]/
        $send3 = /wget[ \t][^\n]{0,160}--post-file/
        $post = /requests\.(post|put)\(/
        $bare = /requests\.(post|put)\([ \t]{0,4}f?["']https?:\/\/[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}[:\/"']/
    condition:
        filesize < 64KB and ((any of ($send*) and ($role or $folders or 2 of ($place*))) or ($post and 2 of ($place*)) or ($bare and any of ($place*)))
}

rule davy_njs_keeps : credentials
{
    meta:
        description = "JavaScript of nginx that reads passwords of requests and writes or sends them"
        row = "28"
        source = "reference of njs (ngx_http_js_module)"
    strings:
        $body = /\b[a-z]{1,8}\.(requestText|requestBuffer|requestBody|rawHeadersIn)\b/
        $what = /["'`\/(|](password|passwd|pwd|pass|otp|cvv|card_?number)["'`=|)\\]/ nocase
        $file = /\bfs\.(appendFile|writeFile)(Sync)?[ \t]{0,2}\([^\n]{1,300}/
        $send = /\bngx\.fetch[ \t]{0,2}\([ \t\n]{0,4}["'`]https?:\/\//
    condition:
        filesize < 1MB and $body and $what and ($file or $send)
}

rule davy_removes_root : wiper
{
    meta:
        description = "a script that removes everything below /"
        row = "43"
        source = "manuals of rm, shutil and File::Path"
    strings:
        $rm = /\brm[ \t]{1,4}(-[A-Za-z-]{1,24}[ \t]{1,4}){0,4}(-[a-zA-Z]{0,6}[rR][a-zA-Z]{0,6}|--recursive)[ \t]{1,4}(-[A-Za-z-]{1,24}[ \t]{1,4}){0,4}["']?\/\*?["']?([ \t\r\n;&|)]|$)/
        $native = /\b(rmtree|remove_tree)[ \t(]{1,3}["']\/["']/
        $walk = /\b(os\.walk|find)[ \t]?\([^\n]{0,120}["']\/["']/
    condition:
        filesize < 1MB and any of them
}
