# bfdd with sessions between the same addresses in two VRFs and outside of any.
router left right
vrf left red 10
vrf right red 10
vrf right blue 20
wire plain0
wire red0 red
# On the left the VRF of the second is missing still.
ip link add name blue0 netns left type veth peer name blue0 netns right
address right blue0 2 blue

session_block() { # NAME NEIGHBOR SOURCE [KEYWORD...]
  printf 'bfd_instance %s {\n neighbor_ip %s\n source_ip %s\n min_rx 500\n min_tx 500\n multiplier 6\n hoplimit 255\n' $1 $2 $3
  printf ' %s\n' "${@:4}"
  echo '}'
}
all_blocks() { # OWN OTHER
  session_block plain 192.0.2.$2 192.0.2.$1 'interface plain0'
  session_block red 192.0.2.$2 192.0.2.$1 'vrf red'
  session_block red6 2001:db8::$2 2001:db8::$1 'vrf red'
  session_block redlocal fe80::$2 fe80::$1 'vrf red' 'interface red0'
  session_block hops 192.0.2.$2 192.0.2.$1 'vrf red' multihop
  session_block blue 192.0.2.$2 192.0.2.$1 'vrf blue' 'interface blue0'
}
all_blocks 1 2 >left.conf
all_blocks 2 1 >right.conf
start left bfdd
start right bfdd

up='.local_state == "up"' down='.local_state == "down"'
for name in plain red red6 redlocal hops; do check "$name is up" session left $name "$up"; done
check 'a session waits for its VRF' session left blue '.problem == "there is no VRF blue"'
vrf left blue 20
address left blue0 1 blue
check 'and is up when that is made' session left blue "$up"
check 'a session in a VRF says so' session left blue '.vrf == "blue" and .problem == null'

ip -n right link set blue0 down
check 'a cut in one VRF is seen there' session left blue "$down"
for name in plain red red6 redlocal hops; do check "and not by $name" session left $name "$up"; done
ip -n right link set blue0 up
address right blue0 2 blue
check 'the cut mended' session left blue "$up"

ip -n left link delete red
check 'a session whose VRF is deleted waits' session left red '.problem == "there is no VRF red"'
check 'and is down' session right red "$down"
check 'and that with an interface, too' session left redlocal '.problem == "there is no VRF red"'
vrf left red 10
address left red0 1 red
for name in red red6 redlocal hops; do check "$name is up in the VRF that was made again" session left $name "$up and .problem == null"; done
check 'nothing of that was seen outside of it' session left plain "$up"

ip -n left link set red0 nomaster
address left red0 1
check 'a session whose interface left the VRF waits' session left redlocal '.problem == "interface red0 is not in VRF red"'
address left red0 1 red
check 'and is up when it is back' session left redlocal "$up"
