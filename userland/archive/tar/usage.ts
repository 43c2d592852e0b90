/** tar's options by name, and its help text. */

export const SHORT = 'ctxrudf:zjJaI:vC:T:X:b:H:hN:POkUpsomilwWBSnGg:F:L:M';

export const LONG: Readonly<Record<string, string>> = {
  create: 'c', extract: 'x', get: 'x', list: 't', append: 'r', update: 'u', diff: 'd', compare: 'd', file: 'f',
  gzip: 'z', gunzip: 'z', ungzip: 'z', bzip2: 'j', xz: 'J', zstd: 'zstd', lzip: 'lzip', lzma: 'lzma', lzop: 'lzop',
  'auto-compress': 'a', 'no-auto-compress': 'no-auto-compress', 'use-compress-program': 'I', verbose: 'v',
  directory: 'C', 'files-from': 'T', null: 'null', 'no-null': 'no-null', 'verbatim-files-from': 'ignored',
  'no-verbatim-files-from': 'ignored', 'add-file': 'add-file:', 'exclude-from': 'X', exclude: 'exclude:',
  'exclude-vcs': 'exclude-vcs', 'exclude-backups': 'exclude-backups', 'exclude-caches': 'exclude-caches',
  'exclude-tag': 'exclude-tag:', 'exclude-tag-under': 'exclude-tag-under:', 'exclude-tag-all': 'exclude-tag-all:',
  wildcards: 'wildcards', 'no-wildcards': 'no-wildcards', anchored: 'anchored', 'no-anchored': 'no-anchored',
  'ignore-case': 'ignore-case', 'no-ignore-case': 'no-ignore-case',
  'wildcards-match-slash': 'wildcards-match-slash', 'no-wildcards-match-slash': 'no-wildcards-match-slash',
  recursion: 'recursion', 'no-recursion': 'no-recursion', 'blocking-factor': 'b', 'record-size': 'record-size:',
  format: 'H', 'old-archive': 'v7', portability: 'v7', posix: 'posix', dereference: 'h',
  'hard-dereference': 'hard-dereference', 'one-file-system': 'one-file-system', 'remove-files': 'remove-files',
  sort: 'sort:', mtime: 'mtime:', 'clamp-mtime': 'clamp-mtime', newer: 'N', 'after-date': 'N',
  'newer-mtime': 'newer-mtime:', owner: 'owner:', group: 'group:', mode: 'mode:', 'numeric-owner': 'numeric-owner',
  'absolute-names': 'P', transform: 'transform:', xform: 'transform:', 'strip-components': 'strip-components:',
  'show-transformed-names': 'show-transformed-names', 'show-stored-names': 'show-transformed-names',
  'to-stdout': 'O', 'keep-old-files': 'k', 'skip-old-files': 'skip-old-files',
  'keep-newer-files': 'keep-newer-files', overwrite: 'overwrite', 'unlink-first': 'U',
  'recursive-unlink': 'ignored', 'no-overwrite-dir': 'no-overwrite-dir', 'overwrite-dir': 'ignored',
  'keep-directory-symlink': 'ignored', 'preserve-permissions': 'p', 'same-permissions': 'p',
  'no-same-permissions': 'no-same-permissions', 'preserve-order': 's', 'same-order': 's', 'same-owner': 'same-owner',
  'no-same-owner': 'o', touch: 'm', 'ignore-zeros': 'i', totals: 'totals::', utc: 'utc', 'full-time': 'full-time',
  'one-top-level': 'one-top-level::', 'ignore-failed-read': 'ignore-failed-read', 'delay-directory-restore': 'ignored',
  'no-delay-directory-restore': 'ignored', acls: 'ignored', 'no-acls': 'ignored', xattrs: 'ignored',
  'no-xattrs': 'ignored', selinux: 'ignored', 'no-selinux': 'ignored', sparse: 'S', seek: 'n', 'no-seek': 'ignored',
  'force-local': 'ignored', warning: 'ignored:', 'read-full-records': 'B', 'no-check-device': 'ignored',
  'check-device': 'ignored', 'atime-preserve': 'ignored::', 'check-links': 'l', 'quoting-style': 'ignored:',
  'pax-option': 'ignored:', 'checkpoint': 'ignored::', 'checkpoint-action': 'ignored:', 'occurrence': 'ignored::',
}; // prettier-ignore

export const usage = `Usage: tar [OPTION...] [FILE]...
tar saves many files together into a single tape or disk archive, and can restore individual files from it.

Examples:
  tar -cf archive.tar foo bar  # Create archive.tar from files foo and bar.
  tar -tvf archive.tar         # List all files in archive.tar verbosely.
  tar -xf archive.tar          # Extract all files from archive.tar.

 Main operation mode:
  -c, --create               create a new archive
  -d, --diff, --compare      find differences between archive and file system
  -r, --append               append files to the end of an archive
  -t, --list                 list the contents of an archive
  -u, --update               only append files newer than copy in archive
  -x, --extract, --get       extract files from an archive

 Archive:
  -f, --file=ARCHIVE         use archive file ARCHIVE; - is standard input or output
  -b, --blocking-factor=N    N x 512 bytes per record
  -H, --format=FORMAT        create archive of the given format: gnu, posix (pax), ustar, v7
  -a, --auto-compress        use archive suffix to determine the compression program
  -I, --use-compress-program=PROG  filter through PROG (must accept -d)
  -z, --gzip    -j, --bzip2    -J, --xz    --zstd
  -i, --ignore-zeros         ignore zeroed blocks in archive (means EOF)

 Which files:
  -C, --directory=DIR        change to directory DIR
  -T, --files-from=FILE      get names to extract or create from FILE; --null: ended by NUL
  -X, --exclude-from=FILE    exclude patterns listed in FILE
      --exclude=PATTERN      exclude files, given as a PATTERN
      --exclude-vcs --exclude-backups --exclude-caches --exclude-tag=FILE
      --wildcards --no-wildcards --anchored --no-anchored --ignore-case --[no-]wildcards-match-slash
      --no-recursion         avoid descending automatically in directories
      --one-file-system      stay in local file system when creating archive
  -N, --newer=DATE           only store files newer than DATE
  -h, --dereference          follow symlinks; archive and dump the files they point to
  -P, --absolute-names       don't strip leading '/'s from file names

 What is stored:
      --owner=NAME[:UID] --group=NAME[:GID] --mode=CHANGES --mtime=DATE-OR-FILE --clamp-mtime
      --numeric-owner        always use numbers for user/group names
      --sort=ORDER           none, name, inode
      --transform=EXPRESSION use sed replace EXPRESSION to transform file names
      --remove-files         remove files after adding them to the archive

 Extraction:
  -k, --keep-old-files       don't replace existing files, treat them as errors
      --skip-old-files --keep-newer-files --overwrite --no-overwrite-dir
  -U, --unlink-first         remove each file prior to extracting over it
  -O, --to-stdout            extract files to standard output
  -m, --touch                don't extract file modified time
  -p, --preserve-permissions extract information about file permissions (default for superuser)
      --same-owner           try extracting files with the same ownership (default for superuser)
  -o, --no-same-owner        extract files as yourself
      --strip-components=N   strip N leading components from file names
      --one-top-level[=DIR]  extract everything below DIR

 Informative output:
  -v, --verbose              verbosely list files processed
      --full-time --utc --totals --show-transformed-names
`;
