/** The C programs of userland/test do in the guest what they do on Linux. `npm run c-programs` runs some of them. */
import { beforeAll, describe, expect, it } from 'vitest';
import { compare, describeDifference, listPrograms, whyNot } from './c-programs.ts';
import { lodger } from './guest.ts';

const reason = whyNot();
const names = listPrograms();

describe.skipIf(reason !== undefined)(
  `C programs${reason === undefined ? '' : ` (skipped: ${reason})`}`,
  () => {
    let outcomes: Awaited<ReturnType<typeof compare>>;
    beforeAll(async () => {
      outcomes = await compare(names, lodger.boot);
    }, 400_000);

    it.each(names)('%s', name => {
      const { host, guest } = outcomes.get(name)!;
      // A program that runs out of time on Linux, or finds its own set-up wrong, shows nothing.
      expect(host?.end, describeDifference(name, host, guest)).not.toMatch(/^(timeout|exit 9[789])$/);
      expect(guest, describeDifference(name, host, guest)).toEqual(host);
    });
  },
);
