#!/bin/sh
# Runs a shell script on another kernel: vm.sh [-k VMLINUZ] SCRIPT [FILE[:PATH]...]
#
# A virtual machine boots the kernel with nothing but busybox, the static program $NUCLEUS (if set)
# as /bin/nucleus, and each FILE at PATH (default /work/NAME); cgroup v2 is mounted with every
# controller the kernel has. The script's output is printed, its exit status is ours; 125 is a
# machine that did not come up. Without -k it is Debian's cloud kernel, fetched once into $VM_CACHE
# (default /var/cache/nucleus-vm). Needs qemu-system-x86, cpio and busybox-static; no KVM, no root.
# VM_TIMEOUT is in seconds (default 120), VM_MEMORY in MiB (default 1024).
set -eu

cache=${VM_CACHE:-/var/cache/nucleus-vm}
kernel=
if [ "${1-}" = -k ]; then
	kernel=$2
	shift 2
fi
script=${1:?"usage: vm.sh [-k VMLINUZ] SCRIPT [FILE[:PATH]...]"}
shift

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

die() {
	echo "vm.sh: $*" >&2
	exit 125
}

fetch_kernel() {
	set -- "$cache"/vmlinuz-*
	if [ ! -f "$1" ]; then
		mkdir -p "$cache"
		package=$(apt-cache depends linux-image-cloud-amd64 |
			sed -n 's/^ *Depends: \(linux-image-[0-9][^ ]*\)$/\1/p' | head -n 1)
		(cd "$work" && apt-get -q download "$package" && dpkg -x linux-image-*.deb .) \
			>"$work/fetch.log" 2>&1 || die "cannot fetch a kernel: $(cat "$work/fetch.log")"
		mv "$work"/boot/vmlinuz-* "$cache/"
		set -- "$cache"/vmlinuz-*
	fi
	kernel=$1
}

put() {
	mkdir -p "$work/root/$(dirname "$2")"
	cp -L "$1" "$work/root/$2" || die "cannot copy $1"
}

make_root() {
	mkdir -p "$work/root/bin" "$work/root/work" "$work/root/new"
	put "$(command -v busybox)" /bin/busybox
	ln -s busybox "$work/root/bin/sh"
	[ -z "${NUCLEUS-}" ] || put "$NUCLEUS" /bin/nucleus
	put "$script" /work/script
	for file in "$@"; do
		case $file in
		*:*) put "${file%%:*}" "${file#*:}" ;;
		*) put "$file" "/work/$(basename "$file")" ;;
		esac
	done
	# pivot_root(2) refuses the initramfs itself as the old root, hence the move to a tmpfs.
	cat >"$work/root/init" <<-'EOF'
		#!/bin/sh
		/bin/busybox --install -s /bin
		export PATH=/bin
		mount -t tmpfs tmpfs /new
		cp -a /bin /work /init2 /new/
		for extra in /*; do
			case $extra in /new | /bin | /work | /init* | /dev | /root) ;; *) cp -a "$extra" /new/ ;; esac
		done
		exec switch_root /new /init2
	EOF
	cat >"$work/root/init2" <<-'EOF'
		#!/bin/sh
		export PATH=/bin HOME=/
		mkdir -p /proc /sys /dev /run /tmp /etc /root
		mount -t proc proc /proc
		mount -t sysfs sysfs /sys
		mount -t devtmpfs dev /dev
		mkdir -p /dev/pts /dev/shm
		mount -t devpts devpts /dev/pts
		mount -t cgroup2 cgroup2 /sys/fs/cgroup
		mount -t tmpfs tmpfs /tmp
		mount --make-rshared /
		ip link set lo up
		exec >/dev/ttyS0 2>&1
		echo @@begin@@
		cd /work
		setsid sh /work/script </dev/null
		status=$?
		echo
		echo "@@status $status@@"
		poweroff -f
	EOF
	chmod 755 "$work/root/init" "$work/root/init2"
	(cd "$work/root" && find . | cpio --quiet -o -H newc | gzip -1) >"$work/initrd"
}

[ -n "$kernel" ] || fetch_kernel
make_root "$@"
timeout "${VM_TIMEOUT:-120}" qemu-system-x86_64 -M pc -accel tcg,thread=multi -cpu max \
	-m "${VM_MEMORY:-1024}" -smp 2 -kernel "$kernel" -initrd "$work/initrd" -nographic -no-reboot \
	-append "console=ttyS0 quiet loglevel=1 panic=-1" </dev/null >"$work/console" 2>&1 || true
tr -d '\r' <"$work/console" | awk -v last="$work/status" '
	/@@begin@@/ { on = 1; next }
	/^@@status [0-9]+@@/ { gsub(/[^0-9]/, ""); print >last; exit }
	on { if (held) print line; line = $0; held = 1 }
	END { if (held && line != "") print line }'
if [ ! -s "$work/status" ]; then
	tail -n 20 "$work/console" >&2
	die "the machine ended without a status"
fi
exit "$(cat "$work/status")"
