# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Egress by name: what a policy allows by host name is reached by the addresses that the agent's own
# questions were answered with, and nothing else is. The name servers are dnsmasq and, for answers that
# no sound one gives, a liar (programs/liar.c); the clients are those that people use.

readonly NET=10.99 DNS=10.99.0.53 LIAR=10.99.0.66 OTHER_DNS=10.99.0.54 WEB=8080 E=$W/egress

# Addresses and names: one web server answers at all of them.
begin_network() {
	ip link set lo up && ip route replace local $NET.0.0/16 dev lo && ip -6 addr replace fd99::7/64 dev lo nodad || return
	mkdir -p "$E/www" && echo "it works" >"$E/www/index.html" || return
	busybox httpd -p $WEB -h "$E/www" && busybox httpd -p "[::]:$WEB" -h "$E/www" 2>/dev/null
	dnsmasq --user=root --no-resolv --no-hosts --bind-interfaces --cache-size=0 --pid-file="$E/dnsmasq.pid" \
		--listen-address=$DNS --listen-address=$OTHER_DNS --except-interface=none \
		--host-record=api.test,$NET.1.1,fd99::7 --host-record=secret.test,$NET.1.2 \
		--host-record=a.pkg.test,$NET.1.3 --host-record=evil.pkg.test,$NET.1.4 --host-record=pkg.test,$NET.1.5 \
		--host-record=both.pkg.test,$NET.1.6 --host-record=shut.pkg.test,$NET.1.6 \
		--host-record=asked.test,$NET.1.8 --address=/long.test/$NET.1.9 \
		--host-record=meta.pkg.test,169.254.169.254 --host-record=here.pkg.test,127.0.0.1 \
		--cname=alias.pkg.test,secret.test --cname=bad.pkg.test,evil.pkg.test || return
	"$PROGRAMS/liar" $LIAR 53 $NET.2. &
	liar=$!
	rm -f /etc/resolv.conf && printf 'nameserver %s\noptions timeout:20 attempts:2\n' $DNS >/etc/resolv.conf
	printf '127.0.0.1 localhost\n%s.3.1 hosts.pkg.test\n' $NET >/etc/hosts
	eventually dig +short +time=1 +tries=1 api.test @$DNS
}

end_network() {
	kill "$liar" "$(cat "$E/dnsmasq.pid")"
	pkill -f "^busybox httpd -p .*$WEB"
	ip route del local $NET.0.0/16 dev lo
}

egress_policies() {
	cat >"$E/egress.yaml" <<-EOT
		version: 1
		name: egress
		rules:
		  - {id: files, allow: [read, write, create, delete, rename, link, attr, exec, map], path: ['**', 'pipe:*', 'memfd:*', 'anon_inode:*', 'socket:*']}
		  - {id: sockets, allow: [unix], socket: ['/run/**']}
		  - {id: hosts, deny: [write, create, delete, rename, link], path: [/etc/hosts]}
		  - {id: api, allow: [tcp], host: [api.test, "*.pkg.test"], port: [$WEB]}
		  - {id: counted, allow: [tcp], cidr: [$NET.1.3/32], port: [$WEB], limit: {connects: 2/d}}
		  - {id: asked, allow: [tcp], host: [asked.test], port: [$WEB], limit: {questions: 3/d}}
		  - {id: long, allow: [tcp], host: ["*.long.test"], port: [$WEB], limit: {question-bytes: 52/d}}
		  - {id: datagrams, allow: [udp], cidr: [$NET.9.9/32], port: [9999]}
		  - {id: taken, allow: [bind], cidr: [$DNS/32], port: [53]}
		  - {id: evil, deny: [resolve], host: [evil.pkg.test], reason: not that one}
		  - {id: shut, deny: [tcp], host: [shut.pkg.test], port: ["0-65535"]}
	EOT
	sed "s/^rules:/resolvers: [$LIAR]\nrules:/" "$E/egress.yaml" >"$E/liar.yaml"
	sed "s/^rules:/leases: {min: 1s, max: 1s}\nrules:/" "$E/liar.yaml" >"$E/short.yaml"
	sed "s/api.test, //; s/name: egress/name: narrow/" "$E/egress.yaml" >"$E/narrow.yaml"
}

# inside POLICY COMMAND…: in an agent of its own, as the user that as says; events in $E/events, what it prints in $E/out.
inside() {
	local policy=$1 mode=${mode:-enforce}
	shift
	rm -f "$E/events"
	"$AW" "$mode" --policy "$E/$policy.yaml" "${as[@]}" --name egress --events "$E/events" -- "$@" \
		>"$E/out" 2>"$E/err"
}

# reaches POLICY COMMAND…: it gets the page.
reaches() {
	inside "$@"
	has_text "$E/out" "it works" || fails_with "$(cat "$E/err" "$E/out"; net_events)"
}

# What was decided about the network: effect, operation, reason, rule, object.
net_events() {
	"$PROGRAMS/fields" "$E/events" type=operation class=net effect operation reason 'rule.id' \
		'object.name|object.host|object.address:object.port'
}

# told LINE: one of the events of net_events is this, tabs as blanks.
told() {
	net_events | tr '\t' ' ' | grep -q -x -e "$1" || fails_with "no event '$1' among: $(net_events)"
}

# prints TEXT COMMAND…: in an agent under the policy egress, a program of ours prints this.
prints() {
	local text=$1
	shift
	inside "${policy:-egress}" "$@"
	[[ $(<"$E/out") == "$text" ]] || fails_with "'$(cat "$E/out" "$E/err")' instead of '$text': $(net_events)"
}

test_clients() {
	check "egress: curl reaches an allowed name" reaches egress curl -sS "http://api.test:$WEB/"
	check "egress: nothing was denied" not told "denied .*"
	check "egress: getent finds it" prints "$NET.1.3" sh -c "getent hosts a.pkg.test | cut -d ' ' -f 1 | tr -d '\n'"
	check "egress: dig finds it" prints "$NET.1.1" dig +short api.test
	check "egress: by IPv6 as well" reaches egress curl -sS -6 "http://api.test:$WEB/"
	check "egress: wget reaches it" reaches egress wget -q -O - "http://api.test:$WEB/"
	check "egress: python reaches it" reaches egress python3 -c \
		"import urllib.request; print(urllib.request.urlopen('http://a.pkg.test:$WEB/').read().decode())"
	check "egress: upper case is the same name" reaches egress curl -sS "http://API.Test:$WEB/"
	check "egress: an alias has the address of what was asked for" reaches egress curl -sS "http://alias.pkg.test:$WEB/"
	check "egress: a name of hosts(5) needs no question" reaches egress curl -sS "http://hosts.pkg.test:$WEB/"
	check "egress: a hundred connections by one answer" reaches egress sh -c "
		$PROGRAMS/peer ask $DNS 53 api.test; for i in \$(seq 100); do $PROGRAMS/peer connect $NET.1.1 $WEB || exit; done
		echo it works"
}

# Sockets of what the C library asks before it asks a name server: they note what they are sent.
test_other_resolvers() {
	local nscd=/run/nscd/socket resolve=/run/systemd/resolve/io.systemd.Resolve servers=()
	mkdir -p "${nscd%/*}" "${resolve%/*}"
	"$PROGRAMS/peer" note "$nscd" "$E/nscd" &
	servers+=($!)
	"$PROGRAMS/peer" note "$resolve" "$E/resolve" &
	servers+=($!)
	check "egress: there is another resolver" eventually test -S "$nscd" -a -S "$resolve"
	check "egress: outside of agents, it is asked" asks_nscd
	: >"$E/nscd"
	check "egress: an agent falls back to the name server" reaches egress curl -sS "http://api.test:$WEB/"
	check "egress: that is told" equal "$(denied "$E/events" | sort -u)" "unix $nscd"
	check "egress: and the other one was not asked" not grep -q -a -F api.test "$E/nscd"
	check "egress: nor can it be by hand" not inside egress socat -u /etc/hostname "UNIX-CONNECT:$resolve"
	check "egress: which is told" equal "$(denied "$E/events")" "unix $resolve"
	check "egress: and it was sent nothing" is_empty "$E/resolve"
	kill "${servers[@]}"
	rm -r "${nscd%/*}" "${resolve%/*}"
}

asks_nscd() {
	getent ahosts api.test
	eventually grep -q -a -F api.test "$E/nscd"
}

test_refusals() {
	local peer=$PROGRAMS/peer
	check "egress as $1: the address alone is denied" prints EACCES "$peer" connect $NET.1.1 $WEB
	check "egress as $1: it is told" told "denied tcp policy - $NET.1.1:$WEB"
	check "egress as $1: a name that no rule allows cannot be asked for" prints EPERM "$peer" ask $DNS 53 secret.test
	check "egress as $1: the name is told" told "denied resolve policy - secret.test"
	check "egress as $1: nor a name below an allowed one" prints EPERM "$peer" ask $DNS 53 x.api.test
	check "egress as $1: nor one above a wildcard" prints EPERM "$peer" ask $DNS 53 pkg.test
	check "egress as $1: a name is denied by a rule" prints EPERM "$peer" ask $DNS 53 evil.pkg.test
	check "egress as $1: the rule is told" told "denied resolve policy evil evil.pkg.test"
	check "egress as $1: another port of an allowed name is denied" prints "$NET.1.1|EACCES" sh -c \
		"$peer ask $DNS 53 api.test | tr '\n' '|'; $peer connect $NET.1.1 81 | tr -d '\n'"
	check "egress as $1: the name is told beside the address" told "denied tcp policy - api.test"
	check "egress as $1: an alias of a denied name leases nothing" prints "$NET.1.4|EACCES" sh -c \
		"$peer ask $DNS 53 bad.pkg.test | tr '\n' '|'; $peer connect $NET.1.4 $WEB | tr -d '\n'"
	check "egress as $1: and that is told" told "allowed resolve answer - bad.pkg.test"
	check "egress as $1: an address with a denied name is denied by its other name too" prints "$NET.1.6|$NET.1.6|EACCES" sh -c \
		"$peer ask $DNS 53 both.pkg.test | tr '\n' '|'; $peer ask $DNS 53 shut.pkg.test | tr '\n' '|'; $peer connect $NET.1.6 $WEB | tr -d '\n'"
	check "egress as $1: the denial's rule is told" told "denied tcp policy shut shut.pkg.test"
	check "egress as $1: whichever name was asked for last" prints "$NET.1.6|$NET.1.6|EACCES" sh -c \
		"$peer ask $DNS 53 shut.pkg.test | tr '\n' '|'; $peer ask $DNS 53 both.pkg.test | tr '\n' '|'; $peer connect $NET.1.6 $WEB | tr -d '\n'"
	check "egress as $1: a budget of the address holds for its name" prints "$NET.1.3|ok|ok|EACCES" sh -c \
		"for i in 0 1 2 3; do if test \$i = 0; then $peer ask $DNS 53 a.pkg.test; else $peer connect $NET.1.3 $WEB; fi; done |
		paste -s -d '|' | tr -d '\n'"
	check "egress as $1: which is told" told "denied tcp limit counted a.pkg.test"
	check "egress as $1: as many questions as their budget has" prints "$NET.1.8|$NET.1.8|$NET.1.8|EPERM|EPERM" \
		sh -c "for i in 1 2 3 4 5; do $peer ask $DNS 53 asked.test; done | paste -s -d '|' | tr -d '\n'"
	check "egress as $1: which is told" told "denied resolve limit asked asked.test"
	check "egress as $1: and as many bytes in names" prints "$NET.1.9|$NET.1.9|EPERM|$NET.1.9" sh -c \
		"for name in 0123456789 abcdefghij klmnopqrst k; do $peer ask $DNS 53 \$name.long.test; done | paste -s -d '|' | tr -d '\n'"
	check "egress as $1: which is told as well" told "denied resolve limit long klmnopqrst.long.test"
	check "egress as $1: metadata is not leased" prints "169.254.169.254|EACCES" sh -c \
		"$peer ask $DNS 53 meta.pkg.test | tr '\n' '|'; $peer connect 169.254.169.254 $WEB | tr -d '\n'"
	check "egress as $1: nor is this host" prints "127.0.0.1|EACCES" sh -c \
		"$peer ask $DNS 53 here.pkg.test | tr '\n' '|'; $peer connect 127.0.0.1 $WEB | tr -d '\n'"
	check "egress as $1: another resolver is denied" prints EACCES "$peer" ask $OTHER_DNS 53 api.test
	check "egress as $1: what is no question is refused" prints EPERM "$peer" send $DNS 53 00112233445566778899aabbccddeeff
	check "egress as $1: and told" told "denied resolve question - -"
	check "egress as $1: two questions in one send are refused" prints EPERM "$peer" ask-twice $DNS 53 api.test tmp.test
	check "egress as $1: one agent's answer does not admit another" not admits_another
}

# What an agent beside it asks for is of no use to this one.
admits_another() {
	"$AW" enforce --policy "$E/egress.yaml" --as-root --name asker --events none -- sh -c \
		"$PROGRAMS/peer ask $DNS 53 api.test >'$E/asked'; exec sleep 60" 2>"$E/asker.log" &
	local asker=$!
	eventually test -s "$E/asked"
	inside egress "$PROGRAMS/peer" connect $NET.1.1 $WEB
	kill "$asker"
	wait "$asker"
	[[ $(<"$E/asked") == "$NET.1.1" && $(<"$E/out") == ok ]]
}

# lied KIND OUTPUT EVENT: the liar's answer to KIND.pkg.test leases nothing.
lied() {
	local kind=$1 said=$2
	policy=liar check "egress: a resolver's answer '$kind' leases nothing" prints "$said|EACCES" sh -c \
		"$PROGRAMS/peer ask $LIAR 53 $kind | tr '\n' '|'; $PROGRAMS/peer connect $NET.2.7 $WEB | tr -d '\n'"
	check "egress: '$kind' is told" told "allowed resolve answer - $3"
}

test_lies() {
	check "egress: outside of agents, anybody sends from a resolver's address that is shared" sends_as_resolver
	check "egress: an agent does not send as its resolver" prints EPERM "$PROGRAMS/peer" as $DNS 53 $NET.9.9 9999
	lied other.api.pkg.test "no address" api.pkg.test
	lied number.pkg.test "$NET.2.7" number.pkg.test
	lied garbage.pkg.test "no address" garbage.pkg.test
	lied loop.pkg.test "$NET.2.7" loop.pkg.test
	lied forward.pkg.test "$NET.2.7" forward.pkg.test
	lied many.pkg.test "$NET.2.7" many.pkg.test
	policy=liar check "egress: an answer that was cut off leases nothing" prints "$NET.2.7|EACCES" sh -c \
		"$PROGRAMS/peer ask $LIAR 53 cut.pkg.test | tr '\n' '|'; $PROGRAMS/peer connect $NET.2.7 $WEB | tr -d '\n'"
	policy=liar check "egress: of two prints the first counts" prints "$NET.2.7|ok|EACCES" sh -c \
		"$PROGRAMS/peer ask $LIAR 53 twice.pkg.test 2 | tr '\n' '|'; $PROGRAMS/peer connect $NET.2.7 $WEB | tr '\n' '|'
		$PROGRAMS/peer connect $NET.2.8 $WEB | tr -d '\n'"
	check "egress: the second is told" told "allowed resolve answer - twice.pkg.test"
	policy=liar check "egress: an address that changes with each answer is never denied" prints "it works" sh -c "
		for i in \$(seq 40); do
			$PROGRAMS/peer connect \$($PROGRAMS/peer ask $LIAR 53 turn.pkg.test) $WEB >/dev/null || exit
		done
		echo it works | tr -d '\n'"
}

# An answer after half a minute: waited for beside the other tests.
begin_late() {
	"$AW" enforce --policy "$E/liar.yaml" --as-root --name late --events "$E/late.events" -- sh -c "
		($PROGRAMS/peer ask $LIAR 53 late.pkg.test; $PROGRAMS/peer connect $NET.2.7 $WEB) | paste -s -d '|' | tr -d '\n'" \
		>"$E/late.out" 2>"$E/late.log" &
	late=$!
}

end_late() {
	check "egress: an answer that comes late is handed on" ended "$late" 0
	check "egress: and leases nothing" equal "$(<"$E/late.out")" "$NET.2.7|EACCES"
	check "egress: which is told" equal "$("$PROGRAMS/fields" "$E/late.events" reason=answer object.name)" late.pkg.test
}

# Who has a name for a second has it no longer.
leases_end() {
	inside short sh -c "$PROGRAMS/peer ask $LIAR 53 short.pkg.test; $PROGRAMS/peer connect $NET.2.7 $WEB; sleep 3
		$PROGRAMS/peer connect $NET.2.7 $WEB"
	equal "$(paste -s -d '|' "$E/out")" "$NET.2.7|ok|EACCES"
}

sends_as_resolver() {
	[[ $("$PROGRAMS/peer" as $DNS 53 $NET.9.9 9999) == ok ]]
}

test_changes() {
	local agent
	"$AW" enforce --policy "$E/egress.yaml" --as-root --name changes --events "$E/changes" -- sh -c "
		$PROGRAMS/peer ask $DNS 53 api.test >'$E/first'
		while sleep 0.3; do
			$PROGRAMS/peer connect $NET.1.1 $WEB >'$E/api'; $PROGRAMS/peer connect $NET.3.2 $WEB >'$E/host'
		done" 2>"$E/changes.log" &
	agent=$!
	check "egress: an agent goes on while its policy changes" eventually grep -q -x ok "$E/api"
	check "egress: a name that comes into hosts(5)" not grep -q ok "$E/host"
	printf '%s.3.2 late.pkg.test\n' $NET >>/etc/hosts
	check "egress: is leased soon" eventually grep -q -x ok "$E/host"
	sed -i '/late.pkg.test/d' /etc/hosts
	check "egress: and taken back when it goes" eventually grep -q -x EACCES "$E/host"
	check "egress: a narrower policy" "$AW" apply --policy "$E/narrow.yaml" changes
	check "egress: denies what was leased under the wider one" eventually grep -q -x EACCES "$E/api"
	check "egress: the wider one" "$AW" apply --policy "$E/egress.yaml" changes
	check "egress: has it again without another question" eventually grep -q -x ok "$E/api"
	kill "$agent"
	wait "$agent"
	mode=audit check "egress: audit lets a question through" prints "$NET.1.2" "$PROGRAMS/peer" ask $DNS 53 secret.test
	check "egress: and tells that it would be denied" told "would_deny resolve policy - secret.test"
}

test_egress() {
	local as=(--as-root) late
	keep_loaded
	check "egress: there is a network" begin_network
	egress_policies
	begin_late
	test_refusals root
	test_lies
	check "egress: a lease ends" leases_end
	test_clients
	test_other_resolvers
	as=(--user nobody)
	test_refusals nobody
	as=(--as-root)
	test_changes
	end_late
	end_network
}
