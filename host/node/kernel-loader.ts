/** Entry of the kernel thread: loads the kernel's bundle by way of its code cache. */
import { pathToFileURL } from 'node:url';
import { workerData } from 'node:worker_threads';
import { loadBundle, loadBundleForDebugger } from './code-cache.ts';
import type { KernelThreadData } from './protocol.ts';

const { kernelBundle, sharedKernel, inspectPort } = workerData as KernelThreadData;
const bundle =
  inspectPort === undefined ? loadBundle(kernelBundle, sharedKernel) : loadBundleForDebugger(kernelBundle);
bundle({ exports: {} }, require, pathToFileURL(kernelBundle).href);
