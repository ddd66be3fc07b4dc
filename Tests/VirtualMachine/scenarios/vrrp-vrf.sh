# vrrpd with `vrf`: the same router twice, with the same addresses, in two VRFs; one has its address on an interface, the
# other on the VRF device.
router left right
for side in left right; do
  vrf $side red 10
  vrf $side blue 20
done
wire red0 red
wire blue0 blue

instances() { # OWN OTHER PRIORITY
  local name
  for name in red blue; do
    cat <<X
vrrp_instance $name {
  vrf $name
  virtual_router_id 51
  version 3
  priority $3
  advert_int 1
  unicast_src_ip 192.0.2.$1
  unicast_peer { 192.0.2.$2 }
  virtual_ipaddress {
    $([ $name = red ] && echo 192.0.2.100/24 dev red0 || echo 192.0.2.100/32)
  }
}
X
  done
}
instances 1 2 100 >left.conf
instances 2 1 200 >right.conf
start left vrrpd
start right vrrpd
first=$started

for name in red blue; do
  check "$name: the better router is master" instance right $name '.state == "master"'
  check "$name: the other is backup" instance left $name '.state == "backup" and .master_address == "192.0.2.2"'
  check "$name: its address answers in the VRF" ip netns exec left ping -c 1 -W 2 -I $name 192.0.2.100
done
check 'an address with dev is on that interface' has right red0 192.0.2.100/24
check 'one without is on the VRF' has right blue 192.0.2.100/32

ip -n right link delete red
check 'without its VRF an instance is in fault' instance right red '.state == "fault"'
check 'and the other router takes over' instance left red '.state == "master"'
check 'nothing of that in the other VRF' instance left blue '.state == "backup"'
vrf right red 10
address right red0 2 red
check 'the VRF made again, it is master again' instance right red '.state == "master"'
check 'and the other router backup' instance left red '.state == "backup"'

kill -9 $first
for name in red blue; do check "$name: killed, and the other takes over" instance left $name '.state == "master"'; done
check 'what the killed one had is there' has right blue 192.0.2.100/32
instances 2 1 50 >right.conf
start right vrrpd
second=$started
for name in red blue; do check "$name: started with a lower priority it is backup" instance right $name '.state == "backup"'; done
check 'and has removed what was left on the VRF' lacks right blue 192.0.2.100
check 'and on the interface' lacks right red0 192.0.2.100

instances 2 1 220 >right.conf
check 'a reload' vrrpctl -s $PWD/right-vrrpd reload
for name in red blue; do check "$name: with a higher priority again it is master" instance right $name '.state == "master"'; done
kill $second
wait $second
check 'a stop takes the address away' lacks right blue 192.0.2.100
