/** Entry of the kernel thread: loads the kernel's bundle by way of its code cache. */
import { pathToFileURL } from 'node:url';
import { workerData } from 'node:worker_threads';
import { loadBundle } from './code-cache.ts';
import type { KernelThreadData } from './protocol.ts';

const { kernelBundle } = workerData as KernelThreadData;
const { href } = pathToFileURL(kernelBundle);
loadBundle(kernelBundle, href)({ exports: {} }, require, href);
