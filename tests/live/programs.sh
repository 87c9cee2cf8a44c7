#!/bin/bash
# Ordinary programs run unchanged under the default seccomp profile: each case is a real sandbox
# under the shipped agent policy, in which the program does what its users do with it all day. A
# case fails on a wrong answer, and on any complaint about a refused call.
#
# shellcheck disable=SC2016 # the scripts in single quotes are for the bash in the sandbox
# usage: programs.sh NUCLEUS [POLICY]; as root it installs the Debian packages that are missing.
set -u

nucleus=$(realpath "${1:?usage: programs.sh NUCLEUS [POLICY]}")
policy=${2:-$(dirname "$(realpath "$0")")/../../policies/agent.toml}
work=$(mktemp -d /tmp/nucleus-programs-XXXXXX)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

install_missing() {
	local missing=() name
	for name in python3 node:nodejs git gcc make sqlite3 perl tar; do
		[ -x "/usr/bin/${name%:*}" ] || missing+=("${name#*:}")
	done
	[ ${#missing[@]} -eq 0 ] && return
	[ "$(id -u)" = 0 ] && apt-get update -qq &&
		DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends \
			"${missing[@]}" >"$work/apt" 2>&1
}

# check NAME WANTED SCRIPT: bash runs SCRIPT in a sandbox (standard input is passed on), which must
# print exactly WANTED, and nothing about a refused call on stderr, under a filter.
check() {
	local got status
	got=$("$nucleus" --root "$work/state" run --policy "$policy" -- /bin/bash -c \
		"grep -q '^Seccomp:.*2' /proc/self/status || exit 99; export TMPDIR=\$PWD; $3" \
		2>"$work/err")
	status=$?
	if [ $status = 0 ] && [ "$got" = "$2" ] &&
		! grep -qiE 'not permitted|not implemented|bad system call' "$work/err"; then
		passed=$((passed + 1))
		return
	fi
	failed=$((failed + 1))
	echo "FAILED: $1: status $status, wanted: ${2@Q}, got: ${got@Q}"
	tail -n 12 "$work/err"
}

bash_itself() {
	check bash-jobs 'a b 3' 'set -m; x=$(echo a | cat); sleep 0.05 & sleep 0.05 & wait
		y=$(sleep 0.05 & fg >/dev/null; echo b); echo $x $y $((1 + 2))'
	check bash-plumbing 'in: here
sub: 1
co: x
timeout 142
trap' 'cat <<<"in: here"; echo "sub: $(cat <(echo 1))"; coproc cat; echo x >&"${COPROC[1]}"
		read -r l <&"${COPROC[0]}"; echo "co: $l"; sleep 1 | (read -rt 0.1; echo timeout $?)
		trap "echo trap" USR1; kill -USR1 $$'
	check bash-builtins '0022 ok ok' 'umask 22; ulimit -n >/dev/null && times >/dev/null &&
		echo "$(umask) ok $(printf "%(%F)T" >/dev/null && echo ok)"'
}

coreutils() {
	check coreutils-files 'abc abc abc abc abc 600 abc' 'set -e; echo abc >a; cp a b; cp -a a c
		ln a h; ln -s a s; mv b e; touch -d yesterday e; chmod 600 e; chown $(id -u):$(id -g) e
		mkdir -p x/y; cp -r x z; rmdir x/y x; mkfifo p; truncate -s 9 t; dd if=/dev/zero of=d \
		bs=1k count=10 status=none; install -m 755 a i; split -b1 a part; sync a; ls -laR . \
		>/dev/null; df . >/dev/null; du . >/dev/null; stat -f . >/dev/null; shred -u i
		ln -sf e s2; readlink -f s2 >/dev/null; mktemp >/dev/null
		echo $(cat a c h s e) $(stat -c %a e) $(head -c3 a)'
	check coreutils-text '5 1
ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad
3' 'set -e; seq 5 | sort -rn | tac | shuf | sort -n | paste -sd" " | cut -d" " -f5,1 |
		tr 15 51; printf abc | sha256sum | cut -c1-64
		seq 3 | tee t | tail -n1; seq 20000 | sort -S 1M --parallel=2 >big
		seq 1 3 | comm - t >/dev/null; od -c t >/dev/null; wc t >/dev/null; nl t >/dev/null'
	check coreutils-system 'ok 124 5' 'set -e; nproc >/dev/null; id >/dev/null; uname -a >/dev/null
		date >/dev/null; env true; nohup true 2>/dev/null; stdbuf -oL true; timeout 5 echo -n ok
		set +e; timeout 0.1 sleep 5; echo -n " $?"; echo " $(nice -n 5 nice)"'
	check coreutils-follow 'one
two' 'echo one >f; tail -f -n +1 f & sleep 0.3; echo two >>f; sleep 0.5; kill %1'
	check tar-and-find 'x/a x/b
abc' 'set -e; mkdir x; echo abc | tee x/a >x/b; tar czf x.tgz x; rm -r x; tar xf x.tgz
		echo $(find x -type f | sort); sed -i s/z/y/ x/a; grep -h b x/a | xargs -n1 -P2 echo'
}

python() {
	check python '8 threads, subprocess, fork, spawn, forkserver, asyncio, sqlite, ok' \
		'cat >t.py; /usr/bin/python3 t.py' <<'PY'
import asyncio, concurrent.futures, multiprocessing, os, select, shutil, signal, socket, sqlite3
import subprocess, tempfile, threading, time
from multiprocessing import shared_memory

def square(x):
    return x * x

async def asynchronous():
    child = await asyncio.create_subprocess_exec("/bin/echo", "x", stdout=asyncio.subprocess.PIPE)
    assert (await child.communicate())[0] == b"x\n"
    server = await asyncio.start_server(lambda r, w: w.close(), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    assert await reader.read() == b""
    writer.close()
    await asyncio.gather(*[asyncio.sleep(0.01) for _ in range(5)])

if __name__ == "__main__":
    done = []
    threads = [threading.Thread(target=done.append, args=(i,)) for i in range(8)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    said = [f"{len(done)} threads"]
    out = subprocess.run("echo hi | cat", shell=True, capture_output=True, timeout=9).stdout
    assert out == b"hi\n"
    child = subprocess.Popen(["sleep", "9"], start_new_session=True)
    os.killpg(os.getpgid(child.pid), signal.SIGTERM)
    assert child.wait() == -signal.SIGTERM
    said.append("subprocess")
    for method in "fork", "spawn", "forkserver":
        with multiprocessing.get_context(method).Pool(2) as pool:
            assert pool.map(square, range(5)) == [0, 1, 4, 9, 16]
        said.append(method)
    with multiprocessing.Manager() as manager:
        manager.dict()[1] = 2
    memory = shared_memory.SharedMemory(create=True, size=100)
    memory.close()
    memory.unlink()
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        assert list(pool.map(square, [3])) == [9]
    asyncio.run(asynchronous())
    said.append("asyncio")
    base = sqlite3.connect("x.db")
    base.execute("create table t(a)")
    base.commit()
    said.append("sqlite")
    place = tempfile.mkdtemp()
    open(place + "/a", "w").write("x")
    shutil.copy2(place + "/a", place + "/b")
    os.mkfifo(place + "/fifo")
    shutil.rmtree(place)
    socket.getaddrinfo("127.0.0.1", 80)
    socket.if_nameindex()
    signal.signal(signal.SIGALRM, lambda *a: None)
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    time.sleep(0.05)
    select.select([], [], [], 0.01)
    select.epoll().close()
    print(", ".join(said + ["ok"]))
PY
}

node_js() {
	check node 'child worker http copy ok' 'cat >t.js; node t.js' <<'JS'
const fs = require('fs'), cp = require('child_process'), os = require('os'), http = require('http');
const assert = require('assert'), { Worker } = require('worker_threads'), said = [];
assert.equal(cp.execFileSync('/bin/echo', ['x']) + '', 'x\n');
said.push('child');
fs.watch('.', () => {}).close();
os.networkInterfaces(); os.cpus(); os.totalmem(); os.getPriority();
const body = () => new Promise(done => {
  const server = http.createServer((q, r) => r.end('hi')).listen(0, '127.0.0.1', () =>
    http.get({ port: server.address().port, host: '127.0.0.1' }, r =>
      r.on('data', d => { server.close(); done(d + ''); })));
});
new Worker('require("worker_threads").parentPort.postMessage(1)', { eval: true })
  .on('message', async () => {
    said.push('worker');
    assert.equal(await body(), 'hi');
    said.push('http');
    await fs.promises.cp('t.js', 'copy.js');
    fs.rmSync('copy.js');
    said.push('copy');
    require('zlib').gzip('x', () => console.log([...said, 'ok'].join(' ')));
  });
JS
}

git_itself() {
	check git '3
3
f1 f2 f3' 'set -e; export HOME=$PWD; git init -q g; cd g
		git config user.email a@b; git config user.name n
		for i in 1 2 3; do echo $i >f$i; git add .; git commit -qm $i; done
		git log --oneline | wc -l; git checkout -qb side; git rebase -q HEAD~1; git gc -q
		git status >/dev/null; git diff HEAD~1 >/dev/null; git clone -q . ../h
		git -C ../h fsck 2>/dev/null; git -C ../h log --oneline | wc -l; cd ../h; echo f*'
}

gcc_and_make() {
	check gcc-make 'a b' 'set -e
		printf "all: a b\n%%: %%.c\n\tgcc -O2 -o \$@ \$< -pthread -lm\n" >Makefile
		for i in a b; do printf "#include <pthread.h>\n#include <stdio.h>\nstatic void *f(void *a)
			{ return a; }\nint main(void) { pthread_t t; pthread_create(&t, 0, f, 0);
			pthread_join(t, 0); puts(\"$i\"); }\n" >$i.c; done
		make -sj2; ar rcs l.a a.c; strip a; echo $(./a; ./b)'
}

sqlite() {
	check sqlite3 'wal
2
delete' 'sqlite3 x.db "pragma journal_mode=wal; create table t(a); insert into t values(1),(2);
		select count(*) from t; vacuum; pragma journal_mode=delete"'
}

# Carried in through standard input, as nothing of the host's files is in the sandbox.
static_go() {
	local go
	go=$(command -v go || echo /usr/local/go/bin/go)
	if [ ! -x "$go" ]; then
		echo "static Go: no Go here, left out"
		return
	fi
	mkdir -p "$work/go"
	cat >"$work/go/main.go" <<'GO'
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"time"
)

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	var group sync.WaitGroup
	for i := 0; i < 100; i++ {
		group.Add(1)
		go func() { defer group.Done(); time.Sleep(time.Millisecond) }()
	}
	group.Wait()
	out, err := exec.Command("/bin/echo", "x").Output()
	must(err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	go http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		file, _ := os.Open("/proc/self/exe")
		io.CopyN(w, file, 70000)
	}))
	reply, err := http.Get("http://" + listener.Addr().String())
	must(err)
	body, err := io.ReadAll(reply.Body)
	must(err)
	dir, err := os.MkdirTemp("", "x")
	must(err)
	must(os.WriteFile(dir+"/a", body, 0o600))
	must(os.Rename(dir+"/a", dir+"/b"))
	must(os.RemoveAll(dir))
	raw, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	go func() {
		c, _ := raw.Accept()
		c.Write([]byte("hello"))
		c.Close()
	}()
	socket, err := net.Dial("tcp", raw.Addr().String())
	must(err)
	reader, writer, err := os.Pipe()
	must(err)
	go func() { io.Copy(writer, socket); writer.Close() }()
	piped, err := io.ReadAll(reader)
	must(err)
	_, err = net.Interfaces()
	must(err)
	fmt.Println(len(out), len(body), string(piped))
}
GO
	if ! (cd "$work/go" && HOME=$work GOCACHE=$work/gocache CGO_ENABLED=0 GO111MODULE=off \
		"$go" build -o main main.go) >"$work/gobuild" 2>&1; then
		echo "FAILED: static Go: it does not build"
		tail -n 5 "$work/gobuild"
		failed=$((failed + 1))
		return
	fi
	check go '2 70000 hello' 'cat >p && chmod +x p && ./p' <"$work/go/main"
}

# The other side: what the profile is for is refused in the same sandbox.
refused() {
	check refused 'unshare EPERM
mount EPERM
TIOCSTI EPERM
TIOCSTI with the upper half set EPERM
AF_ALG EPERM
clone3 ENOSYS
TIOCGWINSZ ENOTTY
init_module killed' '/usr/bin/python3 -' <<'PY'
import ctypes, errno, os, signal
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long

def call(name, number, *args):
    libc.syscall(ctypes.c_long(number), *[ctypes.c_ulong(a) for a in args])
    print(name, errno.errorcode[ctypes.get_errno()], flush=True)

null = os.open("/dev/null", os.O_RDWR)
call("unshare", 272, 0x04000000)
call("mount", 165, 0, 0, 0, 0, 0)
call("TIOCSTI", 16, null, 0x5412, 0)
call("TIOCSTI with the upper half set", 16, null, 1 << 32 | 0x5412, 0)
call("AF_ALG", 41, 38, 5, 0)
call("clone3", 435, 0, 0)
call("TIOCGWINSZ", 16, null, 0x5413, 0)
child = os.fork()
if child == 0:
    libc.syscall(ctypes.c_long(175), 0, 0, 0)
    os._exit(0)
status = os.waitpid(child, 0)[1]
print("init_module", "killed" if os.WTERMSIG(status) == signal.SIGSYS else status)
PY
}

install_missing
for case in bash_itself coreutils python node_js git_itself gcc_and_make sqlite static_go \
	refused; do
	$case </dev/null
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
