# bash completion for nucleus(1): share/bash-completion/completions/nucleus, or in zsh after `bashcompinit`.
# Commands and options are read off `nucleus --help`, so that they are those of the program installed.

_nucleus() {
	local nucleus=${COMP_WORDS[0]} word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command='' list i
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		--root | --log | --log-format | --log-level | --cgroup-manager | --rootless | --criu | --admin-config | --records) ((i++)) ;;
		-*) ;;
		*) command=${COMP_WORDS[i]} && break ;;
		esac
	done
	case $before in
	--cgroup-manager) list='cgroupfs systemd delegated disabled' ;;
	--ready) list='started told' ;;
	--attestation) list='full cached off' ;;
	--log-format) list='text json' ;;
	--format) list='table json' ;;
	--rootless) [ -z "$command" ] && list='true false auto' ;;
	-*) ;;
	esac
	if [ -n "${list-}" ]; then
		:
	elif [[ $word == -* ]]; then
		# shellcheck disable=SC2086 # one word, or none
		list=$("$nucleus" $command --help 2>/dev/null | grep -oE '^  [- ][a-z ][, ]+--[a-z0-9-]+' | grep -oE -- '--[a-z0-9-]+')
	elif [ -z "$command" ]; then
		list=$("$nucleus" --help 2>/dev/null | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
	else
		case $command in
		start | state | kill | delete | exec | ps | stop | pause | resume | update | events) list=$("$nucleus" list -q 2>/dev/null) ;;
		closure) list='digest show pack sign verify' ;;
		esac
	fi
	# shellcheck disable=SC2207 # names without spaces
	COMPREPLY=($(compgen -W "${list-}" -- "$word"))
}
complete -o default -F _nucleus nucleus
