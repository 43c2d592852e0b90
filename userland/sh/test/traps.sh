# Traps and signals.
(trap 'echo exit $?' EXIT; exit 3); echo $?
(trap 'echo exit; exit 4' EXIT; exit 3); echo $?
(trap 'echo usr1' USR1; kill -USR1 $(sh -c 'echo $PPID'); echo after); echo $?
(trap '' TERM; sh -c 'kill -TERM $$; echo survived'); echo $?
sh -c 'kill -TERM $$; echo no'; echo $?
sh -c 'trap "echo caught" TERM; kill -TERM $$; echo yes'; echo $?
sh -c 'trap "echo int; exit 9" INT; kill -INT $$; echo no'; echo $?
trap 'echo a' INT; trap 'echo "it'\''s"' TERM; trap '' HUP; trap; trap - INT TERM HUP; trap
trap 'echo x' BAD; echo $?
(trap 'echo parent' EXIT; (echo inner)); echo done
f() { trap 'echo fexit' EXIT; }; (f; echo body)
sh -c 'trap "echo t" EXIT; exec echo replaced'
sh -c 'trap "exit 5" USR1; kill -USR1 $$; exit 1'; echo $?
sh -c 'sleep 1 & trap "echo sig" USR1; (sleep 0.1; kill -USR1 $$) & wait %1; echo $?' | sed 's/^138$/above128/'
trap 'echo $?' EXIT; (exit 6)
sh -c 'trap "echo on exit" EXIT; nosuchcommand; echo $?' 2>/dev/null
sh -c 'trap "" INT; trap "echo no" INT; trap' 
kill -l 9; kill -0 $$; echo $?
sh -c 'kill -KILL $$'; echo $?
save=$(trap 'echo saved' USR2; trap); echo "$save"
sleep 5 & kill $!; wait $! ; echo $?
false
