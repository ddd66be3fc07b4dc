# What the scenarios are written with. Each runs in a folder of its own.

# check WHAT COMMAND... : waits until COMMAND succeeds, a minute at most: this machine is slow, and what is to happen is not a
# matter of time. What fails ends the scenario.
check() {
  local what=$1 end=$((SECONDS + 60))
  shift
  until "$@" >/dev/null 2>&1; do
    if [ $SECONDS -ge $end ]; then
      echo "  failed: $what"
      echo failed >>$results
      show
      exit 1
    fi
    sleep 0.3
  done
  echo "  $what"
  echo passed >>$results
}

# What helps to understand a failure: what the daemons said and say, and what the kernel has.
show() {
  local log
  for log in *.log; do
    echo "-- $log"
    tail -25 "$log"
  done
  ip -all netns exec ip -brief address
}

# router NAME... : network namespaces.
router() {
  local name
  for name; do
    ip netns add $name
    ip -n $name link set lo up
  done
}

# vrf ROUTER NAME TABLE : a VRF.
vrf() {
  ip -n $1 link add name $2 type vrf table $3
  ip -n $1 link set $2 up
}

# wire NAME [VRF] : joins the routers `left` and `right` by an interface NAME at both ends, in the VRF if one is given;
# the addresses are 192.0.2.1 and .2, 2001:db8::1 and ::2.
wire() {
  local side number=1
  ip link add name $1 netns left type veth peer name $1 netns right
  for side in left right; do
    address $side $1 $number ${2-}
    number=$((number + 1))
  done
}

# address ROUTER INTERFACE NUMBER [VRF] : (again) into the VRF, with addresses, up.
address() {
  [ -z "${4-}" ] || ip -n $1 link set $2 master $4
  ip -n $1 link set $2 addrgenmode none
  ip -n $1 address replace 192.0.2.$3/24 dev $2
  ip -n $1 link set $2 up
  ip -n $1 address replace fe80::$3/64 dev $2 nodad
  ip -n $1 address replace 2001:db8::$3/64 dev $2 nodad
}

# start ROUTER DAEMON... : with the configuration file ROUTER.conf and the socket ROUTER-DAEMON; the number of its process
# becomes $started.
start() {
  ip netns exec $1 $2 -f $1.conf -s $PWD/$1-$2 "${@:3}" >>$1-$2.log 2>&1 </dev/null &
  started=$!
}

# session ROUTER NAME CONDITION : whether what bfdctl shows of the session fulfils the condition of jq.
session() { bfdctl -s $PWD/$1-bfdd show $2 --json | jq --exit-status ".[0] | $3"; }

# instance ROUTER NAME CONDITION : the same of vrrpctl and a vrrp_instance.
instance() { vrrpctl -s $PWD/$1-vrrpd show $2 --json | jq --exit-status ".[0] | $3"; }

# has ROUTER INTERFACE TEXT, lacks ROUTER INTERFACE TEXT : whether the interface has such an address, or is such.
has() { ip -n $1 -details address show dev $2 | grep --fixed-strings --quiet -- "$3"; }
lacks() { ! has "$@"; }

# same_address ROUTER INTERFACE INTERFACE : whether both have the same MAC address.
same_address() { [ "$(ip netns exec $1 cat /sys/class/net/$2/address)" = "$(ip netns exec $1 cat /sys/class/net/$3/address)" ]; }
