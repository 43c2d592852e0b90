/** Entry of the kernel thread: loads the kernel's bundle by way of its code cache. */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { loadBundle } from './code-cache.ts';

const url = new URL('kernel.js', import.meta.url);
loadBundle(fileURLToPath(url))({ exports: {} }, createRequire(import.meta.url), url.href);
