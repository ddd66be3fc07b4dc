# What happens to links of the kinds that a distribution's kernel has, beneath running daemons: each has a bfd_instance and a
# vrrp_instance of its own, on the left the master. What is undone leaves both as they were. (LinuxIOTests does the same to
# the watcher, with the kinds of the kernel at hand.)
router left right other
for number in 1 2 3 5; do ip link add name eth$number netns left type veth peer name eth$number netns right; done

links() { # ROUTER
  for number in 1 2 3 5; do ip -n $1 link set eth$number up; done
  ip -n $1 link add link eth1 name vlan0 type vlan id 7
  ip -n $1 link set eth2 down
  ip -n $1 link add bond0 type bond mode active-backup miimon 100
  ip -n $1 link set eth2 master bond0
  ip -n $1 link add link eth3 name ipvlan0 type ipvlan mode l2
  # Without its daemon a team carries nothing, but there is one.
  ip -n $1 link add team0 type team
  ip -n $1 link add dummy0 type dummy
  ip -n $1 link add br0 type bridge
  ip -n $1 link add red type vrf table 10
  for link in vlan0 bond0 eth2 ipvlan0 team0 dummy0 br0 red; do ip -n $1 link set $link up; done
}
kinds='vlan0 bond0 ipvlan0 eth5'

own() { # ROUTER LINK NUMBER
  ip -n $1 address replace 10.0.$(subnet $2).$3/24 dev $2
}
subnet() { case $1 in vlan0) echo 1 ;; bond0) echo 2 ;; ipvlan0) echo 3 ;; eth5) echo 5 ;; esac; }

blocks() { # OWN OTHER PRIORITY
  local link
  for link in $kinds; do
    cat <<X
bfd_instance $link {
  neighbor_ip 10.0.$(subnet $link).$2
  source_ip 10.0.$(subnet $link).$1
  interface $link
  min_rx 500
  min_tx 500
  multiplier 6
}
vrrp_instance $link {
  interface $link
  virtual_router_id 51
  version 3
  priority $3
  advert_int 1
  track_interface { dummy0 }
  virtual_ipaddress { 10.0.$(subnet $link).100/24 }
}
X
  done
}
for side in left right; do links $side; done
for link in $kinds; do
  own left $link 1
  own right $link 2
done
blocks 1 2 200 >left.conf
blocks 2 1 100 >right.conf
for side in left right; do
  start $side bfdd
  start $side vrrpd
done

# every DAEMON ROUTER CONDITION : whether what the daemon shows of each fulfils the condition of jq.
every() { ${1%d}ctl -s $PWD/$2-$1 show --json | jq --exit-status "length == 4 and all($3)"; }

all_well() { # OCCASION
  local link
  check "$1: master on the left" every vrrpd left '.state == "master"'
  check "$1: backup on the right" every vrrpd right '.state == "backup"'
  check "$1: the sessions are up" every bfdd left '.local_state == "up"'
  for link in $kinds; do check "$1: $link has its address" has left $link 10.0.$(subnet $link).100/24; done
}
all_well 'at first'

for link in vlan0 bond0 eth5; do
  ip -n left link set $link master br0
  ip -n left link set $link nomaster
done
all_well 'ports of a bridge for a moment'

ip -n left link set eth2 nomaster
check 'without its port a bond is down' instance left bond0 '.state == "fault"'
ip -n left link set eth2 down master bond0
ip -n left link set eth2 up
all_well 'a bond with its port again'

ip -n left link set eth5 down
ip -n left link set eth5 master team0
ip -n left link set eth5 nomaster
ip -n left link set eth5 up
own left eth5 1
all_well 'a port of a team for a moment'

ip -n left link set eth5 master red
ip -n left link set eth5 nomaster
own left eth5 1
all_well 'in a VRF for a moment'

for link in eth1 eth3; do ip -n left link set $link down; done
check 'a VLAN goes with what it is on' instance left vlan0 '.state == "fault"'
check 'what an ipvlan carries is lost' session left ipvlan0 '.local_state == "down"'
for link in eth1 eth3; do ip -n left link set $link up; done
all_well 'up again'

for link in $kinds; do
  ip -n left link set $link mtu 1400
  ip -n left link set $link mtu 1500
done
ip -n left link set vlan0 address 02:00:00:00:00:71
ip -n left link set bond0 address 02:00:00:00:00:72
all_well 'other MTUs and addresses'

for link in vlan0 eth5; do
  ip -n left link set $link down
  ip -n left link set $link name away
  check "$link is missing by its name" instance left $link '.state == "fault"'
  ip -n left link set away name $link
  ip -n left link set $link up
done
all_well 'under their names again'

for link in vlan0 eth5; do
  ip -n left link set $link netns other
  check "$link is gone to another namespace" instance left $link '.state == "fault"'
  ip -n other link set $link netns left
  ip -n left link set $link up
  own left $link 1
done
all_well 'back from another namespace'

ip -n left link delete dummy0
check 'a tracked link is deleted' instance left eth5 '.state == "fault"'
ip -n left link add dummy0 type dummy
ip -n left link set dummy0 up
all_well 'and made again'
