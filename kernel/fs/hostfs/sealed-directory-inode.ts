/**
 * SealedDirectoryInode: a place in a host directory where the host has mounted a file system of its kernel: proc,
 * sysfs, debugfs, cgroups … What is in there acts on the host, tells of its processes, or never ends; the guest has
 * such file systems of its own and finds an empty directory.
 */
import type { DirectoryEntry, Inode } from '../inode.ts';
import type { HostInode } from './host-inode.ts';
import { EACCES } from '../../abi/errno.ts';
import { fail } from '../../errors.ts';
import { HostDirectoryInode } from './host-directory-inode.ts';

/** Magic numbers of statfs(2): linux/magic.h. */
const KERNEL_FILE_SYSTEMS = new Set([
  0x9fa0, // proc
  0x62656572, // sysfs
  0x64626720, // debugfs
  0x74726163, // tracefs
  0x27e0eb, // cgroup
  0x63677270, // cgroup2
  0xcafe4a11, // bpf
  0x73636673, // securityfs
  0xf97cff8c, // selinuxfs
  0x43415d53, // smackfs
  0x6165676c, // pstore
  0x62656570, // configfs
  0x19800202, // mqueue
  0x958458f6, // hugetlbfs
  0x42494e4d, // binfmt_misc
  0x187, // autofs
  0x65735543, // fusectl
  0xde5e81e4, // efivarfs
  0x1cd1, // devpts
  0x6e736673, // nsfs
  0x67596969, // rpc_pipefs
  0x7655821, // resctrl
]);

/** `type`: f_type of statfs(2), which may come as a signed number. */
export function isKernelFileSystem(type: number): boolean {
  return KERNEL_FILE_SYSTEMS.has(type >>> 0);
}

export class SealedDirectoryInode extends HostDirectoryInode {
  override lookup(_name: string): HostInode | undefined {
    return undefined;
  }
  override iterate(): Iterable<DirectoryEntry> {
    return [];
  }
  override create(): Inode {
    return fail(EACCES, 'hostfs: a file system of the host kernel');
  }
  override mkdir(): Inode {
    return fail(EACCES, 'hostfs: a file system of the host kernel');
  }
  override symlink(): Inode {
    return fail(EACCES, 'hostfs: a file system of the host kernel');
  }
  override link(): void {
    fail(EACCES, 'hostfs: a file system of the host kernel');
  }
  override rename(): void {
    fail(EACCES, 'hostfs: a file system of the host kernel');
  }
}
