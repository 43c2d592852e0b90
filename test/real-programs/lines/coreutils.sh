# coreutils
