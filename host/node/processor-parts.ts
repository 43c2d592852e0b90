/** Reads the processor's bundle, its interpreter and its table of forms from the folder of the bundles. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FormIndex } from '../cpu/decoder.ts';
import type { ProcessorParts } from '../lazy-processor.ts';
import { type BundleModule, loadBundle } from './code-cache.ts';

export function loadProcessorParts(directory: string): ProcessorParts {
  const path = join(directory, 'processor.js');
  const module: BundleModule = { exports: {} };
  loadBundle(path)(module, undefined, path);
  return {
    create: module.exports['createProcessor'] as ProcessorParts['create'],
    prepared: {
      interpreter: new Uint8Array(readFileSync(join(directory, 'interpreter.wasm'))),
      index: JSON.parse(readFileSync(join(directory, 'forms.json'), 'utf8')) as FormIndex,
    },
  };
}
