/** Names of file systems by the magic number that statfs(2) gives. */
const NAMES = new Map<number, string>([
  [0x01021994, 'tmpfs'],
  [0x9fa0, 'proc'],
  [0x62656572, 'sysfs'],
  [0x1cd1, 'devpts'],
  [0xef53, 'ext2/ext3'],
  [0x794c7630, 'overlayfs'],
  [0x6969, 'nfs'],
  [0x858458f6, 'ramfs'],
  [0x01021997, 'v9fs'],
  [0x27e0eb, 'cgroupfs'],
  [0x63677270, 'cgroup2fs'],
  [0x58465342, 'xfs'],
  [0x9123683e, 'btrfs'],
  [0x50495045, 'pipefs'],
  [0x534f434b, 'sockfs'],
  [0x1373, 'devfs'],
  [0x00c0ffee, 'hostfs'],
  [0x4d44, 'msdos'],
  [0x9660, 'isofs'],
  [0x73717368, 'squashfs'],
  [0x6e736673, 'nsfs'],
  [0x19800202, 'mqueue'],
  [0x958458f6, 'hugetlbfs'],
]);

export function fileSystemName(magic: number): string {
  return NAMES.get(magic) ?? `UNKNOWN (0x${magic.toString(16)})`;
}
