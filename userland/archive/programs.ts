/** The archive tools, by the names under which they are run. */
import type { Main } from '../libc/start.ts';
import { tar } from './tar/tar.ts';
import { cpio } from './cpio/cpio.ts';
import { gunzip, gzip, zcat } from './gzip/gzip.ts';

export const programs: Record<string, Main> = { cpio, gunzip, gzip, tar, zcat };
