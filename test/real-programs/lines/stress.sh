# stress-ng's stressors that check what they do, five seconds each.

#: stress-ng cpu | needs=stress-ng seconds=120
stress-ng --cpu 1 --verify --timeout 5 2>&1 | grep -E "fail|error|successful|skip"
#: replace /\d+(\.\d+)?s|\[\d+\]|\(.*\)/ N

#: stress-ng vm | needs=stress-ng seconds=120
stress-ng --vm 1 --vm-bytes 16m --verify --timeout 5 2>&1 | grep -E "fail|error|successful|skip"
#: replace /\d+(\.\d+)?s|\[\d+\]|\(.*\)/ N

#: stress-ng fork | needs=stress-ng seconds=120
stress-ng --fork 1 --verify --timeout 5 2>&1 | grep -E "fail|error|successful|skip"
#: replace /\d+(\.\d+)?s|\[\d+\]|\(.*\)/ N

#: stress-ng pipe | needs=stress-ng seconds=120
stress-ng --pipe 1 --verify --timeout 5 2>&1 | grep -E "fail|error|successful|skip"
#: replace /\d+(\.\d+)?s|\[\d+\]|\(.*\)/ N

#: stress-ng mmap | needs=stress-ng seconds=120
stress-ng --mmap 1 --mmap-bytes 16m --verify --timeout 5 2>&1 | grep -E "fail|error|successful|skip"
#: replace /\d+(\.\d+)?s|\[\d+\]|\(.*\)/ N

#: stress-ng sigsuspend | needs=stress-ng seconds=120
stress-ng --sigsuspend 1 --verify --timeout 5 2>&1 | grep -E "fail|error|successful|skip"
#: replace /\d+(\.\d+)?s|\[\d+\]|\(.*\)/ N

#: stress-ng sigq | needs=stress-ng seconds=120
stress-ng --sigq 1 --verify --timeout 5 2>&1 | grep -E "fail|error|successful|skip"
#: replace /\d+(\.\d+)?s|\[\d+\]|\(.*\)/ N

#: stress-ng sigrt | needs=stress-ng seconds=120
stress-ng --sigrt 1 --verify --timeout 5 2>&1 | grep -E "fail|error|successful|skip"
#: replace /\d+(\.\d+)?s|\[\d+\]|\(.*\)/ N

#: stress-ng sigfpe | needs=stress-ng seconds=120
stress-ng --sigfpe 1 --verify --timeout 5 2>&1 | grep -E "fail|error|successful|skip"
#: replace /\d+(\.\d+)?s|\[\d+\]|\(.*\)/ N

#: stress-ng sigsegv | needs=stress-ng seconds=120
stress-ng --sigsegv 1 --verify --timeout 5 2>&1 | grep -E "fail|error|successful|skip"
#: replace /\d+(\.\d+)?s|\[\d+\]|\(.*\)/ N

#: stress-ng sigpending | needs=stress-ng seconds=120
stress-ng --sigpending 1 --verify --timeout 5 2>&1 | grep -E "fail|error|successful|skip"
#: replace /\d+(\.\d+)?s|\[\d+\]|\(.*\)/ N

#: stress-ng sigchld | needs=stress-ng seconds=120
stress-ng --sigchld 1 --verify --timeout 5 2>&1 | grep -E "fail|error|successful|skip"
#: replace /\d+(\.\d+)?s|\[\d+\]|\(.*\)/ N

#: stress-ng sigfd | needs=stress-ng seconds=120
stress-ng --sigfd 1 --verify --timeout 5 2>&1 | grep -E "fail|error|successful|skip"
#: replace /\d+(\.\d+)?s|\[\d+\]|\(.*\)/ N

#: stress-ng sigio | needs=stress-ng seconds=120
stress-ng --sigio 1 --verify --timeout 5 2>&1 | grep -E "fail|error|successful|skip"
#: replace /\d+(\.\d+)?s|\[\d+\]|\(.*\)/ N

#: stress-ng sigpipe | needs=stress-ng seconds=120
stress-ng --sigpipe 1 --verify --timeout 5 2>&1 | grep -E "fail|error|successful|skip"
#: replace /\d+(\.\d+)?s|\[\d+\]|\(.*\)/ N

#: stress-ng sigtrap | needs=stress-ng seconds=120
stress-ng --sigtrap 1 --verify --timeout 5 2>&1 | grep -E "fail|error|successful|skip"
#: replace /\d+(\.\d+)?s|\[\d+\]|\(.*\)/ N

#: stress-ng sigabrt | needs=stress-ng seconds=120
stress-ng --sigabrt 1 --verify --timeout 5 2>&1 | grep -E "fail|error|successful|skip"
#: replace /\d+(\.\d+)?s|\[\d+\]|\(.*\)/ N

#: stress-ng futex | needs=stress-ng seconds=120
stress-ng --futex 1 --verify --timeout 5 2>&1 | grep -E "fail|error|successful|skip"
#: replace /\d+(\.\d+)?s|\[\d+\]|\(.*\)/ N

#: stress-ng switch | needs=stress-ng seconds=120
stress-ng --switch 1 --verify --timeout 5 2>&1 | grep -E "fail|error|successful|skip"
#: replace /\d+(\.\d+)?s|\[\d+\]|\(.*\)/ N

#: stress-ng poll | needs=stress-ng seconds=120
stress-ng --poll 1 --verify --timeout 5 2>&1 | grep -E "fail|error|successful|skip"
#: replace /\d+(\.\d+)?s|\[\d+\]|\(.*\)/ N

#: stress-ng context | needs=stress-ng seconds=120
stress-ng --context 1 --verify --timeout 5 2>&1 | grep -E "fail|error|successful|skip"
#: replace /\d+(\.\d+)?s|\[\d+\]|\(.*\)/ N

