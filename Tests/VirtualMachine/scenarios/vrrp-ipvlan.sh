# vrrpd with `use_ipvlan`: an interface with the base's MAC address for the addresses, and one of its own to send from.
router left right
wire eth0

instances() { # OWN PRIORITY
  cat <<X
vrrp_instance V {
  interface eth0
  virtual_router_id 51
  version 3
  priority $2
  advert_int 1
  use_ipvlan ipv51 192.0.2.1$1/24
  virtual_ipaddress { 192.0.2.100/24 }
}
X
}
instances 1 100 >left.conf
instances 2 200 >right.conf
start left vrrpd
start right vrrpd
first=$started

check 'the better router is master' instance right V '.state == "master"'
check 'the other hears it from the address of the ipvlan' instance left V '.state == "backup" and .master_address == "192.0.2.12"'
check 'the interface is an ipvlan' has right ipv51 'ipvlan  mode l2 bridge'
check 'with the virtual address' has right ipv51 192.0.2.100/24
check 'and that to send from' has right ipv51 192.0.2.12/24
check 'which answer' ip netns exec left ping -c 1 -W 2 192.0.2.100
check 'with the MAC address of the base' same_address right ipv51 eth0
check 'that of a backup has none' lacks left ipv51 'inet '

kill -9 $first
check 'killed, and the other takes over' instance left V '.state == "master"'
check 'what the killed one had is there' has right ipv51 192.0.2.100/24
sed 's/ipv51 192.0.2.12\/24/name ipvother private/; s/priority 200/priority 50/' right.conf >new.conf
mv new.conf right.conf
start right vrrpd
second=$started
check 'started with a lower priority it is backup' instance right V '.state == "backup"'
check 'and the interface of the killed one is gone' lacks right ipv51 ipvlan
check 'its own is there' has right ipvother 'ipvlan  mode l2 private'
ip -n right link delete ipvother
check 'and again when somebody deletes it' has right ipvother 'ipvlan  mode l2 private'

instances 2 220 >right.conf
check 'a reload with another interface' vrrpctl -s $PWD/right-vrrpd reload
check 'makes it master' instance right V '.state == "master"'
check 'on that' has right ipv51 192.0.2.100/24
check 'the old one is gone' lacks right ipvother ipvlan
check 'and the other router is backup' instance left V '.state == "backup"'
kill $second
wait $second
check 'a stop removes the interface' lacks right ipv51 ipvlan
check 'and the other router takes over' instance left V '.state == "master"'
