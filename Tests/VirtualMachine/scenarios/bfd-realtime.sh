# bfdd takes the real-time priority that the service manager grants by LimitRTPRIO=, without a keyword. Tested here because
# in many a container not even root may raise that limit.
router left right
wire plain0
printf 'bfd_instance right {\n neighbor_ip 192.0.2.2\n}\n' >left.conf

scheduled() { chrt -p $started | paste -s -d ' ' | grep --quiet "policy: $1.*priority: $2\$"; }
for granted in '30 SCHED_RR 30' '99 SCHED_RR 50' '0 SCHED_OTHER 0'; do
  set -- $granted
  ulimit -r $1
  start left bfdd
  check 'bfdd runs' session left right '.local_state == "down"'
  check "with LimitRTPRIO=$1 it runs with $2 $3" scheduled $2 $3
  kill $started
  wait $started
done
